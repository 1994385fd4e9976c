"""Find the look-alikes among each item's candidates, and store what a lead decides about them."""

import time
from functools import lru_cache
from io import BytesIO

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from PIL import Image

from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.common.storage import read
from annotation.errors import DomainError, InvalidSetting
from annotation.items.imaging.likeness import Pixels, as_seen, likeness
from annotation.items.look_alikes import near_pairs
from annotation.items.pools import Entry
from annotation.items.selectors.look_alikes import items_to_search
from annotation.items.services.sized_views import without_sized_views
from annotation.models import Campaign, Candidate, Derivative, Item, LookAlike, SizedView, User
from jobs.isolation import for_each, one_at_a_time

# Seconds per run of the periodic task; the rest is done in the next run.
BUDGET = 20.0
CHUNK = 50


def find_look_alikes(campaign: Campaign | None = None, *, seconds: float | None = BUDGET) -> int:
    """Search new and changed items, of one campaign or of all; return how many were searched.

    Idempotent. An item waits while a view or a pixel key of its candidates is missing. An item
    whose pictures cannot be read is logged, and searched again when its candidates change.
    seconds: None for no limit. The periodic run (no campaign) does nothing while another is active.
    """
    until = None if seconds is None else time.monotonic() + seconds
    if campaign is not None:
        return _search(items_to_search().filter(campaign=campaign), until)
    with one_at_a_time("annotation.find_look_alikes") as is_mine:
        return _search(items_to_search(), until) if is_mine else 0


def _search(waiting: QuerySet[Item], until: float | None) -> int:
    unsized = without_sized_views().filter(item=OuterRef("pk"))
    ready = waiting.exclude(Exists(_unready())).exclude(Exists(unsized))
    ready, n_done, after = ready.select_related("campaign", "source"), 0, 0
    while items := list(ready.filter(pk__gt=after).order_by("pk")[:CHUNK]):
        tally = for_each(
            items,
            _search_one,
            name=lambda item: f"look-alikes of item {item.public_id}",
            on_failure=lambda item, _reason: _searched(item),
            until=until,
        )
        n_done += tally.n_done
        if not tally.is_complete:
            break
        after = items[-1].pk
    return n_done


def _in_use() -> QuerySet[Candidate]:
    return Candidate.objects.filter(withdrawn_at__isnull=True, superseded_by__isnull=True)


def _unready() -> QuerySet[Candidate]:
    views = Derivative.objects.filter(image=OuterRef("image"), variant=Derivative.Variant.FIT)
    waits = Q(image__pixels_sha256="") | ~Exists(views)
    return _in_use().filter(waits, item=OuterRef("pk"))


def _search_one(item: Item) -> None:
    candidates = {one.pk: one for one in _in_use().filter(item=item).select_related("image")}
    entries = [
        Entry(
            pk,
            one.generator_id,
            one.image.sha256,
            bytes(one.image.colour_grid) if one.image.colour_grid else None,
            one.image.pixels_sha256,
        )
        for pk, one in candidates.items()
    ]
    views = _served_views(item, [one.image_id for one in candidates.values()])

    @lru_cache(maxsize=4)
    def seen(image: int) -> Pixels:
        return as_seen(Image.open(BytesIO(read(views[image]))))

    found = []
    for one, other in near_pairs(entries):
        left, right = (seen(candidates[entry.id].image_id) for entry in (one, other))
        if left.shape != right.shape:
            continue
        measured = likeness(left, right)
        if measured.is_alike:
            found.append(
                LookAlike(item=item, one_id=one.id, other_id=other.id, **measured._asdict())
            )
    with transaction.atomic():
        LookAlike.objects.bulk_create(found, ignore_conflicts=True)
        _searched(item)


def _served_views(item: Item, images: list[int]) -> dict[int, str]:
    """Return the fit view of each image as people see it beside the item's source."""
    own = Derivative.objects.filter(image__in=images, variant=Derivative.Variant.FIT)
    views = dict(own.values_list("image_id", "path"))
    if item.campaign.one_size:
        size = {"for_width": item.source.width, "for_height": item.source.height}
        sized = SizedView.objects.filter(image__in=images, **size)
        views |= dict(sized.values_list("image_id", "fit_path"))
    return views


def _searched(item: Item) -> None:
    Item.objects.filter(pk=item.pk).update(look_alikes_at=Now())


@transaction.atomic
def decide_look_alike(*, look_alike: LookAlike, choice: str, actor: User | None) -> None:
    """Leave a pair out of new comparisons, compare it, or follow the campaign's setting again.

    Comparisons that exist stay. Raises InvalidSetting for another choice, DomainError in a closed
    campaign.
    """
    if choice not in LookAlike.Choice.values:
        raise InvalidSetting("choice", f"A pair is left out or compared, not “{choice}”.")
    campaign = lock_campaign(look_alike.item.campaign)
    if campaign.state == Campaign.State.CLOSED:
        raise DomainError("The campaign is closed; open it again to decide about a pair.")
    changed = LookAlike.objects.filter(pk=look_alike.pk).exclude(choice=choice)
    if changed.update(choice=choice, decided_by=actor, decided_at=Now()):
        record(
            campaign,
            actor,
            "look_alike_decided",
            item=str(look_alike.item.public_id),
            pair=str(look_alike.public_id),
            decision=LookAlike.Choice(choice).label.lower(),
        )
