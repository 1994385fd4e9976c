"""The rubric a new campaign starts from: two dimensions, scored apart, four levels each.

Source: the dimensions and their aspects are those of EditReward (arXiv 2509.26346); the words
are this project's.
"""

from collections.abc import Sequence
from dataclasses import replace

from annotation.models.rubrics import QUALITY
from annotation.rubrics.text import CriterionText, DimensionText, LevelText

INSTRUCTION_FOLLOWING = DimensionText(
    slug="instruction_following",
    name="Instruction following",
    question="Does the edit do what was asked, all of it, and leave everything else alone?",
    levels=(
        LevelText(1, "Very poor", "The edit does something else, or nothing that was asked."),
        LevelText(
            2,
            "Poor",
            "The request was misread in part or left half done, or the picture plainly changed "
            "where nobody asked for it.",
        ),
        LevelText(
            3,
            "Good",
            "The request is met at heart. A detail is missing or off, or something nearby "
            "shifted a little.",
        ),
        LevelText(
            4,
            "Very good",
            "Everything asked for is there, on the right thing, and the rest of the picture is "
            "as it was.",
        ),
    ),
    criteria=(
        CriterionText(
            "Wrong thing", "Another object, property or place was changed than the one meant."
        ),
        CriterionText("Incomplete", "A part of what was asked is missing or only half done."),
        CriterionText(
            "Unwanted change", "Something looks different that the instruction does not mention."
        ),
    ),
)

VISUAL_QUALITY = DimensionText(
    slug="visual_quality",
    name="Visual quality",
    question="Whatever was asked: does the edited picture look real and well made?",
    levels=(
        LevelText(1, "Very poor", "Broken: the flaws take over, and nobody could use the picture."),
        LevelText(
            2,
            "Poor",
            "Flaws catch the eye: light or scale that does not fit, smears, seams, bent shapes.",
        ),
        LevelText(3, "Good", "Small flaws that one finds by looking for them; none disturbs."),
        LevelText(4, "Very good", "No flaw, near or far; it could pass for an untouched picture."),
    ),
    criteria=(
        CriterionText(
            "Wrong light or scale",
            "Light, shadow, reflection, perspective, size or contact does not fit the scene.",
        ),
        CriterionText(
            "Smears or seams", "There are smears, seams, ghost edges, bent shapes or odd texture."
        ),
        CriterionText(
            "Unpleasant look", "Colour or composition is out of balance, or the edit looks pasted."
        ),
    ),
)

DEFAULT_RUBRIC = (INSTRUCTION_FOLLOWING, VISUAL_QUALITY)

# The default criteria of earlier releases, which named qualities. Published versions still use
# them.
EARLIER_CRITERIA = {
    INSTRUCTION_FOLLOWING.slug: (
        CriterionText(
            "Right meaning", "The change hits the object, property or place that was meant."
        ),
        CriterionText("Nothing missing", "Every part of a request with several parts is done."),
        CriterionText(
            "Nothing extra", "What the instruction does not mention looks the same as before."
        ),
    ),
    VISUAL_QUALITY.slug: (
        CriterionText(
            "Physics holds",
            "Light, shadow, reflection, perspective, scale and contact agree with the scene.",
        ),
        CriterionText("Clean pixels", "No smears, seams, ghost edges, bent shapes or odd texture."),
        CriterionText(
            "Good to look at", "Colour and composition are balanced; the edit sits naturally."
        ),
    ),
}
_CRITERIA = {dimension.slug: dimension.criteria for dimension in DEFAULT_RUBRIC}


def with_fault_words(
    dimensions: Sequence[DimensionText], criteria_wording: str
) -> tuple[DimensionText, ...] | None:
    """Return a rubric with today's default criteria instead of the earlier ones.

    None when the criteria name faults already, when some are not of the earlier default, or when
    there are none.
    """
    judged = [dimension for dimension in dimensions if dimension.criteria]
    is_earlier = all(each.criteria == EARLIER_CRITERIA.get(each.slug) for each in judged)
    if criteria_wording != QUALITY or not judged or not is_earlier:
        return None
    return tuple(
        replace(each, criteria=_CRITERIA[each.slug]) if each.criteria else each
        for each in dimensions
    )
