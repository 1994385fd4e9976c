"""Absolute and ../ paths are read by the command where --root allows them, and nowhere else."""

import json

import pytest
from django.core.management import CommandError, call_command

from annotation.errors import ImportRefused
from annotation.items.imports.reading import open_container, read_manifests
from annotation.items.imports.rows import RowRefused
from annotation.models import Campaign, Item
from tests.annotation.items.imports.makers import png, write_folder, write_zip
from tests.factories import make_campaign


def manifest(*paths):
    candidates = {f"m{n}": str(path) for n, path in enumerate(paths[1:])}
    return [{"instruction": "Go.", "source": str(paths[0]), "candidates": candidates}]


@pytest.fixture
def data(tmp_path):
    """A folder of pictures beside the manifest's folder, and a secret beside both."""
    files = {f"{name}.png": png(n) for n, name in enumerate("sab")}
    (tmp_path / "secret.png").write_bytes(png(9))
    return write_folder(tmp_path / "data", [], files, manifest="other.json")


def opened(folder, *roots):
    container = open_container(folder, name="set", roots=roots)
    return container, read_manifests(container)


def readable(container, item):
    found = {}
    for path in (item.source, *(candidate.path for candidate in item.candidates)):
        try:
            found[path] = container.read(path, 10**6)
        except RowRefused:
            found[path] = None
    return found


def test_absolute_and_upward_paths_are_read_inside_a_root(tmp_path, data):
    paths = [data / "s.png", "../data/a.png", f"{data}/x/../b.png"]
    container, reading = opened(write_folder(tmp_path / "set", manifest(*paths), {}), data)
    assert list(readable(container, reading.items[0]).values()) == [
        (data / f"{name}.png").read_bytes() for name in "sab"
    ]


def test_other_spellings_are_found_inside_a_root_and_noted(tmp_path, data):
    folder = write_folder(tmp_path / "set", manifest(data / "S.PNG", "../data/A.png"), {})
    container, reading = opened(folder, data)
    assert None not in readable(container, reading.items[0]).values()
    assert "upper and lower case" in reading.lines[0].reason


def test_no_path_and_no_link_leads_out_of_the_roots(tmp_path, data):
    (data / "link.png").symlink_to(tmp_path / "secret.png")
    (data / "up").symlink_to(tmp_path)
    paths = [data / "s.png", tmp_path / "secret.png", "../secret.png", data / "../secret.png"]
    paths += [data / "link.png", data / "up/secret.png", f"{data}x/s.png", "/etc/passwd"]
    container, reading = opened(write_folder(tmp_path / "set", manifest(*paths), {}), data)
    contents = list(readable(container, reading.items[0]).values())
    assert contents[0] is not None
    assert contents[1:] == [None] * (len(contents) - 1)


def test_a_root_that_is_reached_by_a_link_is_read(tmp_path, data):
    (tmp_path / "short").symlink_to(data)
    folder = write_folder(tmp_path / "set", manifest(tmp_path / "short/s.png", data / "a.png"), {})
    for root in (tmp_path / "short", data):
        container, reading = opened(folder, root)
        assert None not in readable(container, reading.items[0]).values()


def test_without_a_root_such_rows_are_refused_with_the_way_to_allow_them(tmp_path, data):
    for path in (data / "s.png", "../data/s.png"):
        _, reading = opened(write_folder(tmp_path / "set", manifest(path, "a.png"), {}))
        assert reading.items == []
        assert "--root" in reading.lines[0].reason


def test_a_zip_never_reaches_outside(tmp_path, data):
    text = json.dumps(manifest(data / "s.png", "../data/a.png"))
    path = write_zip(tmp_path / "set.zip", {"manifest.json": text})
    container, reading = opened(path, data)
    container.close()
    assert reading.items == []


def test_a_root_that_is_no_folder_is_refused(tmp_path, data):
    with pytest.raises(ImportRefused, match="no such folder"):
        opened(data, tmp_path / "nowhere")


@pytest.mark.django_db
@pytest.mark.usefixtures("media_root")
def test_the_command_reads_what_its_roots_allow(tmp_path, data):
    folder = write_folder(tmp_path / "set", manifest(data / "s.png", "../data/a.png"), {})
    campaign = make_campaign(rubric=False)
    with pytest.raises(CommandError, match="--root") as caught:
        call_command("import_items", campaign.slug, str(folder))
    assert caught.value.returncode == 2
    assert not Item.objects.exists()
    call_command("import_items", campaign.slug, str(folder), "--root", str(data))
    assert Item.objects.get().candidates.count() == 1
    with pytest.raises(CommandError, match="no such folder"):
        call_command("import_items", "new", str(folder), "--create", "--root", "/no/such")
    assert not Campaign.objects.filter(slug="new").exists()
