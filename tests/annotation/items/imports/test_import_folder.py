"""What an import writes: whole items, once, with every refusal in the report."""

import csv
import hashlib
import io

import pytest
from django.core.files.storage import default_storage
from django.db.models import Count, Max
from PIL import Image

from annotation.common.storage import original_name, read
from annotation.errors import ImportRefused
from annotation.items.services.imports import import_folder
from annotation.models import (
    CampaignEvent,
    Candidate,
    Derivative,
    Generator,
    ImportBatch,
    Item,
    StoredImage,
)
from jobs.models import Job
from tests.annotation.items.imports.makers import (
    painting,
    png,
    saved,
    two_items,
    write_folder,
    write_zip,
)
from tests.factories import make_campaign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]

CONTENT = (Item, Candidate, Generator, StoredImage, Derivative, CampaignEvent)


def fingerprint():
    """Return the row count and highest id of every table an import writes, but the reports."""
    return {m.__name__: m.objects.aggregate(Count("pk"), Max("pk")) for m in CONTENT}


def counts(batch, kind):
    found = batch.report["counts"][kind]
    return found["taken"], found["already_there"], found["refused"]


def lines(batch, outcome):
    return [(x["row"], x["reason"]) for x in batch.report["rows"] if x["outcome"] == outcome]


@pytest.fixture
def campaign(db):
    return make_campaign(rubric=False, state="draft", seed=5)


@pytest.fixture
def folder(tmp_path):
    rows, pictures = two_items()
    return write_folder(tmp_path / "set", rows, pictures)


def test_an_import_takes_items_candidates_bytes_and_views(campaign, folder):
    batch = import_folder(campaign=campaign, path=folder)
    assert counts(batch, "items") == (2, 0, 0)
    assert counts(batch, "candidates") == (4, 0, 0)
    assert counts(batch, "images") == (6, 0, 0)
    assert batch.finished_at is not None
    item = Item.objects.get(instruction="Paint wall 0 green.")
    assert item.campaign == campaign
    assert {c.generator.name for c in item.candidates.all()} == {"painter", "brush"}
    data = (folder / "s0.png").read_bytes()
    assert item.source.sha256 == hashlib.sha256(data).hexdigest()
    assert read(original_name(item.source.sha256)) == data
    assert {view.variant for view in item.source.derivatives.all()} == {"fit", "full"}
    for view in Derivative.objects.all():
        assert default_storage.size(view.path) == view.n_bytes
    assert CampaignEvent.objects.get().detail["items"] == 2


def test_a_second_run_changes_no_row(campaign, folder):
    import_folder(campaign=campaign, path=folder)
    before = fingerprint()
    again = import_folder(campaign=campaign, path=folder)
    assert fingerprint() == before
    assert counts(again, "items") == (0, 2, 0)
    assert counts(again, "candidates") == (0, 4, 0)
    assert counts(again, "images") == (0, 6, 0)


def test_a_zip_and_a_csv_of_the_same_change_nothing_either(campaign, folder, tmp_path):
    import_folder(campaign=campaign, path=folder)
    before = fingerprint()
    entries = {f"set/{f.name}": f.read_bytes() for f in folder.iterdir()}
    import_folder(campaign=campaign, path=write_zip(tmp_path / "set.zip", entries))
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["instruction", "source", "candidate", "generator"])
    for row in two_items()[0]:
        for generator, path in row["candidates"].items():
            writer.writerow([row["instruction"], row["source"], path, generator])
    (folder / "manifest.csv").write_text(table.getvalue())
    import_folder(campaign=campaign, path=folder, format="csv")
    assert fingerprint() == before


def test_another_campaign_shares_the_bytes_and_nothing_else(campaign, folder):
    import_folder(campaign=campaign, path=folder)
    images = set(StoredImage.objects.values_list("pk", flat=True))
    other = make_campaign(rubric=False)
    batch = import_folder(campaign=other, path=folder)
    assert counts(batch, "items") == (2, 0, 0)
    # Nor does the report say that some campaign has the pictures.
    assert counts(batch, "images") == (len(images), 0, 0)
    assert set(StoredImage.objects.values_list("pk", flat=True)) == images
    assert Generator.objects.filter(campaign=other).count() == 2


def test_new_candidates_join_the_item_that_is_there(campaign, folder, tmp_path):
    import_folder(campaign=campaign, path=folder)
    rows, pictures = two_items()
    rows[0]["candidates"] = {"painter": "a0.png", "crayon": {"path": "n.png", "seed": 3}}
    more = write_folder(tmp_path / "more", rows[:1], pictures | {"n.png": png(77)})
    batch = import_folder(campaign=campaign, path=more)
    assert counts(batch, "items") == (0, 1, 0)
    assert counts(batch, "candidates") == (1, 1, 0)
    assert Item.objects.count() == 2
    assert Candidate.objects.get(generator__name="crayon").seed == "3"


def test_the_same_generator_and_seed_with_another_image_is_refused(campaign, folder, tmp_path):
    import_folder(campaign=campaign, path=folder)
    before = fingerprint()
    rows, pictures = two_items()
    changed = write_folder(tmp_path / "changed", rows[:1], pictures | {"a0.png": png(78)})
    batch = import_folder(campaign=campaign, path=changed)
    assert counts(batch, "candidates") == (0, 1, 1)
    assert "painter: " in lines(batch, "refused")[0][1]
    # The unused picture's row is part of the refused candidate's item, which is there already.
    after = fingerprint()
    assert after["Candidate"] == before["Candidate"]
    assert after["Item"] == before["Item"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (png()[:200], "damaged"),
        (b"<html>", "an HTML page"),
        (None, "there is no such file"),
    ],
)
def test_a_bad_source_refuses_its_item_and_only_that(campaign, tmp_path, data, reason):
    rows, pictures = two_items()
    pictures.pop("s0.png")
    if data is not None:
        pictures["s0.png"] = data
    batch = import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows, pictures))
    assert counts(batch, "items") == (1, 0, 1)
    ((row, text),) = lines(batch, "refused")
    assert row == 1
    assert "s0.png: " in text
    assert reason in text
    assert Item.objects.get().instruction == "Paint wall 1 green."
    assert Candidate.objects.count() == 2
    assert StoredImage.objects.count() == 3


def test_a_bad_candidate_is_refused_alone_and_an_item_without_any_wholly(campaign, tmp_path):
    rows, pictures = two_items()
    pictures |= {"a0.png": b"", "a1.png": b"", "b1.png": b"junk"}
    batch = import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows, pictures))
    assert counts(batch, "items") == (1, 0, 1)
    assert counts(batch, "candidates") == (1, 0, 3)
    assert {row for row, text in lines(batch, "refused") if "item" in text} == {2}
    assert Item.objects.get().candidates.get().generator.name == "brush"
    assert StoredImage.objects.count() == 2


def test_a_wrongly_named_picture_is_taken_and_noted(campaign, tmp_path):
    rows, pictures = two_items()
    pictures["a0.png"] = saved(painting(seed=4), "JPEG")
    batch = import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows, pictures))
    assert counts(batch, "candidates") == (4, 0, 0)
    ((row, text),) = lines(batch, "note")
    assert (row, "a0.png: " in text, "JPEG" in text) == (1, True, True)
    assert StoredImage.objects.filter(file_format="JPEG").count() == 1


def test_a_picture_that_a_training_would_refuse_is_taken_and_noted(campaign, tmp_path):
    rows, pictures = two_items()
    pictures["a0.png"] = saved(Image.new("RGB", (4_020, 20)))
    batch = import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows, pictures))
    assert counts(batch, "candidates") == (4, 0, 0)
    ((row, text),) = lines(batch, "note")
    assert (row, "a0.png: 4020 × 20 is more than 200 times as long" in text) == (1, True)


def test_the_same_row_twice_gives_one_item(campaign, tmp_path):
    rows, pictures = two_items()
    path = write_folder(tmp_path / "set", [rows[0], rows[0], rows[1]], pictures)
    batch = import_folder(campaign=campaign, path=path)
    assert counts(batch, "items") == (2, 1, 0)
    assert counts(batch, "candidates") == (4, 2, 0)
    assert Item.objects.count() == 2


def test_an_edit_that_is_its_own_source_is_taken(campaign, tmp_path):
    rows, pictures = two_items()
    rows[0]["candidates"]["no_edit"] = "s0.png"
    batch = import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows, pictures))
    assert counts(batch, "candidates") == (5, 0, 0)
    assert counts(batch, "images") == (6, 0, 0)


def test_every_item_of_a_source_lies_in_the_same_arm(campaign, tmp_path):
    rows, pictures = [], {}
    for n in range(12):
        pictures |= {f"s{n}.png": png(n), f"a{n}.png": png(100 + n)}
        rows += [
            {"instruction": text, "source": f"s{n}.png", "candidates": {"g": f"a{n}.png"}}
            for text in ("Add a hat.", "Remove the hat.")
        ]
    import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows, pictures))
    arms = {}
    for item in Item.objects.all():
        arms.setdefault(item.source_id, set()).add((item.random_arm, item.held_out))
    assert [len(found) for found in arms.values()] == [1] * 12
    assert {arm for found in arms.values() for arm, _ in found} == {True, False}


def test_licence_and_origin_are_kept_for_each_image(campaign, tmp_path):
    rows, pictures = two_items()
    rows[0]["source"] = {"path": "s0.png", "licence": "CC0", "origin": "https://photos"}
    edit = {"path": "a0.png", "licence": "MIT", "origin": "https://edits", "version": 2}
    rows[0]["candidates"] = {"painter": edit}
    import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows[:1], pictures))
    item = Item.objects.get()
    candidate = item.candidates.get()
    assert (item.licence, item.origin) == ("CC0", "https://photos")
    assert (candidate.licence, candidate.origin) == ("MIT", "https://edits")
    assert candidate.generator.version == "2"


def test_a_strict_import_with_a_refusal_changes_nothing_and_tells_all(campaign, tmp_path):
    rows, pictures = two_items()
    pictures["a1.png"] = b""
    path = write_folder(tmp_path / "set", rows, pictures)
    before = fingerprint()
    with pytest.raises(ImportRefused, match=r"\b1\b.* manifest\.json row 2") as caught:
        import_folder(campaign=campaign, path=path, strict=True)
    assert caught.value.report["counts"]["candidates"]["refused"] == 1
    assert fingerprint() == before
    assert not ImportBatch.objects.exists()
    assert not list(default_storage.listdir(".")[0])


def test_a_strict_import_without_a_refusal_is_complete(campaign, folder):
    import_folder(campaign=campaign, path=folder, strict=True)
    assert Item.objects.count() == 2
    for image in StoredImage.objects.all():
        assert len(read(original_name(image.sha256))) == image.n_bytes
    assert all(default_storage.exists(view.path) for view in Derivative.objects.all())


def test_a_strict_import_refuses_rows_that_disagree_with_each_other(campaign, tmp_path):
    rows, pictures = two_items()
    rows[1] |= {"instruction": rows[0]["instruction"], "source": "s0.png"}
    path = write_folder(tmp_path / "set", rows, pictures)
    with pytest.raises(ImportRefused, match="another image"):
        import_folder(campaign=campaign, path=path, strict=True)
    assert not Item.objects.exists()


def test_a_closed_campaign_takes_nothing(folder):
    closed = make_campaign(state="closed", rubric=False)
    with pytest.raises(ImportRefused, match="is closed"):
        import_folder(campaign=closed, path=folder)
    assert not ImportBatch.objects.exists()


def test_views_can_be_left_to_a_worker(campaign, folder, django_capture_on_commit_callbacks):

    import_folder(campaign=campaign, path=folder, derive="job")
    assert StoredImage.objects.count() == 6
    assert not Derivative.objects.exists()
    job = Job.objects.get(kind="annotation.derive")
    assert job.subject == campaign.public_id


def test_progress_counts_up_to_the_number_of_items(campaign, folder):
    seen = []
    import_folder(campaign=campaign, path=folder, progress=lambda *said: seen.append(said))
    assert [said[:2] for said in seen] == [(0, 2), (2, 2)]


def test_a_file_that_changes_while_it_is_imported_is_refused(campaign, folder, monkeypatch):
    from annotation.items.services import import_pictures

    stage = import_pictures.stage

    def meddle(data, **options):
        staged = stage(data, **options)
        if options["name"] == "s1.png":
            (folder / "s1.png").write_bytes(png(99))
        return staged

    monkeypatch.setattr(import_pictures, "stage", meddle)
    batch = import_folder(campaign=campaign, path=folder)
    assert any("s1.png: it changed while" in reason for _, reason in lines(batch, "refused"))
    assert Item.objects.get().instruction == "Paint wall 0 green."
