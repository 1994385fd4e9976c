"""Withdraw and correct items and candidates. Judgments stay with the version that was shown.

A correction of the image, the instruction or the generator creates a new row that supersedes the
old one. The old row and its comparisons are withdrawn; their judgments stay. Licence, origin,
category, language and sensitivity do not affect judgments: they change in the same row, and an
event stores the old values.
"""

from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models.functions import Now

from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.common.reasons import read_reason
from annotation.errors import DomainError, InvalidSetting
from annotation.items.imports import rows
from annotation.items.imports.draw import comparable, text_sha256
from annotation.items.imports.rows import RowRefused, text
from annotation.items.services.imports import enqueue_derive
from annotation.models import Assignment, Candidate, Comparison, Generator, Item, StoredImage, User
from annotation.queue.services.slots import leave_queue, lock_comparisons

MAX_REASON = 250
LIMITS = {
    "instruction": rows.MAX_INSTRUCTION,
    "category": rows.MAX_CATEGORY,
    "language": rows.MAX_LANGUAGE,
    "sensitive": rows.MAX_SENSITIVE,
    "licence": rows.MAX_LICENCE,
    "origin": rows.MAX_ORIGIN,
    "generator": rows.MAX_GENERATOR,
    "generator_version": rows.MAX_VERSION,
    "seed": rows.MAX_SEED,
}
NEEDED = {"instruction", "generator"}


class ItemChanges(TypedDict, total=False):
    """Fields of an item that may be corrected; a field that is left out stays."""

    instruction: str
    category: str
    language: str
    sensitive: str
    licence: str
    origin: str


class CandidateChanges(TypedDict, total=False):
    """Fields of a candidate that may be corrected; a field that is left out stays."""

    generator: str
    generator_version: str
    seed: str
    licence: str
    origin: str


@transaction.atomic
def withdraw_item(*, item: Item, reason: str, actor: User | None) -> int:
    """Take an item, its candidates and its comparisons out of use; return how many comparisons.

    Raises InvalidSetting for a missing reason, DomainError when it was withdrawn before.
    """
    reason = read_reason(reason, longest=MAX_REASON)
    item = _locked_item(item)
    n = _withdraw_whole(item, reason)
    detail = {"item": str(item.public_id), "reason": reason, "comparisons": n}
    record(item.campaign, actor, "item_withdrawn", **detail)
    return n


@transaction.atomic
def withdraw_candidate(*, candidate: Candidate, reason: str, actor: User | None) -> int:
    """Take a candidate and the comparisons that show it out of use; return how many comparisons.

    Raises InvalidSetting for a missing reason, DomainError when it was withdrawn before.
    """
    reason = read_reason(reason, longest=MAX_REASON)
    candidate = _locked_candidate(candidate)
    n = _withdraw_one(candidate, reason)
    detail = {"candidate": str(candidate.public_id), "reason": reason, "comparisons": n}
    record(candidate.item.campaign, actor, "candidate_withdrawn", **detail)
    return n


@transaction.atomic
def correct_item(
    *, item: Item, reason: str, actor: User | None, **changes: Unpack[ItemChanges]
) -> Item:
    """Correct an item and return the row in use afterwards.

    Another instruction makes a new version with the same source and candidates. Raises
    InvalidSetting naming the field, DomainError when nothing differs or it is withdrawn.
    """
    reason = read_reason(reason, longest=MAX_REASON)
    old = _locked_item(item)
    different = _different(old, dict(changes))
    if "instruction" not in different:
        Item.objects.filter(pk=old.pk).update(**different)
        _record_edit(old, actor, reason, different)
        old.refresh_from_db()
        return old
    _refuse_second(old, different["instruction"])
    candidates = list(Candidate.objects.filter(item=old, withdrawn_at__isnull=True))
    n = _withdraw_whole(old, f"corrected: {reason}")
    kept = ("category", "language", "sensitive", "licence", "origin", "known_best", "mask_id")
    values = {name: getattr(old, name) for name in kept} | different
    new = Item.objects.create(
        campaign=old.campaign,
        source_id=old.source_id,
        random_arm=old.random_arm,
        held_out=old.held_out,
        version=old.version + 1,
        supersedes=old,
        instruction_sha256=text_sha256(different["instruction"]),
        **values,
    )
    for candidate in candidates:
        _next_version(candidate, item=new)
    detail = {"item": str(new.public_id), "supersedes": str(old.public_id), "comparisons": n}
    record(old.campaign, actor, "item_corrected", reason=reason, **detail)
    return new


@transaction.atomic
def correct_candidate(
    *,
    candidate: Candidate,
    reason: str,
    actor: User | None,
    image: StoredImage | None = None,
    **changes: Unpack[CandidateChanges],
) -> Candidate:
    """Correct a candidate and return the row in use afterwards.

    image: another image, see `services/new_images.py`; its views are made by a worker. Another
    image, generator, version or seed makes a new version. Raises InvalidSetting naming the field,
    DomainError when nothing differs or it is withdrawn.
    """
    reason = read_reason(reason, longest=MAX_REASON)
    old = _locked_candidate(candidate)
    return _corrected(old, reason, actor, image, dict(changes))


def check_correctable(candidate: Candidate, *, reason: str) -> str:
    """Return the reason as it is stored; the caller holds a transaction.

    Raises InvalidSetting for a missing reason, DomainError when the candidate is withdrawn.
    """
    reason = read_reason(reason, longest=MAX_REASON)
    _locked_candidate(candidate)
    return reason


def _corrected(
    old: Candidate,
    reason: str,
    actor: User | None,
    image: StoredImage | None,
    changes: dict[str, Any],
) -> Candidate:
    generator = _generator(old, changes)
    wanted = {"image": image or old.image, "generator": generator} | changes
    different = _different(old, wanted)
    if not different.keys() & {"image", "generator", "seed"}:
        Candidate.objects.filter(pk=old.pk).update(**different)
        _record_edit(old, actor, reason, different)
        old.refresh_from_db()
        return old
    rivals = Candidate.objects.filter(item=old.item, withdrawn_at__isnull=True).exclude(pk=old.pk)
    if rivals.filter(generator=generator, seed=different.get("seed", old.seed)).exists():
        raise InvalidSetting("generator", "This item has a candidate of that generator and seed.")
    n = _withdraw_one(old, f"corrected: {reason}")
    new = _next_version(old, **different)
    detail = {"candidate": str(new.public_id), "supersedes": str(old.public_id), "comparisons": n}
    record(old.item.campaign, actor, "candidate_corrected", reason=reason, **detail)
    enqueue_derive(old.item.campaign)
    return new


def _locked_item(item: Item) -> Item:
    """Lock the campaign against imports and builds, and return the item fresh and in use."""
    lock_campaign(item.campaign)
    fresh = Item.objects.select_related("campaign").get(pk=item.pk)
    if fresh.withdrawn_at is not None:
        raise DomainError("This item was withdrawn or corrected before.")
    return fresh


def _locked_candidate(candidate: Candidate) -> Candidate:
    lock_campaign(candidate.item.campaign)
    fresh = Candidate.objects.select_related("item__campaign", "generator", "image").get(
        pk=candidate.pk
    )
    if fresh.withdrawn_at is not None or fresh.item.withdrawn_at is not None:
        raise DomainError("This candidate was withdrawn or corrected before.")
    return fresh


def _withdraw_whole(item: Item, reason: str) -> int:
    Item.objects.filter(pk=item.pk).update(withdrawn_at=Now(), withdrawn_reason=reason)
    Candidate.objects.filter(item=item, withdrawn_at__isnull=True).update(
        withdrawn_at=Now(), withdrawn_reason=reason
    )
    return _withdraw_comparisons(item.comparisons.values_list("pk", flat=True))


def _withdraw_one(candidate: Candidate, reason: str) -> int:
    Candidate.objects.filter(pk=candidate.pk).update(withdrawn_at=Now(), withdrawn_reason=reason)
    shown = Comparison.objects.filter(
        item_id=candidate.item_id, candidate_ids__contains=[candidate.pk]
    )
    return _withdraw_comparisons(shown.values_list("pk", flat=True))


def _withdraw_comparisons(ids: Any) -> int:
    """Withdraw comparisons: open leases end, and a late answer is kept as surplus."""
    locked = [c.pk for c in lock_comparisons(list(ids)) if c.withdrawn_at is None]
    leave_queue(locked)
    Comparison.objects.filter(pk__in=locked).update(withdrawn_at=Now())
    Assignment.objects.filter(comparison__in=locked, state=Assignment.State.LEASED).update(
        state=Assignment.State.RELEASED, closed_at=Now()
    )
    return len(locked)


def _next_version(old: Candidate, **changes: Any) -> Candidate:
    kept = {
        name: getattr(old, name)
        for name in ("item", "generator", "seed", "image", "licence", "origin")
    }
    return Candidate.objects.create(version=old.version + 1, supersedes=old, **kept | changes)


def _different(row: Item | Candidate, changes: dict[str, Any]) -> dict[str, Any]:
    cleaned = {
        name: _clean(name, value) if isinstance(value, str) else value
        for name, value in changes.items()
    }
    different = {name: value for name, value in cleaned.items() if value != getattr(row, name)}
    if not different:
        raise DomainError("Nothing is different from before.")
    return different


def _clean(name: str, value: str) -> str:
    try:
        if name == "language":
            return rows.language(value)
        return text(value, name.replace("_", " "), LIMITS[name], required=name in NEEDED)
    except RowRefused as refusal:
        raise InvalidSetting(name, f"The {refusal}.") from None


def _refuse_second(item: Item, instruction: str) -> None:
    others = Item.objects.filter(
        campaign=item.campaign, source_id=item.source_id, withdrawn_at__isnull=True
    ).exclude(pk=item.pk)
    wanted = comparable(instruction)
    if any(comparable(text) == wanted for text in others.values_list("instruction", flat=True)):
        raise InvalidSetting("instruction", "Another item has this source and instruction.")


def _generator(candidate: Candidate, changes: dict[str, Any]) -> Generator:
    """Take the generator's name and version out of the changes and return its row."""
    old = candidate.generator
    name = _clean("generator", changes.pop("generator", old.name))
    version = _clean("generator_version", changes.pop("generator_version", old.version))
    return Generator.objects.get_or_create(
        campaign_id=candidate.item.campaign_id, name=name, version=version
    )[0]


def _record_edit(
    row: Item | Candidate, actor: User | None, reason: str, different: dict[str, Any]
) -> None:
    item = row if isinstance(row, Item) else row.item
    changes = {name: {"from": getattr(row, name), "to": value} for name, value in different.items()}
    kind = "item" if isinstance(row, Item) else "candidate"
    detail = {kind: str(row.public_id), "changes": changes}
    record(item.campaign, actor, f"{kind}_edited", reason=reason, **detail)
