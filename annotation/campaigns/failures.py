"""Background work that fails in a campaign, for its lead."""

from dataclasses import dataclass

from annotation.models import Campaign, ChangeRegion, WorkFailure

# Rows listed of each kind; the counts stay exact.
SHOWN = 5


@dataclass(frozen=True)
class Failures:
    """Current failures. work: of the campaign or a comparison; regions: items without a region."""

    work: list[WorkFailure]
    n_work: int
    regions: list[ChangeRegion]
    n_regions: int

    def __bool__(self) -> bool:
        return bool(self.n_work or self.n_regions)


def failures_of(campaign: Campaign) -> Failures:
    """Return a campaign's failures, newest first. Four queries at most."""
    work = WorkFailure.objects.filter(campaign=campaign).order_by("-last_at", "pk")
    regions = (
        ChangeRegion.objects.filter(
            item__campaign=campaign, item__withdrawn_at__isnull=True, n_failures__gt=0
        )
        .select_related("item")
        .order_by("-updated_at", "pk")
    )
    shown_work, shown_regions = list(work[: SHOWN + 1]), list(regions[: SHOWN + 1])
    return Failures(
        work=shown_work[:SHOWN],
        n_work=work.count() if len(shown_work) > SHOWN else len(shown_work),
        regions=shown_regions[:SHOWN],
        n_regions=regions.count() if len(shown_regions) > SHOWN else len(shown_regions),
    )
