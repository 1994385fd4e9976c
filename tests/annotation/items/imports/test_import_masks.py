"""Masks of an import: what they mark is noted, and shown over the picture on the item's page."""

from io import BytesIO

import numpy as np
import pytest
from django.urls import reverse
from PIL import Image

from annotation.common.storage import read
from annotation.items.services.imports import import_folder
from annotation.items.services.regions import refresh_regions
from annotation.models import ChangeRegion, Item
from tests.annotation.items.imports.makers import painting, png, saved, write_folder
from tests.factories import make_campaign, make_member
from tests.pages import parts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]
# The marked part: the left half of the upper half of a picture of 40 x 28.
LEFT = (slice(0, 14), slice(0, 20))


@pytest.fixture
def campaign():
    return make_campaign(rubric=False, state="draft")


def imported(campaign, tmp_path, mask, source=None):
    """Import one item with a mask and return (item, notes)."""
    row = {"instruction": "Go.", "source": "s.png", "mask": "mask.png"}
    row["candidates"] = {"m": "a.png", "n": "b.png"}
    pictures = {"s.png": source or png(1), "a.png": png(2), "b.png": png(3), "mask.png": mask}
    batch = import_folder(campaign=campaign, path=write_folder(tmp_path / "s", [row], pictures))
    notes = [line["reason"] for line in batch.report["rows"] if line["outcome"] == "note"]
    return Item.objects.get(), notes


def marked(value, other, mode):
    picture = Image.new(mode, (40, 28), other)
    picture.paste(value, (0, 0, 20, 14))
    return picture


def white_part(item):
    refresh_regions()
    region = ChangeRegion.objects.get(item=item)
    assert region.kind == "mask"
    return np.asarray(Image.open(BytesIO(read(region.path)))) == 255


@pytest.mark.parametrize(
    ("mask", "word"),
    [
        (marked((0, 0, 0, 0), (0, 0, 0, 255), "RGBA"), "transparent"),
        (marked(1, 0, "L"), "darkest"),
        (marked(255, 0, "L"), ""),
    ],
)
def test_the_region_is_what_the_mask_marks_and_how_it_is_read_is_noted(
    campaign, tmp_path, mask, word
):
    item, notes = imported(campaign, tmp_path, saved(mask))
    expected = np.zeros((28, 40), bool)
    expected[LEFT] = True
    np.testing.assert_array_equal(white_part(item), expected)
    assert (len(notes), word in "".join(notes)) == (1 if word else 0, True)


def test_a_mask_that_is_turned_as_its_source_is_lies_on_it(campaign, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    source = saved(painting(28, 40).transpose(Image.Transpose.ROTATE_90), exif=exif)
    mask = saved(marked(255, 0, "L"), exif=exif)
    item, _ = imported(campaign, tmp_path, mask, source)
    expected = np.zeros((40, 28), bool)
    expected[0:20, 14:28] = True
    np.testing.assert_array_equal(white_part(item), expected)


def test_an_empty_mask_is_left_out_with_a_note_and_its_item_is_taken(campaign, tmp_path):
    item, notes = imported(campaign, tmp_path, saved(Image.new("L", (40, 28), 0)))
    assert (item.mask, len(notes)) == (None, 1)
    assert ("mask.png" in notes[0], "marks nothing" in notes[0]) == (True, True)


def test_a_lead_sees_the_mask_over_the_picture(campaign, tmp_path, client):
    item, _ = imported(campaign, tmp_path, saved(marked(255, 0, "L")))
    page = reverse("item", args=[campaign.slug, item.public_id])
    lead = make_member(campaign, role="lead")
    client.force_login(lead)
    assert parts(client.get(page), ".frame.region") == []
    region = white_part(item)
    sources = [image.attributes["src"] for image in parts(client.get(page), "img")]
    (address,) = (source for source in sources if "/region-" in source)
    response = client.get(address)
    assert response["Content-Type"] == "image/png"
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(response.content))) == 255, region)
    assert client.get(address.replace("region-", "region-0")).status_code == 404
    client.force_login(make_member(campaign))
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 404
