"""What changed between two versions of a rubric, text by text. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from annotation.rubrics.text import DimensionText

SAME, REMOVED, ADDED = "same", "removed", "added"
#: Texts that share less than this are shown as a whole, the old one and the new one.
ALIKE = 0.4


@dataclass(frozen=True)
class Change:
    """One text that differs. where: in words; before: "" = added; after: "" = removed."""

    where: str
    before: str
    after: str

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The text in reading order: "same", "removed" or "added", and the words."""
        old, new = self.before.split(), self.after.split()
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        if matcher.ratio() < ALIKE:
            whole = [(REMOVED, self.before), (ADDED, self.after)]
            return [(kind, text) for kind, text in whole if text]
        pieces = []
        for tag, i, i_end, j, j_end in matcher.get_opcodes():
            if tag == "equal":
                pieces.append((SAME, " ".join(old[i:i_end])))
                continue
            parts = ((REMOVED, old[i:i_end]), (ADDED, new[j:j_end]))
            pieces += [(kind, " ".join(words)) for kind, words in parts if words]
        return pieces


def changes_between(
    before: Sequence[DimensionText], after: Sequence[DimensionText]
) -> list[Change]:
    """Return every text that differs, in the order of the new version, removed parts last.

    Dimensions are matched by slug, levels by value, criteria by name; a changed order alone is no
    change.
    """
    old = {dimension.slug: _texts(dimension) for dimension in before}
    new = {dimension.slug: _texts(dimension) for dimension in after}
    names = {dimension.slug: dimension.name for dimension in [*before, *after]}
    changes = []
    for slug in [*new, *(slug for slug in old if slug not in new)]:
        changes += list(_changed(names[slug], old.get(slug, {}), new.get(slug, {})))
    return changes


def _changed(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for part in [*new, *(part for part in old if part not in new)]:
        before, after = old.get(part, ""), new.get(part, "")
        if before != after:
            yield Change(f"{name}: {part}", before, after)


def _texts(dimension: DimensionText) -> dict[str, str]:
    """Return each text of a dimension by what it is."""
    texts = {"name": dimension.name, "question": dimension.question}
    for level in dimension.levels:
        texts[f"level {level.value}"] = f"{level.name} – {level.text}"
    for criterion in dimension.criteria:
        texts[f"criterion “{criterion.name}”"] = criterion.text
    return texts
