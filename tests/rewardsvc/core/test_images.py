"""Pictures that cannot be decoded are refused by name, whatever is broken in them."""

import hashlib
import io
import re
import zlib

import pytest
import torch
from PIL import Image

from rewardsvc.core.compact.images import decode, load_images
from rewardsvc.core.errors import ImageError
from rewardsvc.core.vlm.images import PatchStore


def encoded(kind, **settings):
    buffer = io.BytesIO()
    Image.new("RGB", (24, 16), (200, 40, 40)).save(buffer, kind, **settings)
    return buffer.getvalue()


def with_broken_chunk():
    """A PNG whose picture data is followed by a chunk of an impossible name."""
    content = encoded("PNG")
    head, end = content[: content.index(b"IDAT") - 4], content[content.index(b"IEND") - 4 :]
    data = zlib.compress(b"")[:2]
    idat = len(data).to_bytes(4, "big") + b"IDAT" + data
    idat += zlib.crc32(b"IDAT" + data).to_bytes(4, "big")
    name = b"\xfaB\xd6\xcd"
    return head + idat + (0).to_bytes(4, "big") + name + zlib.crc32(name).to_bytes(4, "big") + end


def with_broken_exif():
    turned = Image.Exif()
    turned[0x112] = 6
    content = encoded("WEBP", exif=turned)
    return content.replace(b"MM\x00*", b"MM\x00?").replace(b"II*\x00", b"II?\x00")


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF?", encoded("PNG")[:60], with_broken_chunk()],
    ids=["empty", "no picture", "cut off", "broken chunk"],
)
def test_a_picture_that_cannot_be_decoded_is_refused_by_name(content):
    with pytest.raises(ImageError, match=r"the\.picture cannot be decoded"):
        decode(content, 16, "the.picture")


def test_a_picture_with_a_broken_exif_block_is_read_as_it_lies():
    content = with_broken_exif()
    whole = decode(encoded("WEBP"), 16, "the.picture")
    assert torch.equal(decode(content, 16, "the.picture"), whole)


def test_a_whole_picture_is_decoded_to_the_size_asked_for():
    pixels = decode(encoded("PNG"), 16, "the.picture")
    assert pixels.shape == (3, 16, 16)
    assert torch.equal(pixels[:, 3, 5], torch.tensor([200, 40, 40], dtype=torch.uint8))


@pytest.mark.parametrize(("kind", "missing"), [("PNG", 12), ("PNG", 5), ("JPEG", 2)])
def test_a_picture_that_ends_a_little_early_is_read_as_at_import(tmp_path, kind, missing):
    content = encoded(kind)
    early = content[:-missing]
    whole = decode(content, 16, "the.picture")
    assert torch.equal(decode(early, 16, "the.picture"), whole)
    digest = hashlib.sha256(early).hexdigest()
    path = tmp_path / digest
    path.write_bytes(early)
    store = PatchStore.verified([digest], lambda _: path)
    assert store.change([(digest, digest)]) == [0]


def test_a_hash_that_is_none_is_refused_by_name(tmp_path):
    with pytest.raises(ImageError, match=re.escape(repr("a\0b"))):
        load_images(["a\0b"], lambda sha: tmp_path / sha, 16)
