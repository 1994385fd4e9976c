"""How far each part of a campaign is judged: by category and by language."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from annotation.answers.in_force import judgments_in_force
from annotation.items.selectors.generators import items_in_use
from annotation.models import Campaign, Comparison


@dataclass(frozen=True)
class CoverageLine:
    """One part. name: "" = items that do not say it. n_wanted: judgments, of the overlap."""

    name: str
    n_items: int
    n_comparisons: int
    n_judged: int
    n_wanted: int

    @property
    def percent(self) -> float | None:
        """Percent of the wanted judgments in force; None when none is wanted."""
        return 100 * self.n_judged / self.n_wanted if self.n_wanted else None


def coverage_by(campaign: Campaign, column: str) -> list[CoverageLine]:
    """Return the parts by a column of items, `category` or `language`, largest first.

    A settled comparison wants only the judgments that it has. Three queries for any size.
    """
    items = _counts(items_in_use(campaign).values_list(column).annotate(n=Count("pk")))
    used = Comparison.objects.filter(campaign=campaign, withdrawn_at=None)
    part = f"item__{column}"
    open_ones = Q(settled_at=None)
    comparisons = {
        name: (n, wanted or 0)
        for name, n, wanted in used.values_list(part)
        .annotate(n=Count("pk"), wanted=Sum("overlap", filter=open_ones))
        .order_by()
    }
    settled = Q(comparison__settled_at__isnull=False)
    judged = {
        name: (n, n_settled)
        for name, n, n_settled in judgments_in_force([campaign.pk])
        .values_list(f"comparison__{part}")
        .annotate(n=Count("pk"), n_settled=Count("pk", filter=settled))
        .order_by()
    }
    lines = []
    for name in items.keys() | comparisons.keys():
        n_comparisons, n_open = comparisons.get(name, (0, 0))
        n_judged, n_settled = judged.get(name, (0, 0))
        lines.append(
            CoverageLine(name, items.get(name, 0), n_comparisons, n_judged, n_open + n_settled)
        )
    return sorted(lines, key=lambda line: (-line.n_comparisons, -line.n_items, line.name))


def _counts(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(rows)
