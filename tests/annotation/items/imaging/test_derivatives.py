"""The views people see: right pixels, right size, and nothing else in the file."""

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from annotation.items.imaging.derivatives import difference_hash, fit_size, fit_view, full_view
from annotation.items.imaging.pictures import open_picture
from tests.annotation.items.imports import makers

SECRET = b"Generator-X seed 4711"


def decoded(view):
    with Image.open(io.BytesIO(view.data)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("size", [(40, 28), (1, 1), (1, 900), (333, 777)])
def test_the_full_view_equals_the_picture_pixel_for_pixel(size):
    picture = makers.painting(*size)
    np.testing.assert_array_equal(decoded(full_view(picture)), np.asarray(picture))


def test_the_full_view_keeps_transparency_and_every_visible_pixel():
    picture = makers.painting()
    alpha = np.zeros((28, 40), np.uint8)
    alpha[5:20] = np.arange(40) * 6
    picture.putalpha(Image.fromarray(alpha))
    found, given = decoded(full_view(picture)), np.asarray(picture)
    np.testing.assert_array_equal(found[..., 3], alpha)
    np.testing.assert_array_equal(found[alpha > 0], given[alpha > 0])


def test_the_fit_view_shrinks_the_longer_side_to_1600_and_never_enlarges():
    assert fit_size(4000, 3000) == (1600, 1200)
    assert fit_size(16_383, 2) == (1600, 1)
    view = fit_view(makers.painting(1700, 100))
    assert (view.width, view.height) == (1600, 94)
    assert decoded(view).shape == (94, 1600, 3)
    small = fit_view(makers.painting())
    assert (small.width, small.height) == (40, 28)
    assert np.abs(decoded(small).astype(int) - np.asarray(makers.painting())).mean() < 8


def test_no_metadata_survives_in_either_view():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", SECRET.decode())
    info.add_itxt("Comment", SECRET.decode())
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    profile = makers.icc_profile(makers.DISPLAY_P3)
    data = makers.png(pnginfo=info, exif=exif, icc_profile=profile)
    assert data.count(SECRET) == 3
    jpeg = makers.saved(
        makers.painting(), "JPEG", exif=exif, comment=SECRET, xmp=b"<x>" + SECRET + b"</x>"
    )
    assert jpeg.count(SECRET) == 3
    for given in (data, jpeg):
        picture = open_picture(given)
        for view in (fit_view(picture.pixels), full_view(picture.pixels)):
            assert SECRET not in view.data
            for name in (b"EXIF", b"XMP ", b"ICCP"):
                assert name not in view.data


def test_hidden_colours_under_transparent_pixels_are_not_passed_on():
    hidden = Image.new("RGBA", (64, 64), (200, 10, 10, 0))
    hidden.paste((0, 255, 0, 0), (10, 10, 30, 30))
    assert len(np.unique(decoded(full_view(hidden)).reshape(-1, 4), axis=0)) == 1


def test_the_hash_of_a_saved_again_picture_stays_near_and_of_another_goes_far():
    def apart(a, b):
        return ((difference_hash(a) ^ difference_hash(b)) & (2**64 - 1)).bit_count()

    rng = np.random.default_rng(5)
    rough = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8)).resize((400, 300))
    other = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8)).resize((400, 300))
    again = open_picture(makers.saved(rough.resize((200, 150)), "JPEG", quality=60)).pixels
    assert apart(rough, again) <= 3
    assert apart(rough, other) > 15
    assert -(2**63) <= difference_hash(rough) < 2**63
