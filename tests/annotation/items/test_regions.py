"""Change regions of items: made from what people see, kept fresh, served to those who judge."""

import hashlib
import threading
from datetime import timedelta
from importlib import import_module
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from django.apps import apps
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw

from annotation.common.storage import derivative_name, original_name, put_once, read
from annotation.items.services import regions
from annotation.items.services.regions import refresh_regions, stale_items
from annotation.models import Campaign, Candidate, ChangeRegion, StoredImage
from annotation.queue.selectors.work import work_of
from annotation.queue.services.leases import lease_next
from jobs.isolation import one_at_a_time
from tests.factories import (
    make_campaign,
    make_candidate,
    make_image,
    make_item,
    make_member,
    make_queued,
)

pytestmark = pytest.mark.usefixtures("media_root")
SIZE = (120, 80)
BOX = (30, 20, 70, 60)


def picture(seed, *, painted=None):
    noise = np.random.default_rng(1).integers(90, 160, (SIZE[1], SIZE[0], 1), dtype=np.uint8)
    image = Image.fromarray(np.repeat(noise, 3, axis=2))
    if painted:
        ImageDraw.Draw(image).rectangle(BOX, painted)
    image.putpixel((0, 0), (seed, 0, 0))
    return stored(image)


def stored(image):
    buffer = BytesIO()
    image.save(buffer, "PNG")
    known = StoredImage.objects.filter(sha256=hashlib.sha256(buffer.getvalue()).hexdigest())
    return known.first() or make_image(files=True, data=buffer.getvalue())


def item_with(campaign, *edits, source=1):
    item = make_item(campaign, source=picture(source))
    return item, [make_candidate(item, image=edit) for edit in edits]


@pytest.fixture
def campaign(db):
    return make_campaign(k=3, overlap=1)


@pytest.fixture
def item(campaign):
    reds = (picture(n, painted=(250, 0, n)) for n in (10, 20))
    item, _ = item_with(campaign, *reds, picture(30))
    return item


def region_of(item):
    return ChangeRegion.objects.get(item=item)


def test_three_edits_make_a_region_of_what_most_of_them_change(item):
    assert refresh_regions() == 1
    region = region_of(item)
    assert region.kind == "candidates"
    white = np.asarray(Image.open(BytesIO(read(region.path)))) == 255
    assert white[40, 50]
    assert not white[75, 110]


def test_what_is_fresh_is_not_made_again(item):
    refresh_regions()
    assert refresh_regions() == 0
    assert not stale_items().exists()


def test_a_withdrawn_or_added_candidate_makes_a_region_stale(item):
    refresh_regions()
    before = region_of(item)
    make_candidate(item, image=picture(40))
    assert refresh_regions() == 1
    after = region_of(item)
    assert after.made_of != before.made_of
    Candidate.objects.filter(item=item).update(withdrawn_at=after.updated_at)
    assert list(stale_items()) == [item]


def test_two_edits_tell_no_region(campaign):
    item, _ = item_with(campaign, picture(10, painted=(250, 0, 0)), picture(30))
    refresh_regions()
    assert (region_of(item).kind, region_of(item).path) == ("none", "")


def test_a_mask_is_the_region_whatever_the_edits_change(campaign):
    mask = Image.new("L", SIZE, 0)
    ImageDraw.Draw(mask).rectangle((0, 0, 59, 79), 255)
    item, _ = item_with(campaign, picture(10), picture(30))
    item.mask = stored(mask)
    item.save()
    # A mask is read from its original.
    refresh_regions()
    region = region_of(item)
    white = np.asarray(Image.open(BytesIO(read(region.path)))) == 255
    assert region.kind == "mask"
    assert white[40, 30]
    assert not white[40, 90]


def test_regions_of_earlier_masks_are_made_again_after_an_upgrade(campaign, item):
    masked, _ = item_with(campaign, picture(10), picture(30), source=2)
    masked.mask = stored(Image.new("L", SIZE, 255))
    masked.save()
    assert refresh_regions() == 2
    # A release that read the mask in another way left this file.
    ChangeRegion.objects.filter(item=masked).update(path="regions/00/earlier.png")
    assert not stale_items().exists()
    upgrade = import_module("annotation.migrations.0025_regions_of_earlier_masks")
    upgrade.make_again(apps, SimpleNamespace(connection=connections["default"]))
    assert list(stale_items()) == [masked]
    assert refresh_regions() == 1
    white = np.asarray(Image.open(BytesIO(read(region_of(masked).path)))) == 255
    assert white.all()


def test_items_whose_views_are_being_made_wait(campaign):
    item_with(campaign, picture(10), make_image(derivatives=False))
    assert refresh_regions() == 0
    assert not ChangeRegion.objects.exists()


def test_closed_campaigns_are_left(item):
    Campaign.objects.filter(pk=item.campaign_id).update(state="closed")
    assert refresh_regions() == 0


@pytest.fixture
def lease(campaign, item):
    candidates = list(item.candidates.order_by("pk"))
    make_queued(item, candidates=candidates)
    refresh_regions()
    ChangeRegion.objects.update(shifts={str(candidates[1].pk): [0.01, -0.02]})
    person = make_member(campaign)
    return campaign, person, candidates


def test_a_lease_tells_region_and_shifts_in_the_order_shown(lease):
    campaign, person, candidates = lease
    result = lease_next(campaign=campaign, annotator=person)
    work = result.leases[0]
    assignment = result.assignments[0]
    canonical = assignment.comparison.candidate_ids
    at = assignment.shown_order.index(canonical.index(candidates[1].pk))
    (payload,) = work_of([assignment])
    shifts = [edit["shift"] for edit in payload["candidates"]]
    assert shifts[at] == [0.01, -0.02]
    assert all(shift == [0.0, 0.0] for place, shift in enumerate(shifts) if place != at)
    assert payload["region"]["kind"] == "candidates"
    assert work.region is not None


def test_the_region_is_served_to_whoever_holds_the_assignment(lease, client):
    campaign, person, _ = lease
    (payload,) = work_of(lease_next(campaign=campaign, annotator=person).assignments)
    address = payload["region"]["url"]
    assert client.get(address).status_code == 404
    client.force_login(make_member(campaign))
    assert client.get(address).status_code == 404
    client.force_login(person)
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert Image.open(BytesIO(response.content)).info == {}
    wrong = address.replace("region-", "region-0")
    assert client.get(wrong).status_code == 404


@pytest.mark.parametrize(
    "rule", [{"purpose": "gold"}, {"purpose": "benchmark"}, {"shows_outside": False}]
)
def test_no_region_is_told_where_it_would_hint_at_the_answer(lease, client, rule):
    campaign, person, _ = lease
    (before,) = work_of(lease_next(campaign=campaign, annotator=person).assignments)
    Campaign.objects.filter(pk=campaign.pk).update(**rule)
    result = lease_next(campaign=campaign, annotator=person)
    assert result.leases[0].region is None
    assert work_of(result.assignments)[0]["region"] is None
    client.force_login(person)
    assert client.get(before["region"]["url"]).status_code == 404


def test_a_region_file_is_stored_once(item):
    refresh_regions()
    path = region_of(item).path
    assert put_once(path, b"other") is False


@pytest.fixture
def broken(item, media_root):
    """An item of an earlier campaign, one of whose views is lost."""
    (media_root / derivative_name(item.source.sha256, "fit")).unlink()
    return item


def later_item():
    reds = (picture(n, painted=(250, 0, n)) for n in (50, 60, 70))
    return item_with(make_campaign(k=3), *reds, source=2)[0]


def test_an_item_that_fails_is_named_and_stops_no_other(broken, caplog):
    later = later_item()
    assert refresh_regions() == 1
    assert region_of(later).kind == "candidates"
    failed = region_of(broken)
    assert (failed.kind, failed.path, failed.n_failures) == ("none", "", 1)
    assert failed.failure.startswith("FileNotFoundError")
    assert str(broken.public_id) in caplog.text
    assert "Traceback" in caplog.text


def test_a_failed_item_is_tried_again_later_and_not_for_ever(broken):
    for n_failures in (1, 2, 3):
        refresh_regions()
        assert region_of(broken).n_failures == n_failures
        assert refresh_regions() == 0
        assert region_of(broken).n_failures == n_failures
        ChangeRegion.objects.update(updated_at=timezone.now() - timedelta(hours=1))
        Candidate.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert not stale_items().exists()
    make_candidate(broken, image=picture(80))
    assert stale_items().exists()


def test_a_failed_item_that_works_again_forgets_its_failure(broken):
    refresh_regions()
    ChangeRegion.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    add_derivatives_again(broken.source)
    assert refresh_regions() == 1
    region = region_of(broken)
    assert (region.failure, region.n_failures, region.kind) == ("", 0, "candidates")


def add_derivatives_again(image):
    put_once(derivative_name(image.sha256, "fit"), read(original_name(image.sha256)))


def test_a_lead_reads_on_the_item_and_the_overview_why_there_is_no_region(broken, client):
    lead = make_member(broken.campaign, role="lead")
    refresh_regions()
    client.force_login(lead)
    slug = broken.campaign.slug
    page = client.get(reverse("item", args=[slug, broken.public_id])).content.decode()
    assert "FileNotFoundError" in page
    overview = client.get(reverse("campaign", args=[slug])).content.decode()
    assert "FileNotFoundError" in overview
    assert reverse("item", args=[slug, broken.public_id]) in overview


def test_campaigns_take_turns_and_a_run_ends_when_its_time_is_over(item, monkeypatch):
    for _ in range(3):
        item_with(item.campaign, *(picture(n, painted=(250, 0, n)) for n in (50, 60, 70)))
    later = later_item()
    monkeypatch.setattr(regions, "CHUNK", 1)
    clock = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    # The clock goes on by one at each look: at the start, and before each item.
    assert refresh_regions(seconds=2.5) == 2
    assert set(ChangeRegion.objects.values_list("item", flat=True)) == {item.pk, later.pk}
    assert refresh_regions(seconds=99.0) == 3


def test_one_process_makes_regions_at_a_time(item, django_db_blocker):
    held, done = threading.Event(), threading.Event()

    def other_process():
        with django_db_blocker.unblock():
            with one_at_a_time("annotation.refresh_regions") as is_mine:
                assert is_mine
                held.set()
                done.wait(30)
            connections.close_all()

    thread = threading.Thread(target=other_process)
    thread.start()
    held.wait(30)
    assert refresh_regions() == 0
    done.set()
    thread.join()
    assert refresh_regions() == 1
