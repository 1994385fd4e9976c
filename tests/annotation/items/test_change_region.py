"""Where edits lie on their source and what they change, against pictures whose answer is known."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from annotation.items.imaging.regions import (
    CLOSING,
    MARGIN,
    at_working_size,
    change_region,
    changed,
    encoded,
    mask_region,
    shift_of,
)

HEIGHT, WIDTH = 200, 260
SQUARE = (slice(80, 120), slice(100, 150))


def scene(seed=1):
    """Return a picture with detail at every scale, as photographs have."""
    rng = np.random.default_rng(seed)
    # Fine detail is light and dark, colour is coarse.
    channels = {1.5: 1, 4: 1, 12: 3}
    sum_ = sum(
        ndimage.gaussian_filter(rng.normal(0, 1, (HEIGHT, WIDTH, n)), (sigma, sigma, 0)) * sigma
        for sigma, n in channels.items()
    )
    scaled = 128 + 45 * sum_ / sum_.std()
    return scaled.clip(0, 255).astype(np.uint8)


def painted(picture, colour=(255, 0, 0), where=SQUARE):
    copy = picture.copy()
    copy[where] = colour
    return copy


def moved(picture, right, down):
    back = ndimage.shift(picture.astype(float), (down, right, 0), order=1, mode="nearest")
    return back.clip(0, 255).astype(np.uint8)


def recompressed(picture, kind="JPEG", quality=85):
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, kind, quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


@settings(max_examples=25, deadline=None)
@given(right=st.floats(-8, 8), down=st.floats(-8, 8))
def test_a_shift_is_found_to_half_a_pixel(right, down):
    source = scene()
    found = shift_of(source, moved(source, right, down))
    assert found == pytest.approx((right, down), abs=0.5)


def test_a_shift_is_found_although_a_part_was_edited():
    source = scene()
    edit = painted(moved(source, 4, -3), where=(slice(20, 120), slice(30, 160)))
    assert shift_of(source, edit) == pytest.approx((4, -3), abs=0.5)


def test_what_was_not_moved_or_is_another_picture_has_no_shift():
    source = scene()
    assert shift_of(source, source) == (0.0, 0.0)
    assert shift_of(source, painted(source)) == (0.0, 0.0)
    assert shift_of(source, scene(2)) == (0.0, 0.0)


@pytest.mark.parametrize(("kind", "quality"), [("JPEG", 85), ("JPEG", 75), ("WEBP", 80)])
def test_saving_again_changes_nothing(kind, quality):
    source = scene()
    assert changed(source, recompressed(source, kind, quality)).mean() < 0.001


def test_a_painted_square_is_what_changed():
    source = scene()
    found = changed(source, painted(source))
    inside = np.zeros(found.shape, bool)
    inside[SQUARE] = True
    assert found[inside].mean() > 0.95
    assert not found[~ndimage.binary_dilation(inside, iterations=2)].any()


def test_a_moved_edit_is_compared_after_moving_it_back():
    source = scene()
    edit = moved(painted(source), 5, 2)
    found = changed(source, edit, (5.0, 2.0))
    outside = np.ones(found.shape, bool)
    outside[70:130, 90:160] = False
    assert found[outside].mean() < 0.01
    assert changed(source, edit)[outside].mean() > 0.05


def test_the_region_is_what_at_least_half_of_the_edits_change():
    source = scene()
    edits = [painted(source), painted(source, (0, 255, 0)), source, source]
    found = change_region(source, edits).region
    near = np.zeros(found.shape, bool)
    near[SQUARE] = True
    assert found[near].all()
    assert not found[~ndimage.binary_dilation(near, iterations=CLOSING + MARGIN + 2)].any()
    alone = [painted(source), source, source]
    assert not change_region(source, alone).region.any()


def test_fewer_than_three_edits_tell_no_region_but_their_shifts():
    source = scene()
    found = change_region(source, [source, moved(source, 6, 0)])
    assert found.region is None
    assert found.shifts[0] == (0.0, 0.0)
    assert found.shifts[1][0] == pytest.approx(6 / WIDTH, abs=0.5 / WIDTH)


def test_a_mask_is_a_region_at_the_working_size():
    mask = Image.new("L", (520, 400), 0)
    mask.paste(255, (260, 0, 520, 400))
    found = mask_region(mask, (WIDTH, HEIGHT))
    assert found.shape == (HEIGHT, WIDTH)
    assert found[:, WIDTH // 2 :].all()
    assert not found[:, : WIDTH // 2].any()


def test_a_region_is_kept_as_a_plain_png():
    region = np.zeros((HEIGHT, WIDTH), bool)
    region[SQUARE] = True
    image = Image.open(BytesIO(encoded(region)))
    assert (image.format, image.mode, image.info) == ("PNG", "L", {})
    assert (np.asarray(image) == np.where(region, 255, 0)).all()


def test_edits_of_another_size_are_compared_by_relative_position():
    large = Image.fromarray(scene()).resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.BICUBIC)
    source = at_working_size(Image.fromarray(scene()))
    assert changed(source, at_working_size(large, (WIDTH, HEIGHT))).mean() < 0.01
    assert max(at_working_size(Image.new("RGB", (2048, 700))).shape[:2]) == 512


@pytest.mark.parametrize("height", [1, 2, 3, 5])
@pytest.mark.parametrize("width", [1, 2, 3, 40])
def test_a_picture_of_any_shape_has_a_region_and_no_shift_where_nothing_moved(width, height):
    rng = np.random.default_rng(5)
    source = rng.integers(90, 160, (height, width, 3), dtype=np.uint8)
    edits = [source.copy() for _ in range(3)]
    for edit in edits:
        edit[-1, -1] = 255
    found = change_region(source, edits)
    assert found.shifts == [(0.0, 0.0)] * 3
    assert found.region.shape == (height, width)
    assert found.region[-1, -1]
