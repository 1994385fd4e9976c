"""ZIP archives that are honest, clumsy or hostile."""

import io
import json
import stat
import struct
import zipfile
from contextlib import closing

import pytest

from annotation.errors import ImportRefused
from annotation.items.imports.files import archive
from annotation.items.imports.reading import open_container, read_manifests
from annotation.items.imports.rows import RowRefused
from tests.annotation.items.imports.makers import png, two_items, unflagged, write_zip

MANIFEST = json.dumps(two_items()[0])


def opened(path):
    return closing(open_container(path, name="set.zip"))


def refusal(path):
    """Return the words with which the archive is refused when it is opened."""
    with pytest.raises(ImportRefused) as caught:
        open_container(path, name="set.zip")
    return str(caught.value)


def read(path, name):
    with opened(path) as container:
        return container.read(name, 10**6)


def entry(name, *, mode=stat.S_IFREG | 0o644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize("prefix", ["", "set/", "deep/er/set/", "./"])
def test_the_manifest_is_found_at_any_depth_and_paths_start_beside_it(tmp_path, prefix):
    pictures = two_items()[1]
    entries = {prefix + name: data for name, data in pictures.items()}
    path = write_zip(tmp_path / "set.zip", {f"{prefix}manifest.json": MANIFEST} | entries)
    with opened(path) as container:
        items = read_manifests(container).items
        assert len(items) == 2
        assert container.read(items[0].source, 10**6) == pictures["s0.png"]


def test_what_file_managers_leave_behind_is_passed_over(tmp_path):
    junk = ["__MACOSX/set/._manifest.json", "set/.DS_Store", "set/._s0.png", "Thumbs.db"]
    path = write_zip(
        tmp_path / "set.zip", {"set/manifest.json": MANIFEST} | dict.fromkeys(junk, b"junk")
    )
    with opened(path) as container:
        assert len(read_manifests(container).items) == 2


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (entry("../evil.png"), "'../evil.png' leads out of the archive"),
        (entry("x/../../evil.png"), "leads out of the archive"),
        (entry("..\\evil.png"), "leads out of the archive"),
        (entry("/etc/evil.png"), "'/etc/evil.png' is an absolute path"),
        (entry("C:/evil.png"), "is an absolute path"),
        (entry("link.png", mode=stat.S_IFLNK | 0o777), "'link.png' is a symbolic link"),
        (entry("pipe.png", mode=stat.S_IFIFO | 0o644), "neither a file nor a folder"),
    ],
)
def test_an_archive_that_reaches_out_is_refused_whole_naming_the_entry(tmp_path, bad, reason):
    path = write_zip(tmp_path / "set.zip", {"manifest.json": MANIFEST, bad: b"/etc/passwd"})
    words = refusal(path)
    assert words.startswith("set.zip: ")
    assert reason in words


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"s.png": b"one", entry("s.png"): b"two"})
    words = refusal(path)
    assert ("s.png" in words, "twice" in words) == (True, True)


def test_an_encrypted_entry_is_refused(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"manifest.json": MANIFEST})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(bytes(data))
    assert "'manifest.json' is encrypted" in refusal(path)


def test_a_method_other_than_deflate_is_refused(tmp_path):
    path = write_zip(
        tmp_path / "set.zip", {"manifest.json": MANIFEST}, compression=zipfile.ZIP_LZMA
    )
    assert "deflate" in refusal(path)


def test_an_entry_that_unpacks_a_thousandfold_is_refused(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"zeros.png": bytes(80 * 2**20)})
    assert path.stat().st_size < 10**6
    assert "bomb" in refusal(path)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 2**30)
    path = tmp_path / "set.zip"
    noise = png()
    with zipfile.ZipFile(path, "w") as written:
        for n in range(4):
            written.writestr(f"{n}.png", noise)
    data = bytearray(path.read_bytes())
    at = 0
    for _ in range(4):
        at = data.index(b"PK\x01\x02", at) + 4
        struct.pack_into("<LL", data, at + 16, 2**29, 2**29)
    path.write_bytes(bytes(data))
    assert "1 GiB" in refusal(path)


def test_an_entry_never_gives_more_than_its_directory_promised(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"manifest.json": MANIFEST, "s.png": png()})
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 10)
    path.write_bytes(bytes(data))
    with pytest.raises(RowRefused, match=r"^s\.png: damaged"):
        read(path, "s.png")


def test_a_list_of_entries_that_would_fill_the_memory_is_refused_unread():
    class Endless(io.BytesIO):
        def read(self, size=-1):
            assert size < 2**27, "the list was read"
            return super().read(size)

    size = archive.MAX_DIRECTORY_BYTES + 1
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 1, 1, size, 0, 0)
    with pytest.raises(ImportRefused, match=r"set\.zip: .*entries"):
        archive.Archive(Endless(end), "set.zip")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip", bytes(1000)])
def test_what_is_no_archive_is_refused(data):
    with pytest.raises(ImportRefused, match=r"^set\.zip: .*ZIP"):
        archive.Archive(io.BytesIO(data), "set.zip")


def test_a_damaged_entry_is_refused_alone(tmp_path):
    path = write_zip(
        tmp_path / "set.zip", {"a.png": png(1), "b.png": png(2)}, compression=zipfile.ZIP_STORED
    )
    data = bytearray(path.read_bytes())
    data[200] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(RowRefused, match=r"^a\.png: damaged"):
        read(path, "a.png")
    assert read(path, "b.png") == png(2)


def test_utf8_names_without_the_flag_are_understood(tmp_path):
    info = zipfile.ZipInfo("e\u0301tude.png")
    path = write_zip(tmp_path / "set.zip", {info: b"x"})
    path.write_bytes(unflagged(path.read_bytes()))
    assert read(path, "\u00e9tude.png") == b"x"
