"""Guess the type of a file from its first bytes, for messages only."""

JPEG = "a JPEG"
# What is read; a file that starts so and is not read is damaged.
NAMED = frozenset([JPEG, "a PNG", "a GIF", "a WebP", "an AVIF"])
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", "a PNG"),
    (b"GIF8", "a GIF"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"BM", "a BMP"),
    (b"II*\x00", "a TIFF or a camera's raw file"),
    (b"MM\x00*", "a TIFF or a camera's raw file"),
    (b"8BPS", "a Photoshop file"),
    (b"v/1\x01", "OpenEXR"),
    (b"qoif", "QOI"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"version https://git-lfs", "a Git LFS pointer: fetch the files themselves by git lfs pull"),
)
# Brands of ISO base media files (ISO/IEC 14496-12): the picture formats among them.
BRANDS = {
    b"avif": "an AVIF",
    b"avis": "an AVIF",
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "HEIC"),
}
# Brands that HEIC and AVIF share; the compatible brands after it decide.
SHARED_BRANDS = {b"mif1", b"msf1", b"miaf"}
MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<svg", "SVG, which is not a picture of pixels"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "XML"),
)


def content_of(data: bytes) -> str:
    """Return what the content seems to be, e.g. "an HTML page"; "unknown" when nothing fits."""
    for signature, name in SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a WebP"
    if data[4:8] == b"ftyp":
        return _of_brands(data)
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in head:
        return MARKUP[0][1]
    for start, name in MARKUP:
        if head.startswith(start):
            return name
    return "unknown"


def _of_brands(data: bytes) -> str:
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, size, 4))]
    found = next((BRANDS[brand] for brand in brands if brand in BRANDS), None)
    if found is not None:
        return found
    return "HEIF" if brands[0] in SHARED_BRANDS else "a video"
