"""Only equal pictures are left out unasked; what looks alike is listed, and left out if wanted."""

import colorsys
import json
from itertools import combinations

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from annotation.campaigns.services import change_settings
from annotation.common.storage import original_name
from annotation.comparisons.plans import make_rule, plan_comparisons
from annotation.comparisons.services import build_comparisons
from annotation.errors import DomainError, InvalidSetting
from annotation.items.selectors.look_alikes import look_alikes_of
from annotation.items.services.imports import import_folder
from annotation.items.services.items import withdraw_candidate
from annotation.items.services.look_alikes import decide_look_alike, find_look_alikes
from annotation.items.services.pixel_keys import fill_pixel_keys
from annotation.models import Campaign, Candidate, Comparison, LookAlike, SizedView, StoredImage
from tests.annotation.items.imports.makers import saved, write_folder
from tests.factories import make_campaign, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]

SIZE = (240, 180)
WORD, SPOT = (20, 30, 100, 50), (150, 100, 153, 103)


def edit_with(word="WELCOME", hue=0.6):
    """Return a picture with fine detail everywhere, a small word and a small spot of colour."""
    ramp = Image.linear_gradient("L").resize(SIZE)
    picture = Image.blend(TEXTURE, ramp, 0.6).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle(WORD, (70, 70, 68))
    draw.text((24, 34), word, (120, 118, 110), font=ImageFont.load_default(12))
    colour = tuple(round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.6, 0.6))
    draw.ellipse(SPOT, colour)
    return picture


TEXTURE = Image.effect_noise(SIZE, 30)
EDIT = edit_with()


def mosaic(cell):
    small = EDIT.resize((SIZE[0] // cell, SIZE[1] // cell), Image.Resampling.BOX)
    return small.resize(SIZE, Image.Resampling.NEAREST)


DIFFERENT = {
    "blur-1.5": saved(EDIT.filter(ImageFilter.GaussianBlur(1.5))),
    "blur-3": saved(EDIT.filter(ImageFilter.GaussianBlur(3))),
    "mosaic-4": saved(mosaic(4)),
    "mosaic-6": saved(mosaic(6)),
    "median-3": saved(EDIT.filter(ImageFilter.MedianFilter(3))),
    "letter": saved(edit_with(word="WELC0ME")),
    "hue": saved(edit_with(hue=0.45)),
    "jpeg": saved(EDIT, "JPEG", quality=90),
    "edit": saved(EDIT),
}
ALIKE = ("edit", "jpeg")
EQUAL = {
    "again": saved(EDIT, compress_level=1),
    "palette-free-webp": saved(EDIT, "WEBP", lossless=True),
    "opaque-alpha": saved(EDIT.convert("RGBA")),
    "copy": saved(EDIT),
}


def put_in(campaign, tmp_path, candidates):
    rows = [
        {
            "instruction": "Say welcome.",
            "source": "source.png",
            "candidates": {name: f"{name}.bin" for name in candidates},
        }
    ]
    files = {f"{name}.bin": data for name, data in candidates.items()}
    files["source.png"] = saved(edit_with(word="", hue=0.1))
    batch = import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows, files))
    assert batch.report["counts"]["candidates"]["refused"] == 0
    return campaign


@pytest.fixture
def campaign():
    return make_campaign(state="draft", k=2)


def rule(campaign, **how):
    return make_rule(campaign, **{"k": 2, "strategy": "all"} | how)


def compared(chosen):
    """Return the pairs of generators that a plan or a build compares, in alphabetical order."""
    names = dict(Candidate.objects.values_list("pk", "generator__name"))
    return {tuple(sorted(names[pk] for pk in one.candidates)) for one in chosen}


def listed(campaign):
    """Return whether each listed pair is left out, by the names of its generators."""
    return {
        tuple(sorted(str(one.generator) for one in pair.candidates)): pair.is_left_out
        for pair in look_alikes_of(campaign, most=100).pairs
    }


SIZES = {
    "edit": saved(EDIT),
    "larger": saved(EDIT.resize((2 * SIZE[0], 2 * SIZE[1]), Image.Resampling.LANCZOS)),
    "letter-larger": saved(
        edit_with(word="WELC0ME").resize((2 * SIZE[0], 2 * SIZE[1]), Image.Resampling.LANCZOS)
    ),
    "wider": saved(EDIT.resize((2 * SIZE[0], SIZE[1]), Image.Resampling.LANCZOS)),
}


def test_edits_of_different_sizes_are_compared_as_they_are_served(campaign, tmp_path):
    put_in(campaign, tmp_path, SIZES)
    find_look_alikes()
    assert listed(campaign) == {("edit", "larger"): False}
    assert look_alikes_of(campaign, most=9).n_waiting == 0


def test_edits_that_are_served_in_their_own_sizes_look_alike_in_one_size_only(campaign, tmp_path):
    Campaign.objects.update(one_size=False)
    put_in(campaign, tmp_path, SIZES)
    find_look_alikes()
    assert listed(campaign) == {}


def test_an_item_waits_for_the_views_at_the_size_of_its_source(campaign, tmp_path):
    put_in(campaign, tmp_path, SIZES)
    views = list(SizedView.objects.all())
    SizedView.objects.all().delete()
    assert find_look_alikes() == 0
    assert look_alikes_of(campaign, most=9).n_waiting == 1
    SizedView.objects.bulk_create(views)
    assert find_look_alikes() == 1
    assert listed(campaign) == {("edit", "larger"): False}


def test_damaged_and_slightly_changed_edits_are_all_compared(campaign, tmp_path):
    put_in(campaign, tmp_path, DIFFERENT)
    find_look_alikes()
    plan = plan_comparisons(campaign, rule(campaign))
    assert compared(plan.chosen) == set(combinations(sorted(DIFFERENT), 2))
    assert (plan.left_out.total, plan.n_apart) == (0, 0)
    assert listed(campaign) == {ALIKE: False}


def test_the_setting_leaves_out_what_was_saved_again_and_nothing_that_was_damaged(
    campaign, tmp_path
):
    put_in(campaign, tmp_path, DIFFERENT)
    change_settings(campaign=campaign, actor=None, leave_out_look_alikes=True)
    campaign.refresh_from_db()
    waiting = plan_comparisons(campaign, rule(campaign))
    assert (waiting.chosen, waiting.unready.items) == ([], 1)
    assert find_look_alikes() == 1
    plan = plan_comparisons(campaign, rule(campaign))
    assert compared(plan.chosen) == set(combinations(sorted(DIFFERENT), 2)) - {ALIKE}
    assert (plan.n_apart, plan.unready.items) == (1, 0)
    assert listed(campaign) == {ALIKE: True}


def test_a_search_is_done_once_until_the_candidates_change(campaign, tmp_path):
    put_in(campaign, tmp_path, {name: DIFFERENT[name] for name in ("edit", "jpeg")})
    assert (find_look_alikes(), find_look_alikes()) == (1, 0)
    before = LookAlike.objects.get()
    put_in(campaign, tmp_path / "more", {"letter": DIFFERENT["letter"]})
    assert look_alikes_of(campaign, most=9).n_waiting == 1
    assert find_look_alikes() == 1
    assert LookAlike.objects.get() == before
    withdraw_candidate(candidate=before.other, reason="The same as the other.", actor=None)
    assert (listed(campaign), find_look_alikes()) == ({}, 1)


def test_a_search_waits_for_the_key_of_the_pixels(campaign, tmp_path):
    put_in(campaign, tmp_path, {name: DIFFERENT[name] for name in ("edit", "jpeg")})
    StoredImage.objects.update(pixels_sha256="")
    assert find_look_alikes(campaign, seconds=None) == 0
    fill_pixel_keys()
    assert find_look_alikes(campaign, seconds=None) == 1


def test_a_lost_view_fails_its_item_once_and_no_other(campaign, tmp_path, media_root):
    put_in(campaign, tmp_path, {name: DIFFERENT[name] for name in ("edit", "jpeg")})
    lost = Candidate.objects.get(generator__name="edit").image.derivatives.get(variant="fit")
    (media_root / lost.path).unlink()
    assert find_look_alikes() == 0
    assert look_alikes_of(campaign, most=9).n_waiting == 0
    assert not LookAlike.objects.exists()


def test_a_decision_about_a_pair_comes_before_the_setting(campaign, tmp_path):
    put_in(campaign, tmp_path, {name: DIFFERENT[name] for name in ("edit", "jpeg")})
    find_look_alikes()
    pair = LookAlike.objects.get()
    decide_look_alike(look_alike=pair, choice="leave_out", actor=None)
    assert plan_comparisons(campaign, rule(campaign)).chosen == []
    campaign = change_settings(campaign=campaign, actor=None, leave_out_look_alikes=True)
    decide_look_alike(look_alike=pair, choice="compare", actor=None)
    assert len(plan_comparisons(campaign, rule(campaign)).chosen) == 1
    decide_look_alike(look_alike=pair, choice="campaign", actor=None)
    assert plan_comparisons(campaign, rule(campaign)).chosen == []
    with pytest.raises(InvalidSetting):
        decide_look_alike(look_alike=pair, choice="perhaps", actor=None)
    Campaign.objects.update(state="closed")
    with pytest.raises(DomainError):
        decide_look_alike(look_alike=pair, choice="compare", actor=None)
    pair.refresh_from_db()
    assert pair.choice == "campaign"


def test_a_pair_stays_apart_whichever_of_the_same_pictures_is_compared(campaign, tmp_path):
    chosen = {"edit": DIFFERENT["edit"], "jpeg": DIFFERENT["jpeg"], "letter": DIFFERENT["letter"]}
    put_in(campaign, tmp_path, chosen | EQUAL)
    campaign = change_settings(campaign=campaign, actor=None, leave_out_look_alikes=True)
    find_look_alikes()
    for seed in range(6):
        Campaign.objects.update(seed=seed)
        campaign.refresh_from_db()
        plan = plan_comparisons(campaign, rule(campaign))
        assert (len(plan.chosen), plan.n_apart) == (2, 1)


def test_of_pictures_equal_by_byte_or_pixel_one_is_compared(campaign, tmp_path):
    put_in(campaign, tmp_path, EQUAL | {"edit": DIFFERENT["edit"], "jpeg": DIFFERENT["jpeg"]})
    plan = plan_comparisons(campaign, rule(campaign))
    assert len(plan.chosen) == 1
    assert plan.left_out.total == 4
    # "copy" and "edit" are one file; whichever picture stays, the others are other files.
    assert plan.left_out.same_pixels in {3, 4}
    find_look_alikes()
    assert list(listed(campaign).values()) == [False]


def test_colours_that_nobody_sees_make_no_other_picture(campaign, tmp_path):
    hidden = EDIT.convert("RGBA")
    hidden.paste((255, 0, 0, 0), (0, 0, 40, 40))
    other = EDIT.convert("RGBA")
    other.paste((0, 255, 0, 0), (0, 0, 40, 40))
    faint = EDIT.convert("RGBA")
    faint.paste((0, 255, 0, 1), (0, 0, 40, 40))
    put_in(campaign, tmp_path, {"a": saved(hidden), "b": saved(other), "c": saved(faint)})
    plan = plan_comparisons(campaign, rule(campaign))
    assert len(plan.chosen) == 1
    assert plan.left_out.same_pixels == 1


def test_an_equal_picture_that_comes_later_adds_no_comparison(campaign, tmp_path):
    put_in(campaign, tmp_path, {name: DIFFERENT[name] for name in ("edit", "letter")})
    build_comparisons(campaign=campaign, rule=rule(campaign), actor=None)
    before = list(Comparison.objects.values_list("candidate_ids"))
    for name, data in EQUAL.items():
        put_in(campaign, tmp_path / name, {name: data})
        again = build_comparisons(campaign=campaign, rule=rule(campaign), actor=None)
        assert again.plan.chosen == []
    assert list(Comparison.objects.values_list("candidate_ids")) == before


def test_images_without_a_key_wait_for_it_where_it_could_matter(campaign, tmp_path):
    put_in(campaign, tmp_path, {**EQUAL, "edit": DIFFERENT["edit"], "letter": DIFFERENT["letter"]})
    keys = set(StoredImage.objects.values_list("sha256", "pixels_sha256"))
    StoredImage.objects.update(pixels_sha256="")
    plan = plan_comparisons(campaign, rule(campaign))
    assert (plan.unready.candidates, plan.chosen) == (5, [])
    assert fill_pixel_keys() == StoredImage.objects.count()
    assert set(StoredImage.objects.values_list("sha256", "pixels_sha256")) == keys
    assert len(plan_comparisons(campaign, rule(campaign)).chosen) == 1


def test_an_image_that_cannot_be_read_any_more_keeps_nobody_waiting(campaign, tmp_path, media_root):
    put_in(campaign, tmp_path, {name: DIFFERENT[name] for name in ("edit", "letter")})
    lost = Candidate.objects.get(generator__name="edit").image
    (media_root / original_name(lost.sha256)).unlink()
    StoredImage.objects.update(pixels_sha256="")
    fill_pixel_keys()
    assert not StoredImage.objects.filter(pixels_sha256="").exists()
    lost.refresh_from_db()
    assert lost.pixels_sha256 == lost.sha256


def test_the_command_lists_pairs_that_look_alike_until_one_is_withdrawn(campaign, tmp_path, capsys):
    put_in(campaign, tmp_path, {name: DIFFERENT[name] for name in ("edit", "letter", "jpeg")})
    call_command("build_comparisons", campaign.slug, "--dry-run", "--json")
    result = json.loads(capsys.readouterr().out)
    assert result["comparisons_new"] == 3
    found = result["look_alikes"]
    assert (found["pairs"], found["left_out"], len(found["listed"])) == (1, 0, 1)
    names = {one["generator"] for one in found["listed"][0]["candidates"]}
    assert names == set(ALIKE)
    call_command("build_comparisons", campaign.slug, "--dry-run")
    assert "1 pairs look alike; 0 of them are left out" in capsys.readouterr().out
    jpeg = Candidate.objects.get(generator__name="jpeg")
    withdraw_candidate(candidate=jpeg, reason="The same as edit.", actor=None)
    call_command("build_comparisons", campaign.slug, "--dry-run")
    assert "no two candidates of an item look alike" in capsys.readouterr().out


@pytest.fixture
def led():
    alice = make_user("alice")
    client = Client()
    client.force_login(alice)
    return make_campaign(lead=alice, state="draft", k=2), client


def test_the_page_shows_both_pictures_of_a_pair_the_reason_and_one_click(led, tmp_path):
    campaign, client = led
    put_in(campaign, tmp_path, {name: DIFFERENT[name] for name in ALIKE})
    address = reverse("comparisons", args=[campaign.slug])
    assert "A worker has not searched 1 item yet." in client.get(address).content.decode()
    find_look_alikes()
    shown = client.get(address).content.decode()
    assert "Look-alikes: 1 pair" in shown
    assert "brightness differs by" in shown
    for candidate in Candidate.objects.all():
        arguments = [campaign.slug, candidate.public_id]
        assert reverse("candidate", args=arguments) in shown
        assert reverse("lead-candidate-image", args=[*arguments, "fit"]) in shown
    decide = reverse("look-alike-decide", args=[campaign.slug, LookAlike.objects.get().public_id])
    client.post(decide, {"choice": "leave_out"})
    assert "Compare after all" in client.get(address).content.decode()
    client.post(decide, {"choice": "perhaps"})
    assert listed(campaign) == {ALIKE: True}
    client.post(decide, {"choice": "compare"})
    assert listed(campaign) == {ALIKE: False}


def test_the_page_says_when_nothing_looks_alike(led, tmp_path):
    campaign, client = led
    put_in(campaign, tmp_path, {name: DIFFERENT[name] for name in ("edit", "letter")})
    find_look_alikes()
    shown = client.get(reverse("comparisons", args=[campaign.slug])).content.decode()
    assert "No two edits of an item look alike." in shown
