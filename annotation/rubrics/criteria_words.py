"""The words that say a criterion failed: what a version's wording makes of its criteria.

Under `fault` a criterion names what is wrong and stands as it is. Under `quality` it names what
should hold, so its failure reads "not: ...". A stored flag is the criterion's number under both.
"""

from django.utils.translation import gettext

from annotation.models.rubrics import QUALITY

EXPORTED = "not: {name}"


def exported_name(name: str, wording: str) -> str:
    """Return a failed criterion as exports name it: the same in every language."""
    return EXPORTED.format(name=name) if wording == QUALITY else name


def fault_label(name: str, wording: str) -> str:
    """Return a failed criterion as pages show it."""
    if wording != QUALITY or not name:
        return name
    # A capital in the middle of a label; "JPEG noise" keeps its own.
    inner = name if name[:2].isupper() else name[0].lower() + name[1:]
    return gettext("not: %(name)s") % {"name": inner}


def fault_text(text: str, wording: str) -> str:
    """Return the sentence that says when a criterion has failed."""
    if wording != QUALITY or not text:
        return text
    return gettext("Failed where this does not hold: %(text)s") % {"text": text}
