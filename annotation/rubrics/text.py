"""The texts of a rubric as plain values, independent of the database rows."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

MAX_DIMENSIONS = 8
MIN_LEVELS, MAX_LEVELS = 2, 4
MAX_CRITERIA = 8
MAX_SLUG = 40
# A dimension's slug is a column name in exports and a key in the API.
SLUG = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class LevelText:
    """One step of a scale; `value` counts from 1, the worst."""

    value: int
    name: str
    text: str


@dataclass(frozen=True)
class CriterionText:
    """One thing that can fail within a dimension, by the wording of its version."""

    name: str
    text: str


@dataclass(frozen=True)
class DimensionText:
    """One quality with its levels (worst first) and criteria."""

    slug: str
    name: str
    question: str
    levels: tuple[LevelText, ...]
    criteria: tuple[CriterionText, ...]


Problems = list[tuple[str, str]]


def digest(dimensions: Sequence[DimensionText], criteria_wording: str) -> str:
    """Return a hash of the texts, to detect that a draft changed while it was being edited."""
    words = json.dumps(
        [criteria_wording, *(asdict(dimension) for dimension in dimensions)], sort_keys=True
    )
    return hashlib.sha256(words.encode()).hexdigest()


def draft_problems(dimensions: Sequence[DimensionText]) -> Problems:
    """Return what keeps a draft from being stored, as (field, message); texts may be missing."""
    problems: Problems = []
    if len(dimensions) > MAX_DIMENSIONS:
        problems.append(("", f"A rubric has at most {MAX_DIMENSIONS} dimensions."))
    seen: set[str] = set()
    for i, dimension in enumerate(dimensions):
        if not SLUG.fullmatch(dimension.slug) or len(dimension.slug) > MAX_SLUG:
            problems.append(
                (f"d{i}_slug", f"A key is up to {MAX_SLUG} small letters, digits and underscores.")
            )
        elif dimension.slug in seen:
            problems.append((f"d{i}_slug", f"Two dimensions have the key {dimension.slug}."))
        seen.add(dimension.slug)
        problems += _shape_problems(i, dimension)
    return problems


def _shape_problems(i: int, dimension: DimensionText) -> Problems:
    problems: Problems = []
    if len(dimension.levels) > MAX_LEVELS:
        problems.append((f"d{i}_name", f"A dimension has at most {MAX_LEVELS} levels."))
    if len(dimension.criteria) > MAX_CRITERIA:
        problems.append((f"d{i}_name", f"A dimension has at most {MAX_CRITERIA} criteria."))
    limits = [(f"d{i}_name", dimension.name, 60), (f"d{i}_question", dimension.question, 200)]
    limits += [(f"d{i}_l{j}_name", level.name, 40) for j, level in enumerate(dimension.levels)]
    limits += [(f"d{i}_c{j}_name", one.name, 60) for j, one in enumerate(dimension.criteria)]
    problems += [
        (field, f"At most {limit} characters.")
        for field, text, limit in limits
        if len(text) > limit
    ]
    return problems


def publish_problems(dimensions: Sequence[DimensionText]) -> Problems:
    """Return what keeps a draft from being published, as (field, message), in reading order."""
    problems = draft_problems(dimensions)
    if not dimensions:
        problems.append(("", "A rubric needs at least one dimension."))
    for i, dimension in enumerate(dimensions):
        if not dimension.name.strip():
            problems.append((f"d{i}_name", f"Dimension {i + 1} needs a name."))
        label = dimension.name.strip() or f"Dimension {i + 1}"
        if len(dimension.levels) < MIN_LEVELS:
            problems.append((f"d{i}_name", f"{label} needs at least {MIN_LEVELS} levels."))
        if [level.value for level in dimension.levels] != list(range(1, len(dimension.levels) + 1)):
            problems.append((f"d{i}_name", f"{label}: the levels do not count up from 1."))
        problems += _missing_texts(i, label, dimension)
    return problems


def _missing_texts(i: int, label: str, dimension: DimensionText) -> Problems:
    texts = []
    for j, level in enumerate(dimension.levels):
        where = f"{label}, level {level.value}"
        texts.append((f"d{i}_l{j}_name", level.name, f"{where} needs a name."))
        texts.append((f"d{i}_l{j}_text", level.text, f"{where} needs a description."))
    for j, criterion in enumerate(dimension.criteria):
        where = f"{label}, criterion {j + 1}"
        texts.append((f"d{i}_c{j}_name", criterion.name, f"{where} needs a name."))
        texts.append((f"d{i}_c{j}_text", criterion.text, f"{where} needs a description."))
    return [(field, message) for field, text, message in texts if not text.strip()]


@dataclass(frozen=True)
class Scale:
    """A rubric dimension as an answer sees it: its slug, its levels' values, its criteria."""

    slug: str
    values: frozenset[int]
    n_criteria: int = 0
