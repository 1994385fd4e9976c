"""Edits are served at the size of their source, so that no size tells the generator."""

import io
import json

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image

from annotation.campaigns.services import change_settings
from annotation.comparisons.plans import make_rule
from annotation.comparisons.services import build_comparisons
from annotation.errors import InvalidSetting
from annotation.items.imaging.sizes import at_size, served_size
from annotation.items.services.imports import import_folder
from annotation.items.services.sized_views import make_sized_views
from annotation.judging.selectors import own_judgments
from annotation.models import Candidate, Comparison, SizedView
from annotation.queue.selectors.work import work_of
from annotation.queue.services.leases import lease_next
from annotation.references.selectors import examples_for
from annotation.snapshots.services import freeze
from annotation.snapshots.stored import manifest_of
from tests import factories as make
from tests.annotation.items.imports.makers import painting, saved, write_folder

SOURCE, SMALL, SQUARE = (96, 64), (48, 32), (64, 64)


@pytest.mark.parametrize(
    ("size", "source", "served"),
    [
        ((500, 500), (1024, 1024), (1024, 1024)),
        ((2048, 2048), (1024, 1024), (1024, 1024)),
        ((1024, 672), (1024, 683), (1024, 683)),
        ((1024, 1024), (1024, 768), (768, 768)),
        ((500, 1000), (1000, 500), (250, 500)),
        ((1, 5000), (64, 64), (1, 64)),
        ((96, 64), (96, 64), (96, 64)),
    ],
)
def test_an_edit_gets_the_size_of_its_source_without_another_shape(size, source, served):
    assert served_size(size, source) == served


def test_a_reduced_picture_keeps_its_colours_and_an_equal_one_its_pixels():
    picture = painting(96, 64)
    assert at_size(picture, (96, 64)) is picture
    small = np.asarray(at_size(picture, (48, 32))).astype(int)
    box = np.asarray(picture.resize((48, 32), Image.Resampling.BOX)).astype(int)
    assert np.abs(small - box).mean() < 6


@pytest.fixture
def folder(tmp_path):
    pictures = {"s.png": saved(painting(*SOURCE, seed=1))}
    pictures["a.png"] = saved(painting(*SMALL, seed=2))
    pictures["b.png"] = saved(painting(*SQUARE, seed=3))
    names = {"small": "a.png", "square": "b.png"}
    rows = [
        {"instruction": wish, "source": "s.png", "candidates": names}
        for wish in ("Paint it.", "Paint it again.")
    ]
    return write_folder(tmp_path / "set", rows, pictures)


def imported(folder, **settings):
    campaign = make.make_campaign(
        overlap=1, held_out_percent=0, lane_plan=["random"] * 50, random_arm_percent=100, **settings
    )
    import_folder(campaign=campaign, path=folder)
    rule = make_rule(campaign, k=2, strategy="all")
    build_comparisons(campaign=campaign, rule=rule, actor=None)
    return campaign


def sizes_served(client, pictures):
    """The stated and the sent sizes of pictures; both views agree with them."""
    found = []
    for each in pictures:
        stated = each["width"], each["height"]
        for address in (each["url"], each["full_url"]):
            response = client.get(address)
            assert response.status_code == 200
            assert Image.open(io.BytesIO(response.content)).size == stated
        found.append(stated)
    return found


SERVED = {True: {SOURCE, SQUARE}, False: {SMALL, SQUARE}}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("one_size", [True, False])
def test_every_way_to_see_an_edit_has_its_served_size(media_root, folder, client, one_size):
    campaign = imported(folder, one_size=one_size)
    make.make_reference(Comparison.objects.first(), use="example")
    person = make.make_member(campaign)
    client.force_login(person)
    answer = client.post(
        f"/api/v1/campaigns/{campaign.slug}/assignments/next/",
        json.dumps({"ahead": 1}),
        content_type="application/json",
    )
    (work,) = answer.json()["assignments"]
    assert sizes_served(client, [work["source"]]) == [SOURCE]
    assert set(sizes_served(client, work["candidates"])) == SERVED[one_size]
    leased = lease_next(campaign=campaign, annotator=person).assignments[0]
    (shown,) = work_of([leased])
    assert [each["width"] for each in shown["candidates"]] == [
        each["width"] for each in work["candidates"]
    ]
    make.submit(leased)
    (mine,) = own_judgments(campaign, person).judgments
    assert set(sizes_served(client, mine.candidates)) == SERVED[one_size]
    (example,) = examples_for(campaign, person)
    assert set(sizes_served(client, [each.picture for each in example.edits])) == SERVED[one_size]
    assert manifest_of(freeze(campaign=campaign))["presentation"]["size"] == (
        "source" if one_size else "own"
    )


@pytest.mark.django_db(transaction=True)
def test_a_view_is_made_once_and_a_lost_original_stops_no_other(media_root, folder):
    campaign = imported(folder)
    assert SizedView.objects.count() == 2
    assert make_sized_views(campaign, seconds=None) == make_sized_views() == 0
    SizedView.objects.all().delete()
    small = Candidate.objects.filter(generator__name="small").first().image
    default_storage.delete(f"originals/{small.sha256[:2]}/{small.sha256}")
    # Both items have the square edit; the small one's original is lost.
    assert make_sized_views() == 2
    assert SizedView.objects.get().image != small


@pytest.mark.django_db
def test_serving_at_one_size_is_chosen_in_a_draft(media_root):
    draft = make.make_campaign(state="draft")
    change_settings(campaign=draft, actor=None, one_size=False)
    draft.refresh_from_db()
    assert draft.one_size is False
    live = make.make_campaign()
    with pytest.raises(InvalidSetting, match="Serving at one size can be changed in a draft only"):
        change_settings(campaign=live, actor=None, one_size=False)
    live.refresh_from_db()
    assert live.one_size is True
