"""The colour profile of Display P3, for pictures that name the colour space by number."""

import struct

# Primaries and white as XYZ under D50: SMPTE EG 432-1 with white D65, adapted by Bradford's matrix.
PRIMARIES = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
}
WHITE = (0.9642, 1.0, 0.8249)
# The curve of sRGB, which Display P3 shares: gamma, a, b, c, d of parametric type 3.
CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def display_p3() -> bytes:
    """Return an ICC profile. Source: ICC.1:2010, sections 7.2, 7.3, 10.15 and 10.28."""
    tone = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(CURVE)
    tags = {name: _xyz(value) for name, value in (PRIMARIES | {b"wtpt": WHITE}).items()}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), tone)
    offset = 128 + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        table += name + struct.pack(">II", offset + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    size = 128 + len(table) + len(bodies)
    header = struct.pack(">I4sI4s4s4s", size, b"none", 0x04200000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + _fixed(WHITE)
    return header.ljust(128, b"\x00") + table + bodies


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _fixed(values: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65_536)) for value in values)
