"""A lead chooses what an export holds, and downloads it; pictures in build/screens."""

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from annotation.snapshots.services import freeze
from tests.annotation.studies import make_study
from tests.factories import make_user

FOLDER = Path(__file__).resolve().parents[2] / "build" / "screens"
WIDE = "() => document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def lead(live_site):
    return make_user()


@pytest.fixture
def campaign(lead):
    campaign = make_study(n_items=4, lead=lead)[0]
    freeze(campaign=campaign)
    return campaign


def test_a_lead_chooses_what_an_export_holds_and_downloads_it(
    page, sign_in, lead, campaign, start_worker
):
    start_worker("default")
    sign_in(page, lead)
    page.goto(f"/c/{campaign.slug}/snapshots/")
    page.get_by_label("Format").select_option("diffusion-dpo")
    page.get_by_text("What it holds:").click()
    page.get_by_label("Split").select_option("train")
    page.get_by_label("aster").check()
    page.get_by_label("cedar").check()
    page.get_by_role("button", name="Export").click()
    link = page.get_by_role("link", name="Download (")
    expect(link).to_be_visible()
    with page.expect_download() as started:
        link.click()
    archive = zipfile.ZipFile(io.BytesIO(Path(started.value.path()).read_bytes()))
    assert "data/train-00000.parquet" in archive.namelist()
    assert not [name for name in archive.namelist() if "held_out" in name]


def test_an_option_that_the_format_lacks_is_refused_beside_what_was_chosen(
    page, sign_in, lead, campaign
):
    sign_in(page, lead)
    page.goto(f"/c/{campaign.slug}/snapshots/")
    page.get_by_label("Format").select_option("chosen-rejected")
    page.get_by_text("What it holds:").click()
    page.get_by_label("Ties are").select_option("keep")
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("chosen-rejected has ties: drop, split; not keep")).to_be_visible()
    expect(page.get_by_label("Ties are")).to_be_visible()
    expect(page.get_by_label("Ties are")).to_have_value("keep")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=FOLDER / f"exports-{width}-{theme}.png", full_page=True)
        assert not page.evaluate(WIDE)
