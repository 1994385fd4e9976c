"""One picture in the kinds of file that people bring, and what they see of each."""

import io
import struct

import numpy as np
from PIL import Image, ImageCms

from annotation.items.imaging.derivatives import full_view
from annotation.items.imaging.pictures import open_picture
from tests.annotation.items.imports import makers

ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
ADOBE_CURVE = (2.19921875, 1.0, 0.0, 0.0, 0.0)
TURNED = 6


def picture(seed=0, size=(72, 48)):
    return makers.painting(*size, seed=seed)


def in_srgb(image):
    return makers.saved(image, "PNG")


def in_profile(primaries, curve=makers.SRGB_CURVE):
    profile = makers.icc_profile(primaries, curve=curve)
    return lambda image: makers.saved(image, "PNG", icc_profile=profile)


def turned(image):
    exif = Image.Exif()
    exif[0x0112] = TURNED
    lying = image.transpose(Image.Transpose.ROTATE_90)
    return makers.saved(lying, "WEBP", lossless=True, exif=exif)


def sixteen_bit(image):
    return makers.png_16_bit_grey(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def palette(image):
    return makers.saved(image.quantize(32), "PNG")


def cmyk(image):
    """A JPEG in CMYK under a made profile, in which colours are duller than computed naively."""
    return makers.saved(image.convert("CMYK"), "JPEG", quality=95, icc_profile=cmyk_profile())


def over(hidden):
    """A picture with a hole, over a colour that nobody sees."""

    def write(image):
        clear = image.convert("RGBA")
        clear.paste((*hidden, 0), (20, 10, 50, 40))
        return makers.saved(clear, "PNG")

    return write


def grey(image):
    return makers.saved(image.convert("L").convert("RGB"), "PNG")


def reduced(image):
    return makers.saved(image.quantize(32).convert("RGB"), "PNG")


#: name -> (writer, writer of an sRGB file that looks the same; None: only the view does).
KINDS = {
    "Display P3": (in_profile(makers.DISPLAY_P3), None),
    "Adobe RGB": (in_profile(ADOBE_RGB, ADOBE_CURVE), None),
    "sRGB, stated": (in_profile(makers.SRGB), in_srgb),
    "EXIF-turned": (turned, in_srgb),
    "16-bit grey": (sixteen_bit, grey),
    "palette": (palette, reduced),
    "CMYK": (cmyk, None),
    "over red": (over((255, 0, 0)), over((0, 90, 0))),
}


def seen(content):
    """The lossless view that people see of a file, as another file."""
    return full_view(open_picture(content).pixels).data


def opened(content):
    return Image.open(io.BytesIO(content))


def cmyk_profile(steps=5):
    """Return a profile of CMYK with a table of 16-bit Lab values (ICC.1:2004, lut16Type)."""
    c, m, y, k = (
        axis.ravel() for axis in np.meshgrid(*[np.linspace(0, 1, steps)] * 4, indexing="ij")
    )
    rgb = np.stack([(1 - 0.8 * each) * (1 - 0.9 * k) * 255 for each in (c, m, y)], -1)
    pixels = Image.fromarray(rgb.round().astype(np.uint8)[None])
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = np.asarray(ImageCms.applyTransform(pixels, to_lab))[0].astype(int)
    # Pillow's LAB stores a and b as signed bytes; lut16Type as value + 128, times 256.
    signed = np.where(lab[:, 1:] > 127, lab[:, 1:] - 256, lab[:, 1:]) + 128
    table = np.column_stack([lab[:, 0] * 65_280 // 255, signed * 256]).astype(">u2").tobytes()
    identity = np.array([0, 65_535], ">u2").tobytes()
    lut = b"mft2" + bytes(4) + struct.pack(">BBBx", 4, 3, steps)
    lut += struct.pack(">9i", *(65_536 * n for n in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    lut += struct.pack(">HH", 2, 2) + identity * 4 + table + identity * 3
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63_190, 65_536, 54_061)
    offset = 128 + 4 + 12 * 2
    tags = struct.pack(">I", 2) + b"A2B0" + struct.pack(">II", offset, len(lut))
    tags += b"wtpt" + struct.pack(">II", offset + len(lut) + -len(lut) % 4, len(white))
    body = tags + lut + bytes(-len(lut) % 4) + white
    header = struct.pack(
        ">I4sI4s4s4s", 128 + len(body), b"none", 0x02400000, b"prtr", b"CMYK", b"Lab "
    )
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63_190, 65_536, 54_061)
    return header.ljust(128, b"\x00") + body
