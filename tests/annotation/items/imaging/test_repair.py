"""Files that browsers show and decoders refuse; and files of other formats, by their names."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from annotation.errors import PictureRefused
from annotation.items.imaging.pictures import open_picture
from tests.annotation.items.imports import makers

IEND = 12


def pixels(data):
    return np.asarray(open_picture(data).pixels)


def with_chunk(data, name, body):
    """Return a PNG with one more chunk after its header."""
    return data[:33] + makers.chunk(name, body) + data[33:]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (b"zTXt", b"workflow\x00\x00" + zlib.compress(b"x" * 2**21)),
        (b"iTXt", b"workflow\x00\x01\x00\x00\x00" + zlib.compress(b"x" * 2**21)),
        (b"tEXt", b"workflow\x00" + b"x" * 2**21),
        (b"zTXt", b"workflow\x00\x00" + zlib.compress(bytes(2**27))),
        (b"zTXt", b"broken\x00\x00not packed"),
    ],
)
def test_texts_of_any_size_are_no_damage(name, body):
    picture = open_picture(with_chunk(makers.png(), name, body))
    np.testing.assert_array_equal(np.asarray(picture.pixels), np.asarray(makers.painting()))
    assert picture.notes == ()


def test_many_texts_are_no_damage():
    data = makers.png()
    for n in range(80):
        body = f"text {n}".encode() + b"\x00\x00" + zlib.compress(b"x" * 2**20)
        data = with_chunk(data, b"zTXt", body)
    assert open_picture(data).notes == ()


def large_profile(size):
    green, red, blue = makers.SRGB[1], makers.SRGB[0], makers.SRGB[2]
    profile = makers.icc_profile((green, red, blue))
    profile = struct.pack(">I", size) + profile[4:] + bytes(size - len(profile))
    return with_chunk(makers.png(), b"iCCP", b"p\x00\x00" + zlib.compress(profile))


def test_a_profile_over_one_mebibyte_is_followed():
    swapped = np.asarray(makers.painting())[..., [1, 0, 2]].astype(int)
    assert np.abs(pixels(large_profile(2**21)).astype(int) - swapped).max() <= 2


def test_a_profile_that_would_fill_the_memory_is_ignored_and_noted():
    picture = open_picture(large_profile(2**25))
    np.testing.assert_array_equal(np.asarray(picture.pixels), np.asarray(makers.painting()))
    assert "profile" in picture.notes[0]


def test_a_damaged_chunk_of_metadata_is_left_out():
    data = with_chunk(makers.png(), b"tIME", bytes(7))
    at = data.index(b"tIME") + 5
    assert open_picture(data[:at] + b"\x99" + data[at + 1 :]).notes == ()


@pytest.mark.parametrize("cut", [1, 4, 8, 11, IEND, IEND + 1, IEND + 4])
def test_a_png_without_its_end_is_taken_with_a_note(cut):
    picture = open_picture(makers.png()[:-cut])
    np.testing.assert_array_equal(np.asarray(picture.pixels), np.asarray(makers.painting()))
    (note,) = picture.notes
    assert "last bytes are missing" in note


def test_a_png_cut_in_metadata_after_its_pixels_is_taken():
    data = makers.png()[:-IEND] + makers.chunk(b"tEXt", b"a\x00" + b"x" * 50)[:30]
    np.testing.assert_array_equal(pixels(data), np.asarray(makers.painting()))


@pytest.mark.parametrize("cut", [IEND + 5, IEND + 100, 1_000])
def test_a_png_that_lacks_pixels_is_refused(cut):
    with pytest.raises(PictureRefused, match="damaged"):
        open_picture(makers.png()[:-cut])


def test_colours_by_cicp_are_noted_where_they_are_neither_srgb_nor_display_p3():
    bt2020, narrow, plain = (bytes(each) for each in ([9, 16, 0, 1], [12, 13, 0, 0], [1, 13, 0, 1]))
    for stated in (bt2020, narrow):
        (note,) = open_picture(with_chunk(makers.png(), b"cICP", stated)).notes
        assert "cICP" in note
    assert open_picture(with_chunk(makers.png(), b"cICP", plain)).notes == ()


@pytest.mark.parametrize("options", [{}, {"icc_profile": makers.icc_profile(makers.SRGB)}])
def test_display_p3_by_cicp_is_followed_as_by_a_profile_and_before_one(options):
    profile = makers.icc_profile(makers.DISPLAY_P3)
    shown = open_picture(with_chunk(makers.png(**options), b"cICP", bytes([12, 13, 0, 1])))
    assert shown.notes == ()
    expected = np.asarray(open_picture(makers.png(icc_profile=profile)).pixels).astype(int)
    assert np.abs(np.asarray(shown.pixels).astype(int) - expected).max() <= 1
    assert np.abs(expected - np.asarray(makers.painting())).max() > 10


def photograph(mode="RGB", **options):
    return makers.saved(makers.painting(320, 240).convert(mode), "JPEG", quality=90, **options)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"mode": "L"}])
@pytest.mark.parametrize("cut", [1, 2, 3, 10, 40])
def test_a_jpeg_without_its_last_bytes_is_taken_as_browsers_show_it(cut, options):
    data = photograph(**options)
    picture = open_picture(data[:-cut])
    (note,) = picture.notes
    assert "last bytes are missing" in note
    differs = (np.asarray(picture.pixels) != pixels(data)).any(axis=2)
    assert differs.mean() < 0.015
    if cut <= 2:
        assert not differs.any()


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.6, 0.8, 0.95])
@pytest.mark.parametrize("progressive", [True, False])
def test_a_jpeg_that_lacks_more_is_refused(share, progressive):
    data = photograph(progressive=progressive)
    with pytest.raises(PictureRefused, match="damaged"):
        open_picture(data[: int(len(data) * (1 - share))])


def test_a_progressive_jpeg_that_ends_before_its_last_scan_is_refused():
    parts = photograph(progressive=True).split(b"\xff\xda")
    assert len(parts) > 5
    for scan in range(1, len(parts) - 1):
        with pytest.raises(PictureRefused, match="damaged"):
            open_picture(b"\xff\xda".join(parts[: scan + 1]))


def test_an_avif_is_read():
    picture = open_picture(makers.saved(makers.painting(), "AVIF", quality=100), name="a.avif")
    assert (picture.file_format, picture.notes) == ("AVIF", ())
    drawn = np.asarray(makers.painting()).astype(int)
    assert np.abs(np.asarray(picture.pixels) - drawn).mean() < 6


def test_an_avif_that_moves_is_refused():
    frames = [makers.painting(seed=seed) for seed in range(3)]
    data = makers.saved(frames[0], "AVIF", save_all=True, append_images=frames[1:])
    with pytest.raises(PictureRefused, match="animated"):
        open_picture(data)


def ftyp(*brands):
    body = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    return struct.pack(">I", len(body) + 4) + body + bytes(200)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xff\x0a" + bytes(100), "JPEG XL"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(100), "JPEG XL"),
        (ftyp(b"heic", b"mif1"), "HEIC"),
        (ftyp(b"mif1", b"mif1", b"heic"), "HEIC"),
        (ftyp(b"isom", b"mp41"), "a video"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(100), "JPEG 2000"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (makers.saved(Image.new("L", (4, 4)), "TIFF"), "TIFF"),
    ],
)
def test_a_file_of_another_format_is_refused_by_the_format_s_name(data, name):
    with pytest.raises(PictureRefused, match=name):
        open_picture(data)


def test_a_damaged_avif_is_named_as_such():
    with pytest.raises(PictureRefused, match="damaged"):
        open_picture(ftyp(b"avif", b"mif1"))
