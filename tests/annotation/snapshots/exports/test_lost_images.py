"""Exports and snapshot folders of a campaign some of whose originals are gone or damaged."""

import json

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from annotation.common.storage import original_name
from annotation.errors import DomainError
from annotation.models import Candidate, Export, Item, Snapshot
from annotation.snapshots import export_jobs as exports
from annotation.snapshots.exports import registry as formats
from annotation.snapshots.services import freeze, write_folder
from jobs import services as jobs
from jobs.runner import run_one
from tests.annotation.studies import make_study
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
# Battles hold no pictures.
DERIVED = [name for name in formats.FORMATS if name != "arena"]
# Formats whose rows `rows_of` reads; of the others the table of licences names the pictures.
READ = ("editreward-data", "chosen-rejected")
REASON = "an image is gone or damaged"


@pytest.fixture(autouse=True)
def quiet_broker(monkeypatch):
    monkeypatch.setattr(jobs, "wake", lambda queue: None)


@pytest.fixture
def lead():
    return make_user()


@pytest.fixture
def campaign(media_root, lead):
    return make_study(n_items=4, lead=lead)[0]


@pytest.fixture
def gone(campaign, media_root):
    """An edit of a training item whose original is no longer in the storage."""
    candidate = Candidate.objects.filter(item=Item.objects.order_by("pk").last()).first()
    (media_root / original_name(candidate.image.sha256)).unlink()
    return candidate


@pytest.fixture
def damaged(campaign, media_root):
    """An item whose source image was cut off on the disk."""
    item = Item.objects.order_by("pk").first()
    path = media_root / original_name(item.source.sha256)
    path.write_bytes(path.read_bytes()[:200])
    return item


def rows_of(out):
    """Return (item id, image hashes) of every row that was written."""
    found = []
    for path in out.glob("*.jsonl"):
        for row in map(json.loads, path.read_text().splitlines()):
            names = [row[f"{name}_image"] for name in ("source", "chosen", "rejected")]
            assert all((out / name).is_file() for name in names)
            found.append((row["item_id"], [name[7:71] for name in names]))
    for path in out.glob("data/*.parquet"):
        for row in pq.read_table(path).to_pylist():
            names = ("source_img", "left_output_image", "right_output_image")
            found.append((row["key"], [row[name]["path"][:64] for name in names]))
    return found


@pytest.mark.parametrize("name", DERIVED)
def test_an_export_leaves_out_exactly_the_pairs_whose_images_are_lost_and_names_them(
    campaign, gone, damaged, tmp_path, name
):
    out = tmp_path / "out"
    result = exports.export_to_folder(snapshot=freeze(campaign=campaign), format_name=name, out=out)
    # Three pairs of the item without its source, two of the edit; 12 in all.
    assert (result["rows"], result["left_out"]) == (7, {REASON: 5})
    assert result == json.loads((out / "export.json").read_text())
    lost = {each["image"]: each for each in result["unusable_images"]}
    reasons = {image: each.pop("reason") for image, each in lost.items()}
    assert "gone" in reasons[gone.image.sha256]
    assert "damaged" in reasons[damaged.source.sha256]
    assert lost == {
        gone.image.sha256: {
            "image": gone.image.sha256,
            "items": [str(gone.item.public_id)],
            "candidates": [str(gone.public_id)],
        },
        damaged.source.sha256: {
            "image": damaged.source.sha256,
            "items": [str(damaged.public_id)],
            "candidates": [],
        },
    }
    assert sum(result["splits"].values()) == 7
    listed = (out / "licences.csv").read_text().splitlines()[1:]
    used = {line.partition(",")[0] for line in listed}
    assert used
    assert not used & set(lost)
    if name in READ:
        rows = rows_of(out)
        assert len(rows) == 7
        assert str(damaged.public_id) not in {item for item, _ in rows}
        assert {sha for _, hashes in rows for sha in hashes} == used
    if (out / "images").exists():
        assert {path.name[:64] for path in (out / "images").iterdir()} == used


@pytest.mark.parametrize("name", DERIVED)
def test_a_split_whose_every_image_is_lost_is_not_in_the_data_card(
    campaign, media_root, tmp_path, name
):
    for item in Item.objects.filter(held_out=True):
        (media_root / original_name(item.source.sha256)).unlink()
    out = tmp_path / "out"
    result = exports.export_to_folder(snapshot=freeze(campaign=campaign), format_name=name, out=out)
    splits = {part.rpartition("/")[2]: n for part, n in result["splits"].items()}
    assert (splits, result["left_out"]) == ({"train": 6}, {REASON: 6})
    card = (out / "README.md").read_text()
    assert "split: held_out" not in card
    assert "`held_out`" not in card


def test_a_canonical_export_has_all_its_rows_and_names_the_images_it_lacks(
    campaign, gone, damaged, tmp_path
):
    out = tmp_path / "out"
    result = exports.export_to_folder(
        snapshot=freeze(campaign=campaign), format_name="canonical", out=out
    )
    lost = {gone.image.sha256, damaged.source.sha256}
    assert {each["image"] for each in result["unusable_images"]} == lost
    assert result == json.loads((out / "export.json").read_text())
    assert result["candidates"] == 12
    written = {path.name for path in (out / "images").iterdir()}
    assert len(written) == 16 - 2
    assert not written & lost


def test_the_command_names_the_lost_images(campaign, gone, tmp_path, capsys):
    sent = {"format": "chosen-rejected"}
    call_command("export", campaign.slug, **sent, out=tmp_path / "a", json=True)
    result = json.loads(capsys.readouterr().out)
    assert [each["image"] for each in result["unusable_images"]] == [gone.image.sha256]
    call_command("export", campaign.slug, **sent, out=tmp_path / "b")
    text = capsys.readouterr().out
    assert f"image {gone.image.sha256} is gone" in text
    assert str(gone.public_id) in text


def test_the_page_counts_and_names_what_was_left_out(campaign, gone, lead):
    client = Client()
    client.force_login(lead)
    sent = {"snapshot": freeze(campaign=campaign).pk, "format": "chosen-rejected"}
    assert client.post(reverse("export", args=[campaign.slug]), sent).status_code == 302
    assert run_one("default").state == "done"
    assert Export.objects.get().n_rows == 10
    html = client.get(reverse("snapshots", args=[campaign.slug])).content.decode()
    assert f"2 left out: {REASON}" in html
    assert f"{gone.image.sha256}</code> is gone" in html
    assert str(gone.public_id) in html


def test_a_snapshot_folder_is_refused_naming_every_lost_image(campaign, gone, damaged, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(CommandError, match=r"\b2 images") as refusal:
        call_command("snapshot", campaign.slug, out=out)
    assert f"{gone.image.sha256} is gone" in str(refusal.value)
    assert f"{damaged.source.sha256} is damaged" in str(refusal.value)
    assert not (out / "manifest.json").exists()
    assert not (out / "images" / damaged.source.sha256).exists()
    assert not Snapshot.objects.exists()


def test_a_folder_that_was_refused_is_completed_once_the_image_is_back(
    campaign, media_root, tmp_path
):
    path = media_root / original_name(Candidate.objects.first().image.sha256)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    snapshot = freeze(campaign=campaign)
    with pytest.raises(DomainError, match=f"{path.name} .*damaged"):
        write_folder(snapshot, tmp_path / "out")
    path.write_bytes(whole)
    out = write_folder(snapshot, tmp_path / "out")
    assert (out / "images" / path.name).read_bytes() == whole
    assert (out / "manifest.json").exists()
