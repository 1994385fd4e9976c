"""Details of pairs that look alike, for the lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation.items.look_alikes import LookAlike
from annotation.models import Candidate, Item


@dataclass(frozen=True)
class LookAlikePair:
    """Two candidates of an item that look alike.

    difference: the largest between the mean colours of two cells, 0 to 255.
    """

    item: Item
    candidates: tuple[Candidate, Candidate]
    difference: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "item": str(self.item.public_id),
            "instruction": self.item.instruction,
            "candidates": [
                {
                    "id": str(candidate.public_id),
                    "generator": str(candidate.generator),
                    "seed": candidate.seed,
                }
                for candidate in self.candidates
            ],
            "largest_difference": self.difference,
        }


def described(pairs: Sequence[LookAlike]) -> list[LookAlikePair]:
    """Return the rows of pairs, in their order. One query."""
    ids = {pk for pair in pairs for pk in pair.candidates}
    rows = Candidate.objects.select_related("item", "generator").in_bulk(list(ids))
    found = []
    for pair in pairs:
        one, other = (rows[pk] for pk in pair.candidates)
        found.append(LookAlikePair(one.item, (one, other), pair.difference))
    return found
