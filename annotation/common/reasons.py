"""Why somebody did something: asked for wherever work or people are taken out of use."""

from annotation.errors import InvalidSetting


def read_reason(reason: str, *, longest: int) -> str:
    """Return the reason without white space around it.

    Raises InvalidSetting for one that is empty, too long, or cannot be stored.
    """
    reason = reason.strip()
    if not reason or len(reason) > longest:
        raise InvalidSetting("reason", f"Say why, in at most {longest} characters.")
    if "\0" in reason:
        # Neither PostgreSQL's text nor its jsonb holds one.
        raise InvalidSetting("reason", "The reason holds a NUL character.")
    return reason
