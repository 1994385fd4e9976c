"""Masks in the ways in which tools write them, each with the part that it marks."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from annotation.errors import PictureRefused
from annotation.items.imaging.masks import read_mask
from annotation.items.imaging.regions import mask_region
from tests.annotation.items.imports.makers import painting, saved

# The marked part: the left half of the upper half.
MARKED = np.zeros((40, 60), bool)
MARKED[:20, :30] = True


def drawn(inside, outside, mode="L"):
    """Return a picture with one colour inside the marked part and another one outside."""
    picture = Image.new(mode, (60, 40), outside)
    picture.paste(inside, (0, 0, 30, 20))
    return picture


def palette(*colours):
    picture = drawn(1, 0, "P")
    picture.putpalette([level for colour in colours for level in colour])
    return picture


def region(picture, file_format="PNG", **options):
    found = read_mask(saved(picture, file_format, **options))
    assert (found.region.mode, set(np.unique(found.region))) == ("L", {0, 255})
    return np.asarray(found.region) == 255, found.note


@pytest.mark.parametrize(
    ("picture", "is_noted"),
    [
        (drawn(255, 0), False),
        (drawn(1, 0, "1"), False),
        (drawn((255, 255, 255), (0, 0, 0), "RGB"), False),
        (drawn(200, 100), True),
        (drawn(1, 0), True),
        (drawn(7, 3), True),
        (palette((0, 0, 0), (255, 255, 255)), False),
        (palette((0, 0, 0), (128, 0, 0)), True),
        (palette((0, 0, 0), (0, 0, 64)), True),
        (drawn((255, 0, 0), (0, 0, 0), "RGB"), True),
        (drawn((0, 0, 0, 0), (0, 0, 0, 255), "RGBA"), True),
        (drawn((255, 255, 255, 0), (255, 255, 255, 255), "RGBA"), True),
        (drawn((0, 0, 0, 0), (90, 200, 10, 255), "RGBA"), True),
        (drawn((0, 0), (0, 255), "LA"), True),
        (drawn((255, 255, 255, 255), (0, 0, 0, 255), "RGBA"), False),
        (drawn((255, 255, 255, 200), (0, 0, 0, 200), "RGBA"), False),
    ],
)
def test_the_marked_part_is_what_was_meant(picture, is_noted):
    found, note = region(picture)
    np.testing.assert_array_equal(found, MARKED)
    assert bool(note) == is_noted


def test_sixteen_bit_and_jpeg_masks_are_read():
    deep = Image.fromarray(np.where(MARKED, 65_535, 0).astype(np.uint16))
    np.testing.assert_array_equal(region(deep)[0], MARKED)
    lossy, note = region(drawn(255, 0), "JPEG", quality=60)
    assert ((lossy != MARKED).mean() < 0.02, note) == (True, "")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mask_is_turned_as_its_exif_block_says(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = read_mask(saved(drawn(255, 0), "PNG", exif=exif)).region
    turned = read_mask(saved(drawn(255, 0))).region
    names = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE"}
    names |= {6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}
    if orientation in names:
        turned = turned.transpose(Image.Transpose[names[orientation]])
    np.testing.assert_array_equal(np.asarray(found), np.asarray(turned))


@pytest.mark.parametrize(
    "picture",
    [
        drawn(0, 0),
        drawn((0, 0, 0, 255), (0, 0, 0, 255), "RGBA"),
        drawn((9, 9, 9, 0), (9, 9, 9, 0), "RGBA"),
    ],
)
def test_a_mask_that_marks_nothing_is_refused(picture):
    with pytest.raises(PictureRefused, match="marks nothing"):
        read_mask(saved(picture))


def test_a_mask_that_marks_everything_is_noted():
    found = read_mask(saved(drawn(255, 255)))
    assert np.asarray(found.region).min() == 255
    assert "whole picture" in found.note


def test_a_photograph_as_a_mask_is_noted():
    assert "not black and white" in read_mask(saved(painting(200, 100))).note


def test_soft_edges_are_no_matter():
    soft = drawn(255, 0).resize((600, 400)).filter(ImageFilter.GaussianBlur(8))
    assert read_mask(saved(soft)).note == ""


def test_a_thin_part_is_not_lost_at_the_working_size():
    thin = Image.new("L", (4_000, 40), 0)
    thin.paste(255, (2_000, 0, 2_001, 40))
    found = mask_region(read_mask(saved(thin)).region, (500, 5))
    assert found[:, 250].all()
    assert found.sum() == 5
