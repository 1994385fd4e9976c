"""Add what an import states to items and candidates that exist, and note what differs.

A stated value fills an empty one. Sensitive wins: whichever import marks an item, it is marked.
What a lead emptied stays empty, as repeating an import undoes no correction.
"""

from collections.abc import Sequence

from annotation.common.events import record
from annotation.items.imports.rows import CandidateRow, ItemRow
from annotation.models import CampaignEvent, Candidate, ChangeRegion, ImportBatch, Item

OF_ITEMS = ("category", "language", "sensitive", "licence", "origin", "known_best")
OF_CANDIDATES = ("licence", "origin")


def complete_item(
    versions: Sequence[Item], row: ItemRow, mask_id: int | None, *, batch: ImportBatch
) -> list[str]:
    """Fill in the newest version's empty values from a row; return notes on what was said.

    versions: of the item, oldest first. The caller holds the campaign's lock.
    """
    item = versions[-1]
    stated = {name: getattr(row, name) for name in OF_ITEMS}
    added, notes = _added(item, stated)
    for name in set(added) & (_emptied(versions, set(added)) if added else set()):
        notes.append(f"{name} {added.pop(name)!r} is not taken, because a lead emptied it")
    if added:
        Item.objects.filter(pk=item.pk).update(**added)
        _record(item, "item", added, batch)
    if mask_id is not None and item.mask_id is None:
        Item.objects.filter(pk=item.pk).update(mask_id=mask_id)
        # The region is made again, from the mask.
        ChangeRegion.objects.filter(item=item).delete()
        _record(item, "item", {"mask": row.mask}, batch)
        added["mask"] = row.mask
    elif mask_id is not None and item.mask_id != mask_id:
        notes.append(f"the mask {row.mask} differs from the item's, which holds")
    return [*(f"{name} of the item is now {value!r}" for name, value in added.items()), *notes]


def complete_candidate(candidate: Candidate, row: CandidateRow, *, batch: ImportBatch) -> list[str]:
    """Fill in a candidate's empty licence and origin from a row; return notes."""
    stated = {name: getattr(row, name) for name in OF_CANDIDATES}
    added, notes = _added(candidate, stated)
    if added:
        Candidate.objects.filter(pk=candidate.pk).update(**added)
        _record(candidate.item, "candidate", added, batch)
    filled = [f"{name} is now {value!r}" for name, value in added.items()]
    return [f"candidate {row.name}: {note}" for note in (*filled, *notes)]


def _added(existing: Item | Candidate, stated: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the stated values that are empty so far, and notes on those that differ."""
    added, notes = {}, []
    for name, value in stated.items():
        kept = getattr(existing, name)
        if value and not kept:
            added[name] = value
        elif value and value != kept:
            notes.append(f"{name} {value!r} differs from {kept!r} there, which holds")
    return added, notes


def _emptied(versions: Sequence[Item], names: set[str]) -> set[str]:
    """Return those of the fields that a lead emptied in any version."""
    emptied = {name for name in names if any(getattr(item, name) for item in versions[:-1])}
    events = CampaignEvent.objects.filter(
        campaign=versions[-1].campaign,
        verb__in=["item_edited", "reports_resolved"],
        detail__item__in=[str(item.public_id) for item in versions],
    )
    for event in events:
        emptied |= event.detail.get("changes", {}).keys() & names
        emptied |= {"sensitive"} & names if event.detail.get("decision") == "clear" else set()
    return emptied


def _record(item: Item, kind: str, added: dict[str, str], batch: ImportBatch) -> None:
    record(
        item.campaign,
        batch.created_by,
        "item_completed",
        item=str(item.public_id),
        kind=kind,
        fields=", ".join(added),
        file=batch.filename,
        added=added,
    )
