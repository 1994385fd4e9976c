"""Triples: what gets a reward."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotation.items.imaging.sizes import Size, served_size
from annotation.snapshots.format.reader import Row
from rewardsvc.core.data.pictures import picture_name
from rewardsvc.core.errors import SnapshotError


@dataclass(frozen=True)
class Triple:
    """A source image, its edit by one generator, and the instruction: what gets a reward.

    size: (width, height) at which people saw the edit; None for its own.
    """

    candidate: str
    item: str
    source_sha: str
    edit_sha: str
    instruction: str
    generator: str
    size: Size | None = None

    @property
    def edit(self) -> str:
        """The name of the edit as people saw it, see `picture_name`."""
        return picture_name(self.edit_sha, self.size)

    @property
    def pictures(self) -> tuple[str, str]:
        """The names of source and edit."""
        return self.source_sha, self.edit


def triples_of(
    candidates: Iterable[Row], items: Mapping[str, Row], *, served: bool
) -> tuple[Triple, ...]:
    """Return the triples of all candidates that are not withdrawn, in a fixed order.

    served: whether people saw edits at the size of their source. Raises SnapshotError for a row
    that names a missing one, or without a size where it is needed.
    """
    triples = []
    for row in candidates:
        item = items.get(row["item_id"])
        if item is None:
            raise SnapshotError(
                f"candidate {row['candidate_id']} names item {row['item_id']}, which is missing"
            )
        if row["withdrawn"] or item["withdrawn"]:
            continue
        triples.append(
            Triple(
                row["candidate_id"],
                row["item_id"],
                item["source_sha256"],
                row["image_sha256"],
                item["instruction"],
                row["generator"],
                _served_size(row, item) if served else None,
            )
        )
    # Sorted, so that one seed gives the same model whatever the order of the rows.
    return tuple(sorted(triples, key=lambda t: (t.source_sha, t.item, t.edit_sha, t.candidate)))


def _served_size(candidate: Row, item: Row) -> Size | None:
    """Return the size at which people saw an edit; None where that is its own."""
    own = candidate["width"], candidate["height"]
    source = item["source_width"], item["source_height"]
    if not all(isinstance(side, int) and side > 0 for side in (*own, *source)):
        raise SnapshotError(f"candidate {candidate['candidate_id']} is {own}, its source {source}")
    served = served_size(own, source)
    return None if served == own else served
