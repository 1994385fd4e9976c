"""A lead looks at pairs that look alike, and decides about one with a click, in both themes."""

import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from annotation.items.services.imports import import_folder
from annotation.items.services.look_alikes import find_look_alikes
from annotation.models import LookAlike
from tests.annotation.items.damage import mosaic, with_word
from tests.annotation.items.imports.makers import saved, write_folder
from tests.annotation.items.test_likeness import photograph
from tests.factories import make_campaign, make_user
from tests.reference import reference_folder

SHOTS = Path(os.environ.get("EDITJURY_SCREENSHOTS", "build/screenshots"))
PHOTO = "data/aurora_magicbrush/images/103966-output1.jpg"


def a_photograph():
    """Return a photograph where the reference data are, else a drawn one."""
    folder = reference_folder()
    path = folder / PHOTO if folder else None
    if path is None or not path.exists():
        return photograph()
    with Image.open(path) as image:
        return image.convert("RGB")


@pytest.fixture
def campaign(tmp_path):
    picture = a_photograph()
    files = {
        "edit": saved(picture),
        "again": saved(picture, "JPEG", quality=95),
        "mosaic": saved(mosaic(picture, 8)),
        "word": saved(with_word(picture, "WELCOME", (0.5, 0.5))),
    }
    rows = [
        {
            "instruction": "Let the room be brighter.",
            "source": "source.png",
            "candidates": {name: f"{name}.bin" for name in files},
        }
    ]
    stored = {f"{name}.bin": data for name, data in files.items()}
    stored["source.png"] = saved(picture.rotate(180))
    campaign = make_campaign(lead=make_user(), state="draft", k=2)
    import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows, stored))
    return campaign


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_lead_sees_the_pair_and_leaves_it_out_with_one_click(
    open_context, sign_in, campaign, theme
):
    page = sign_in(open_context(color_scheme=theme).new_page(), campaign.created_by)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.goto(f"/c/{campaign.slug}/comparisons/")
    section = page.locator("#look-alikes")
    section.locator("summary").click()
    expect(section.get_by_text("A worker has not searched 1 item yet.")).to_be_visible()
    section.screenshot(path=SHOTS / f"look-alikes-waiting-{theme}.png")
    find_look_alikes(campaign, seconds=None)
    page.reload()
    expect(section.get_by_role("heading", name="Look-alikes: 1 pair")).to_be_visible()
    expect(section.get_by_role("article").get_by_role("img")).to_have_count(3)
    section.get_by_role("button", name="Leave out").click()
    expect(section.get_by_text("Left out", exact=True)).to_be_visible()
    assert LookAlike.objects.get().choice == "leave_out"
    section.screenshot(path=SHOTS / f"look-alikes-{theme}.png")
    page.screenshot(path=SHOTS / f"look-alikes-page-{theme}.png", full_page=True)
    section.get_by_role("button", name="Compare after all").click()
    expect(section.get_by_text("Compared", exact=True)).to_be_visible()
    assert LookAlike.objects.get().choice == "compare"
