"""Changes of a rubric's structure, as the editor's buttons name them."""

from dataclasses import replace

from annotation.rubrics.text import (
    MAX_CRITERIA,
    MAX_DIMENSIONS,
    MAX_LEVELS,
    MIN_LEVELS,
    CriterionText,
    DimensionText,
    LevelText,
)

Words = tuple[DimensionText, ...]


def edited(words: Words, action: str) -> Words:
    """Return the words after an action: `add-dimension`, or `VERB:DIMENSION[:INDEX]`.

    Verbs: remove-dimension, raise-dimension (one position up), add-level, remove-level (the best
    one), add-criterion, remove-criterion. Raises ValueError for anything that does not exist.
    """
    verb, *numbers = action.split(":")
    indices = [int(number) for number in numbers]
    if verb == "add-dimension" and not indices:
        return _with_dimension(words)
    if not indices or not 0 <= indices[0] < len(words):
        raise ValueError(action)
    i = indices[0]
    if verb == "remove-dimension":
        return words[:i] + words[i + 1 :]
    if verb == "raise-dimension" and i > 0:
        return (*words[: i - 1], words[i], words[i - 1], *words[i + 1 :])
    return (*words[:i], _changed(words[i], verb, indices[1:]), *words[i + 1 :])


def _with_dimension(words: Words) -> Words:
    if len(words) >= MAX_DIMENSIONS:
        raise ValueError("add-dimension")
    taken = {dimension.slug for dimension in words}
    number = next(n for n in range(len(words) + 1, 100) if f"dimension_{n}" not in taken)
    levels = tuple(LevelText(value, "", "") for value in range(1, MAX_LEVELS + 1))
    return (*words, DimensionText(f"dimension_{number}", "", "", levels, ()))


def _changed(dimension: DimensionText, verb: str, indices: list[int]) -> DimensionText:
    levels, criteria = dimension.levels, dimension.criteria
    if verb == "add-level" and len(levels) < MAX_LEVELS:
        return replace(dimension, levels=(*levels, LevelText(len(levels) + 1, "", "")))
    if verb == "remove-level" and len(levels) > MIN_LEVELS:
        return replace(dimension, levels=levels[:-1])
    if verb == "add-criterion" and len(criteria) < MAX_CRITERIA:
        return replace(dimension, criteria=(*criteria, CriterionText("", "")))
    if verb == "remove-criterion" and indices and 0 <= indices[0] < len(criteria):
        j = indices[0]
        return replace(dimension, criteria=criteria[:j] + criteria[j + 1 :])
    raise ValueError(verb)
