"""Pictures, profiles and folders with one property each, made by hand."""

import io
import json
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

# Primaries as XYZ under D50, from the profiles' own specifications.
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
DISPLAY_P3 = (
    (0.51512, 0.24120, -0.00105),
    (0.29198, 0.69225, 0.04189),
    (0.15710, 0.06657, 0.78407),
)
# The curve of sRGB as ICC parametric type 3: gamma, a, b, c, d.
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def painting(width=40, height=28, seed=0):
    """Return an RGB picture in which every pixel differs from its mirror images."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([x * 255 // width, y * 255 // height, (x + y) * 3 % 256], axis=-1)
    return Image.fromarray((base + rng.integers(0, 9, base.shape)).clip(0, 255).astype(np.uint8))


def saved(picture, file_format="PNG", **options):
    """Return a picture's bytes in a format."""
    out = io.BytesIO()
    picture.save(out, file_format, **options)
    return out.getvalue()


def png(seed=0, **options):
    return saved(painting(seed=seed), "PNG", **options)


def animation(file_format):
    frames = [painting(seed=seed) for seed in range(3)]
    return saved(frames[0], file_format, save_all=True, append_images=frames[1:], duration=80)


def png_16_bit_grey(values):
    """Return a 16-bit grey PNG of a uint16 array (height, width)."""
    return saved(Image.fromarray(values.astype(np.uint16)), "PNG")


def chunk(name, data):
    """Return a PNG chunk with its checksum."""
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def bomb(width=60_000, height=60_000):
    """Return a small valid PNG of many black pixels, 1 bit each."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", packed), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def icc_profile(primaries, *, space=b"RGB ", curve=SRGB_CURVE):
    """Return a display profile with these primaries (XYZ under D50) and one tone curve."""

    def fixed(*values):
        return b"".join(struct.pack(">i", round(value * 65_536)) for value in values)

    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    text = b"made by a test\x00"
    description = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    tags = {
        b"desc": description,
        b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249),
        **{n: b"XYZ " + bytes(4) + fixed(*xyz) for n, xyz in zip(names, primaries, strict=True)},
    }
    tone = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + fixed(*curve)
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), tone)
    offset = 128 + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        table += name + struct.pack(">II", offset + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    size = 128 + len(table) + len(bodies)
    header = struct.pack(">I4sI4s4s4s", size, b"none", 0x04200000, b"mntr", space, b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1.0, 0.8249)
    return header.ljust(128, b"\x00") + table + bodies


def write_folder(folder, rows, pictures, *, manifest="manifest.json"):
    """Write pictures {path: bytes} and a manifest (a list of rows, or its text or bytes)."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in pictures.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    if isinstance(rows, list):
        rows = json.dumps(rows, ensure_ascii=False)
    (folder / manifest).write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    return folder


def write_zip(path, entries, *, compression=zipfile.ZIP_DEFLATED):
    """Write a ZIP of {name or ZipInfo: bytes}."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def two_items():
    """Return (rows, pictures) of two sources with two candidates each; nothing is wrong."""
    rows, pictures = [], {}
    for n in range(2):
        pictures |= {f"s{n}.png": png(10 * n), f"a{n}.png": png(10 * n + 1)}
        pictures |= {f"b{n}.png": png(10 * n + 2)}
        rows.append(
            {
                "instruction": f"Paint wall {n} green.",
                "source": f"s{n}.png",
                "candidates": {"painter": f"a{n}.png", "brush": f"b{n}.png"},
            }
        )
    return rows, pictures


def unflagged(data):
    """Return a ZIP's bytes without the flag that its names are UTF-8."""
    data = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset + 1] &= 0xF7
            at = data.find(signature, at + 4)
    return bytes(data)


def old_zip(path, entries, code_page, *, unicode_field=False):
    """Write a ZIP as Windows Explorer does: names are bytes of a code page, unstated.

    unicode_field: state each name again in Info-ZIP's field 0x7075.
    """
    # Each name is written as text that has the same number of bytes in UTF-8, then replaced.
    raw, written = {}, {}
    for n, name in enumerate(entries):
        raw[name] = name.encode(code_page)
        info = zipfile.ZipInfo(f"{n:03}".rjust(len(raw[name]), "_"))
        if unicode_field:
            field = struct.pack("<BL", 1, zlib.crc32(raw[name])) + name.encode()
            info.extra = struct.pack("<HH", 0x7075, len(field)) + field
        written[name] = info
    write_zip(path, {info: entries[name] for name, info in written.items()})
    data = path.read_bytes()
    for name, info in written.items():
        data = data.replace(info.filename.encode(), raw[name])
    path.write_bytes(data)
    return path
