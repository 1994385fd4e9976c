"""Reports of disturbing pictures that wait for a lead."""

from dataclasses import dataclass, field

from annotation.models import Campaign, Item, ItemReport


@dataclass
class ReportedItem:
    """An item in use with its open reports, oldest first."""

    item: Item
    reports: list[ItemReport] = field(default_factory=list)


def open_reports(campaign: Campaign, item: Item | None = None) -> list[ReportedItem]:
    """Return the items with open reports, the longest waiting first. One query.

    item: only this one.
    """
    rows = ItemReport.objects.filter(
        item__campaign=campaign, item__withdrawn_at__isnull=True, resolved_at__isnull=True
    )
    if item is not None:
        rows = rows.filter(item=item)
    found: dict[int, ReportedItem] = {}
    for report in rows.select_related("item", "reporter").order_by("pk"):
        found.setdefault(report.item_id, ReportedItem(report.item)).reports.append(report)
    return list(found.values())
