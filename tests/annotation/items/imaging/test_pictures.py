"""What a picture file turns into, and which files are turned away with what words."""

import numpy as np
import pytest
from PIL import Image

from annotation.errors import PictureRefused
from annotation.items.imaging.pictures import MAX_BYTES, open_picture
from tests.annotation.items.imports import makers

SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"


def pixels(data, **options):
    return np.asarray(open_picture(data, **options).pixels)


def flipped(data, position):
    return data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\x00" * 500, "not a picture"),
        (SVG, "SVG"),
        (HTML, "HTML"),
        (makers.saved(makers.painting(), "BMP"), "BMP"),
        (makers.saved(makers.painting(), "TIFF"), "TIFF"),
        (makers.png()[:300], "damaged"),
        (makers.png()[:-30], "damaged"),
        (flipped(makers.png(), 700), "damaged"),
        (makers.saved(makers.painting(), "JPEG")[:400], "damaged"),
        (makers.saved(makers.painting(), "JPEG")[:-60], "damaged"),
        (makers.saved(makers.painting(), "WEBP")[:-60], "damaged"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 50, "damaged"),
        (makers.animation("GIF"), "animated"),
        (makers.animation("WEBP"), "animated"),
        (makers.animation("PNG"), "animated"),
    ],
)
def test_a_file_that_cannot_be_judged_is_refused_with_its_reason(data, reason):
    with pytest.raises(PictureRefused, match=reason):
        open_picture(data, name="picture.png")


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ((60_000, 60_000), "megapixels"),
        ((8_000, 8_000), "8000 × 8000 is more than 50 megapixels"),
        ((20_000, 100), "a side is longer than 16383"),
    ],
)
def test_a_small_file_of_too_many_pixels_is_refused(size, reason):
    with pytest.raises(PictureRefused, match=reason):
        open_picture(makers.bomb(*size), name="picture.png")


def test_a_file_over_the_size_limit_is_refused_before_it_is_decoded():
    with pytest.raises(PictureRefused, match="larger than 100 MiB"):
        open_picture(makers.png() + bytes(MAX_BYTES))


def test_a_jpeg_named_png_is_taken_by_its_content_and_noted():
    picture = open_picture(makers.saved(makers.painting(), "JPEG"), name="images/edit.png")
    assert picture.file_format == "JPEG"
    (note,) = picture.notes
    assert (".png" in note, "JPEG" in note) == (True, True)


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a"])
def test_a_fitting_or_absent_ending_is_not_noted(name):
    assert open_picture(makers.saved(makers.painting(), "JPEG"), name=name).notes == ()


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.transpose(1, 0, 2)),
        (6, lambda a: np.rot90(a, -1)),
        (7, lambda a: a[::-1, ::-1].transpose(1, 0, 2)),
        (8, lambda a: np.rot90(a, 1)),
    ],
)
@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_every_exif_orientation_comes_out_upright(orientation, upright, file_format):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = makers.saved(makers.painting(), file_format, exif=exif, **options)
    np.testing.assert_array_equal(pixels(data), upright(np.asarray(makers.painting())))


def test_a_broken_exif_block_leaves_the_picture_as_it_lies():
    data = makers.saved(makers.painting(), "PNG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff\x00")
    np.testing.assert_array_equal(pixels(data), np.asarray(makers.painting()))


def test_cmyk_without_a_profile_keeps_its_colours():
    red = Image.new("CMYK", (24, 16), (0, 255, 255, 0))
    found = pixels(makers.saved(red, "JPEG", quality=100))
    assert found.shape == (16, 24, 3)
    np.testing.assert_allclose(found[8, 12], (255, 0, 0), atol=4)


def test_sixteen_bit_grey_is_scaled_and_not_cut_off():
    ramp = np.linspace(0, 65_535, 300).astype(np.uint16)[None, :].repeat(3, axis=0)
    found = pixels(makers.png_16_bit_grey(ramp))
    np.testing.assert_array_equal(found[..., 0], np.round(ramp / 257).astype(np.uint8))
    np.testing.assert_array_equal(found[..., 0], found[..., 2])


def test_a_transparent_palette_keeps_its_colours_and_its_hole():
    drawn = Image.new("P", (6, 4), 0)
    drawn.putpalette([255, 0, 0, 0, 0, 255] + [0] * 762)
    drawn.putpixel((2, 1), 1)
    found = pixels(makers.saved(drawn, "PNG", transparency=1))
    assert tuple(found[0, 0]) == (255, 0, 0, 255)
    assert found[1, 2, 3] == 0


def test_grey_with_alpha_keeps_both():
    drawn = Image.new("LA", (5, 5), (90, 128))
    assert tuple(pixels(makers.saved(drawn, "PNG"))[2, 2]) == (90, 90, 90, 128)


def test_an_alpha_channel_without_a_transparent_pixel_is_dropped():
    opaque = makers.painting()
    opaque.putalpha(255)
    picture = open_picture(makers.saved(opaque, "PNG"))
    assert not picture.has_alpha
    np.testing.assert_array_equal(np.asarray(picture.pixels), np.asarray(makers.painting()))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_each_common_mode_becomes_rgb(mode):
    drawn = makers.painting().convert(mode)
    picture = open_picture(makers.saved(drawn, "PNG"))
    assert picture.pixels.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(picture.pixels), np.asarray(drawn.convert("RGB")))


def test_a_still_gif_is_taken():
    assert open_picture(makers.saved(makers.painting(), "GIF")).file_format == "GIF"


def test_a_profile_with_swapped_channels_is_followed():
    red, green, blue = makers.SRGB
    profile = makers.icc_profile((green, red, blue))
    found = pixels(makers.png(icc_profile=profile)).astype(int)
    swapped = np.asarray(makers.painting())[..., [1, 0, 2]].astype(int)
    assert np.abs(found - swapped).max() <= 2


def test_display_p3_colours_come_out_as_the_matrices_say():
    given = np.array([[200, 120, 90], [90, 160, 120], [70, 90, 180], [128, 128, 128]], np.uint8)
    data = makers.saved(
        Image.fromarray(given[None]), "PNG", icc_profile=makers.icc_profile(makers.DISPLAY_P3)
    )
    value = given / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array(makers.DISPLAY_P3)
    linear = (xyz @ np.linalg.inv(np.array(makers.SRGB))).clip(0, 1)
    expected = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(pixels(data)[0] - expected * 255).max() <= 1.5
    assert np.abs(pixels(data)[0].astype(int) - given)[:3].max() > 5


def test_a_profile_that_is_srgb_under_another_name_changes_no_pixel():
    data = makers.png(icc_profile=makers.icc_profile(makers.SRGB))
    np.testing.assert_array_equal(pixels(data), np.asarray(makers.painting()))


@pytest.mark.parametrize(
    "profile", [b"not a profile", bytes(200), makers.icc_profile(makers.SRGB)[:150]]
)
def test_a_broken_profile_is_ignored_and_noted(profile):
    picture = open_picture(makers.png(icc_profile=profile))
    np.testing.assert_array_equal(np.asarray(picture.pixels), np.asarray(makers.painting()))
    assert "profile" in picture.notes[0]


def test_a_profile_for_another_colour_model_is_ignored_and_noted():
    profile = makers.icc_profile(makers.SRGB, space=b"CMYK")
    picture = open_picture(makers.png(icc_profile=profile))
    np.testing.assert_array_equal(np.asarray(picture.pixels), np.asarray(makers.painting()))
    assert picture.notes
