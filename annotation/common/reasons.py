"""Reasons that people must give when they take work or people out of use."""

from annotation.errors import InvalidSetting


def read_reason(reason: str, *, longest: int) -> str:
    """Return the reason without white space around it.

    Raises InvalidSetting for one that is empty, too long, or cannot be stored.
    """
    reason = reason.strip()
    if not reason or len(reason) > longest:
        raise InvalidSetting("reason", f"Say why, in at most {longest} characters.")
    if "\0" in reason:
        # PostgreSQL can store NUL neither in text nor in jsonb.
        raise InvalidSetting("reason", "The reason holds a NUL character.")
    return reason
