"""A lead brings items in and puts one right, with and without JavaScript."""

import json

import pytest
from playwright.sync_api import expect

from annotation.items.services.imports import import_folder
from annotation.models import Item
from tests.annotation.items.imports.makers import (
    painting,
    saved,
    two_items,
    write_folder,
    write_zip,
)
from tests.factories import make_campaign, make_user

EVIL = "<img src=x onerror=alert(1)> שלום 🎩"


@pytest.fixture
def lead(live_site):
    return make_user()


@pytest.fixture
def campaign(lead):
    return make_campaign(lead=lead)


@pytest.fixture
def archive(tmp_path):
    """A ZIP of two items; one edit of the second is an HTML page."""
    rows, pictures = two_items()
    rows[1]["instruction"] = EVIL
    pictures = {name: saved(painting(320, 240, seed=n)) for n, name in enumerate(pictures)}
    entries = {"set/manifest.json": json.dumps(rows)}
    entries |= {f"set/{name}": data for name, data in pictures.items()}
    entries["set/a1.png"] = b"<html>"
    return write_zip(tmp_path / "set.zip", entries)


def await_images(page):
    """Wait until every image on the page has been drawn."""
    page.wait_for_load_state("load")
    for image in page.locator(".frame img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 0


@pytest.fixture
def lead_page(page, sign_in, lead):
    return sign_in(page, lead)


def test_an_upload_is_followed_to_its_report(lead_page, start_worker, campaign, archive):
    start_worker("default")
    page = lead_page
    page.goto(f"/c/{campaign.slug}/items/")
    page.get_by_role("link", name="Import items").first.click()
    page.get_by_label("ZIP archive").set_input_files(archive)
    page.get_by_role("button", name="Upload and import").click()
    # poll.js reloads the page when the job is through.
    expect(page.get_by_text("a1.png: the content is an HTML page")).to_be_visible()
    expect(page.get_by_role("link", name="Refused (1)")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Taken (2)").click()
    expect(page.get_by_text("candidates: 1 taken")).to_be_visible()
    page.get_by_role("link", name="See its items").click()
    expect(page.get_by_text(EVIL)).to_be_visible()
    await_images(page)
    assert Item.objects.filter(campaign=campaign).count() == 2


def test_a_file_over_the_limit_is_held_back_in_the_browser(lead_page, campaign, archive):
    page = lead_page
    page.goto(f"/c/{campaign.slug}/import/")
    field = page.get_by_label("ZIP archive")
    field.evaluate("input => { input.dataset.maxBytes = '10'; }")
    page.evaluate(
        "async () => (await import(document.querySelector('script[src*=upload]').src))"
        ".start(document.querySelector('form[data-upload]'))"
    )
    field.set_input_files(archive)
    page.get_by_role("button", name="Upload and import").click()
    assert field.evaluate("input => input.validity.customError")
    assert page.url.endswith("/import/")


def test_a_correction_without_javascript_leads_to_the_new_version(
    page_without_javascript, sign_in, lead, campaign, tmp_path
):
    import_folder(campaign=campaign, path=write_folder(tmp_path / "set", *two_items()))
    page = sign_in(page_without_javascript, lead)
    page.goto(f"/c/{campaign.slug}/items/")
    page.get_by_role("link", name="Paint wall 0 green.").click()
    page.get_by_label("Instruction").fill("Paint wall 0 blue.")
    page.get_by_label("Why").first.fill("The colour was wrong.")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Paint wall 0 blue.")
    expect(page.get_by_text("corrected: The colour was wrong.")).to_be_visible()
    await_images(page)
    page.get_by_label("Why").last.fill("No longer wanted.")
    page.get_by_role("button", name="Withdraw this item").click()
    expect(page.get_by_text("No longer wanted.").first).to_be_visible()
    assert Item.objects.filter(campaign=campaign, withdrawn_at=None).count() == 1
