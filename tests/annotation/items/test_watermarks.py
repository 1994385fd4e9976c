"""Known marks of generators are hidden alike on every picture of a campaign."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from annotation.campaigns.services import change_settings
from annotation.comparisons.plans import make_rule
from annotation.comparisons.services import build_comparisons
from annotation.errors import InvalidSetting
from annotation.items.imaging.presentation import GROUND, Presentation
from annotation.items.imaging.watermarks import Watermark, hide, parse_watermark, tag_of
from annotation.items.services.imports import import_folder
from annotation.items.services.masked_views import make_masked_views
from annotation.judging.selectors import own_judgments
from annotation.models import Candidate, Comparison, Item, MaskedView
from annotation.queue.services.leases import lease_next
from annotation.references.selectors import examples_for
from annotation.snapshots.services import freeze
from annotation.snapshots.stored import manifest_of
from tests import factories as make
from tests.annotation.items.imports.makers import painting, saved, write_folder

BAR = "0.75 0.9 1 1 colour bar"


def test_a_watermark_is_read_and_written_in_one_spelling():
    assert parse_watermark("  .75 0.90 1.0 1 colour  bar ") == Watermark(
        0.75, 0.9, 1, 1, "colour  bar"
    )
    assert str(parse_watermark(".75 0.90 1.0 1 bar")) == "0.75 0.9 1 1 bar"
    assert str(parse_watermark("0 0 0.1 0.1 bar")) == "0 0 0.1 0.1 bar"
    assert tag_of([BAR]) == tag_of(["0.750 0.90 1 1 renamed"]) != tag_of(["0.75 0.91 1 1 bar"])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("colour bar", "four fractions and a name"),
        ("0.9 0.9 1 nan bar", "all from 0 to 1"),
        ("0.9 0.9 0.8 1 bar", "left is less than right"),
        ("0.9 0.9 1 1.1 bar", "all from 0 to 1"),
        ("0.9 0.9 1 1", "has no name"),
        ("0 0 1 1 all", "more than 10%"),
        ("0.9 0.9 1 1 " + "x" * 80, "longer than 80"),
    ],
)
def test_a_watermark_that_cannot_be_hidden_is_refused_with_the_reason(line, reason):
    with pytest.raises(ValueError, match=reason):
        parse_watermark(line)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_every_pixel_that_a_watermark_touches_is_grey_and_no_other_changes(mode):
    picture = painting(41, 30).convert(mode)
    picture.putpixel((40, 29), (1, 2, 3, 0)[: len(mode)])
    assert hide(picture, []) is picture
    before, after = np.asarray(picture), np.asarray(hide(picture, [BAR]))
    inside = np.zeros((30, 41), bool)
    inside[27:, 30:] = True  # 0.75 × 41 = 30.75, 0.9 × 30 = 27
    assert (after[inside][:, :3] == GROUND).all()
    assert (after[..., 3:][inside] == 255).all()
    assert (after[~inside] == before[~inside]).all()


@pytest.fixture
def folder(tmp_path):
    pictures = {"s.png": saved(painting(96, 64, seed=1))}
    pictures["a.png"] = saved(painting(48, 32, seed=2))
    pictures["b.png"] = saved(painting(96, 64, seed=3))
    names = {"small": "a.png", "same": "b.png"}
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


def is_hidden(client, address):
    """Whether the picture at an address is grey under the bar and nowhere else."""
    response = client.get(address)
    assert response.status_code == 200
    pixels = np.asarray(Image.open(io.BytesIO(response.content)).convert("RGB")).astype(int)
    grey = np.abs(pixels - GROUND).max(axis=2) <= 6
    high, wide = grey.shape
    inside = grey[int(0.93 * high) :, int(0.8 * wide) :]
    outside = grey[: int(0.8 * high), : int(0.6 * wide)]
    return bool(inside.all() and not outside.all())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("one_size", [True, False])
def test_every_way_to_see_a_picture_hides_the_watermark(media_root, folder, client, one_size):
    campaign = imported(folder, one_size=one_size, watermarks=[BAR])
    make.make_reference(Comparison.objects.first(), use="example")
    person = make.make_member(campaign)
    client.force_login(person)
    answer = client.post(
        f"/api/v1/campaigns/{campaign.slug}/assignments/next/",
        json.dumps({"ahead": 1}),
        content_type="application/json",
    )
    (work,) = answer.json()["assignments"]
    (example,) = examples_for(campaign, person)
    make.submit(lease_next(campaign=campaign, annotator=person).assignments[0])
    (mine,) = own_judgments(campaign, person).judgments
    shown = [work["source"], *work["candidates"], *mine.candidates]
    shown += [each.picture for each in example.edits]
    addresses = [picture[name] for picture in shown for name in ("url", "full_url")]
    assert [is_hidden(client, address) for address in addresses] == [True] * len(addresses)
    sizes = [Image.open(io.BytesIO(client.get(each["full_url"]).content)).size for each in shown]
    assert sizes == [(each["width"], each["height"]) for each in shown]


@pytest.mark.django_db(transaction=True)
def test_a_picture_whose_masked_view_is_missing_is_not_served_with_its_watermark(
    media_root, folder, client
):
    campaign = imported(folder, watermarks=[BAR])
    person = make.make_member(campaign)
    client.force_login(person)
    leased = lease_next(campaign=campaign, annotator=person).assignments[0]
    addresses = [f"/media/a/{leased.public_id}/{name}/full.webp" for name in ("source", "0", "1")]
    assert {client.get(address).status_code for address in addresses} == {200}
    assert make_masked_views(campaign, seconds=None) == make_masked_views() == 0
    MaskedView.objects.all().delete()
    assert {client.get(address).status_code for address in addresses} == {503}
    # Two items share their source and edits: each picture gets one view.
    assert make_masked_views() == 6
    assert MaskedView.objects.count() == 3
    assert [is_hidden(client, address) for address in addresses] == [True] * 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("one_size", [True, False])
def test_a_lead_sees_the_views_as_annotators_do_and_can_open_the_original(
    media_root, folder, client, one_size
):
    campaign = imported(folder, one_size=one_size, watermarks=[BAR])
    client.force_login(make.make_member(campaign, role="lead"))
    shown = [("items", Item.objects.first()), *(("candidates", c) for c in Candidate.objects.all())]
    for kind, row in shown:
        base = f"/media/c/{campaign.slug}/{kind}/{row.public_id}"
        assert is_hidden(client, f"{base}/fit")
        assert is_hidden(client, f"{base}/full")
        assert not is_hidden(client, f"{base}/original")


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_states_what_was_hidden_and_its_hash_knows_it(media_root, folder):
    stated = manifest_of(freeze(campaign=imported(folder, watermarks=[BAR])))["presentation"]
    assert stated["masked"] == [BAR]
    assert stated == Presentation(size="source", masked=(BAR,)).to_json()
    assert stated["sha256"] != Presentation(size="source").sha256


@pytest.mark.django_db
def test_watermarks_are_named_in_a_draft_and_stored_in_one_spelling(media_root):
    draft = make.make_campaign(state="draft")
    change_settings(campaign=draft, actor=None, watermarks=["0.750 .9 1 1 colour bar"])
    draft.refresh_from_db()
    assert draft.watermarks == [BAR]
    for lines, reason in ([["bar"], "four fractions"], [[BAR] * 7, "At most 6"]):
        with pytest.raises(InvalidSetting, match=reason):
            change_settings(campaign=draft, actor=None, watermarks=lines)
    live = make.make_campaign()
    with pytest.raises(InvalidSetting, match="Hidden watermarks can be changed in a draft only"):
        change_settings(campaign=live, actor=None, watermarks=[BAR])
    draft.refresh_from_db()
    live.refresh_from_db()
    assert (draft.watermarks, live.watermarks) == ([BAR], [])
