"""A lead sends another image of a candidate; its page follows the worker, in both themes."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from annotation.items.services.imports import import_folder
from annotation.models import Candidate
from jobs.models import Job
from jobs.runner import run_one
from tests.annotation.items.imports.makers import painting, saved, write_folder
from tests.factories import make_campaign, make_user

SHOTS = Path(os.environ.get("EDITJURY_SCREENSHOTS", "build/screenshots"))


@pytest.fixture
def campaign(tmp_path, settings):
    settings.WORK_ROOT = tmp_path / "work"
    rows = [
        {
            "instruction": "Let the room be brighter.",
            "source": "s.png",
            "candidates": {"model-a": "a.png", "model-b": "b.png"},
            "known_best": "model-b",
        }
    ]
    files = {f"{name}.png": saved(painting(640, 420, seed=n)) for n, name in enumerate("sab")}
    campaign = make_campaign(lead=make_user(), state="draft", k=2)
    import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows, files))
    return campaign


def send(page, candidate, data):
    page.goto(f"/c/{candidate.item.campaign.slug}/candidates/{candidate.public_id}/")
    page.get_by_label("Another image").set_input_files(
        {"name": "new.png", "mimeType": "image/png", "buffer": data}
    )
    page.locator("[name=correct-reason]").fill("The wrong file was sent.")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_text("Checking the new image")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_follows_the_worker_to_a_refusal_and_to_a_new_version(
    open_context, sign_in, campaign, theme
):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page = sign_in(open_context(color_scheme=theme).new_page(), campaign.created_by)
    candidate = Candidate.objects.get(generator__name="model-a")
    page.goto(f"/c/{campaign.slug}/items/{candidate.item.public_id}/")
    expect(page.get_by_text("Known best")).to_be_visible()
    page.screenshot(path=SHOTS / f"known-best-{theme}.png", full_page=True)

    send(page, candidate, saved(painting(9, 9))[:120])
    page.screenshot(path=SHOTS / f"new-image-waiting-{theme}.png")
    assert run_one("default", job_id=Job.objects.latest("pk").pk).state == "failed"
    expect(page.get_by_text("The new image was not taken.")).to_be_visible()
    page.screenshot(path=SHOTS / f"new-image-refused-{theme}.png")

    send(page, candidate, saved(painting(640, 420, seed=9)))
    job = Job.objects.filter(kind="annotation.correct").latest("pk")
    assert run_one("default", job_id=job.pk).state == "done"
    expect(page.get_by_text("Withdrawn on")).to_be_visible()
    expect(page.get_by_role("link", name="Version 2 is the newest.")).to_be_visible()
    page.screenshot(path=SHOTS / f"new-image-taken-{theme}.png")
    assert Candidate.objects.get(supersedes=candidate).version == 2
