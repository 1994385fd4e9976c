"""How every two people agree where both named a winner."""

from dataclasses import dataclass

from annotation.models import Membership
from annotation.quality.selectors.estimates import Estimate, clustered_estimate
from annotation.quality.selectors.people_quality import QualityData
from annotation.quality.selectors.votes_of_others import pairs_of_people
from annotation.stats.clustered import clustered_shares

NO_PAIR = "They named no winner on the same comparison."
# From this many shared pairs on a cell may be tinted.
FEWEST = 20


@dataclass(frozen=True)
class Cell:
    """Two people's agreement. tint: "low" or "high" where the whole interval lies on one side."""

    other: Membership
    share: Estimate
    tint: str


@dataclass(frozen=True)
class MatrixRow:
    """A person and the cells with everybody else, in the order of the people; None = the same."""

    member: Membership
    cells: list[Cell | None]


def agreement_matrix(data: QualityData) -> list[MatrixRow]:
    """Return a row per annotator with an answer, by name; agreement over sources."""
    pairs = pairs_of_people(data.rows, data.votes)
    width = int(pairs.second.max(initial=0)) + 1
    keys = pairs.first * width + pairs.second
    shares = clustered_shares(keys, pairs.same, data.rows.source[pairs.row_of_first])
    typical = float(pairs.same.mean()) if len(pairs.same) else None
    members = [member for member in data.members if member.user_id in data.indices]
    rows = []
    for member in members:
        cells: list[Cell | None] = []
        for other in members:
            if other is member:
                cells.append(None)
                continue
            low, high = sorted((member.user_id, other.user_id))
            share = clustered_estimate(shares.get(low * width + high), NO_PAIR)
            cells.append(Cell(other, share, _tint(share, typical)))
        rows.append(MatrixRow(member, cells))
    return rows


def cells_of(data: QualityData, member: Membership) -> list[Cell]:
    """Return one person's cells, the lowest agreement first, undefined ones last."""
    row = next((one for one in agreement_matrix(data) if one.member.pk == member.pk), None)
    cells = [cell for cell in row.cells if cell is not None] if row else []
    known = [cell for cell in cells if cell.share.value is not None]
    return sorted(known, key=lambda cell: cell.share.value or 0.0) + [
        cell for cell in cells if cell.share.value is None
    ]


def _tint(share: Estimate, typical: float | None) -> str:
    if share.low is None or share.high is None or typical is None or share.n < FEWEST:
        return ""
    if share.high < typical:
        return "low"
    return "high" if share.low > typical else ""
