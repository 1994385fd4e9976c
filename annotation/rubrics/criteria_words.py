"""The text of a failed criterion, by the wording of its rubric version.

Under `fault` a criterion names what is wrong and is shown unchanged. Under `quality` it names what
should hold, so its failure reads "not: ...". The stored flag is the criterion's index under both.
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
    # Lower the first letter inside a sentence; "JPEG noise" keeps its capitals.
    inner = name if name[:2].isupper() else name[0].lower() + name[1:]
    return gettext("not: %(name)s") % {"name": inner}


def fault_text(text: str, wording: str) -> str:
    """Return the sentence that says when a criterion has failed."""
    if wording != QUALITY or not text:
        return text
    return gettext("Failed where this does not hold: %(text)s") % {"text": text}
