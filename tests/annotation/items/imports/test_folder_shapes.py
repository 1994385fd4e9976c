"""Folders as researchers have them: other column names, one folder per model, ImagenHub's."""

import json
from contextlib import closing

import pytest
from django.core.management import call_command

from annotation.errors import ImportRefused
from annotation.items.imports.manifests.columns import renamed
from annotation.items.imports.reading import open_container, read_manifests
from annotation.items.imports.report import Outcome
from annotation.models import Candidate, Item
from tests.annotation.items.imports.makers import png, write_folder, write_zip
from tests.factories import make_campaign


def read(folder, content, *, manifest, files=()):
    write_folder(folder, content, dict.fromkeys(files, b"x"), manifest=manifest)
    return read_manifests(open_container(folder, name="given"))


def notes(reading):
    return [line.reason for line in reading.lines if line.outcome == Outcome.NOTE]


def refusals(reading):
    return [line.reason for line in reading.lines if line.outcome == Outcome.REFUSED]


@pytest.mark.parametrize(
    "names",
    [
        ("prompt", "image", "output", "model"),
        ("edit_instruction", "input_image", "edited_image", "model_name"),
        ("Edit Prompt", "Source-Image", "Output Image", "Method"),
        ("instruction", "source_img", "target_img", "generator"),
        ("Instruction", "Source", "Candidate", "GENERATOR"),
    ],
)
def test_common_names_of_columns_are_read_and_noted(tmp_path, names):
    values = ("Go.", "s.png", "a.png", "m")
    table = f"{','.join(names)}\n{','.join(values)}\n"
    objects = json.dumps([dict(zip(names, values, strict=True))])
    other = [
        name
        for name in names
        if name.lower() not in {"instruction", "source", "candidate", "generator"}
    ]
    for name, content in (("manifest.csv", table), ("manifest.json", objects)):
        if name == "manifest.json" and "Candidate" in names:
            continue
        reading = read(tmp_path / name, content, manifest=name)
        (item,) = reading.items
        assert (item.instruction, item.source) == ("Go.", "s.png")
        assert [(c.path, c.generator) for c in item.candidates] == [("a.png", "m")]
        assert all(any(repr(name) in note for note in notes(reading)) for name in other)


def test_a_column_that_may_mean_several_things_is_proposed_and_not_taken(tmp_path):
    with pytest.raises(ImportRefused, match="did you mean `caption`"):
        read(tmp_path, "caption,source,candidate,generator\nx,s,a,m\n", manifest="manifest.csv")
    assert renamed(["prompt", "edit_prompt"], ["instruction"]) == {}
    assert renamed(["prompt", "instruction"], ["instruction"]) == {}
    with pytest.raises(ImportRefused, match="did you mean `prompt`"):
        read(
            tmp_path / "two",
            "prompt,edit_prompt,source,candidate,generator\nx,y,s,a,m\n",
            manifest="manifest.csv",
        )


FILES = [f"{folder}/{n}.png" for folder in ("sources", "model-a", "model-b") for n in (1, 2)]
TABLE = "image,prompt\n1.png,Make it red.\n2.png,Make it blue.\n"
LINES = (
    '{"image": "1.png", "prompt": "Make it red."}\n{"image": "2.png", "prompt": "Make it blue."}\n'
)


def edits(item):
    return {c.generator: c.path for c in item.candidates}


@pytest.mark.parametrize(
    ("name", "content"), [("prompts.csv", TABLE), ("manifest.jsonl", LINES), ("data.jsonl", LINES)]
)
@pytest.mark.parametrize("sources", ["sources", "Input", "original", "input_512"])
def test_a_folder_per_model_with_the_sources_names_is_read(tmp_path, name, content, sources):
    files = [path.replace("sources", sources) for path in FILES]
    reading = read(tmp_path, content, manifest=name, files=files)
    assert [item.instruction for item in reading.items] == ["Make it red.", "Make it blue."]
    assert reading.items[0].source == f"{sources}/1.png"
    assert edits(reading.items[1]) == {"model-a": "model-a/2.png", "model-b": "model-b/2.png"}
    assert refusals(reading) == []


def test_models_may_lie_deeper_and_have_other_extensions(tmp_path):
    files = ["src/1.png", "runs/one/m/1.jpg", "runs/one/m/1.txt", "runs/two/m/1.webp"]
    files += ["runs/two/n/1.png", "masks/1.png"]
    text = "image,prompt\nsrc/1.png,Go.\n"
    (item,) = read(tmp_path, text, manifest="prompts.csv", files=files).items
    assert item.source == "src/1.png"
    assert edits(item) == {
        "runs/one/m": "runs/one/m/1.jpg",
        "runs/two/m": "runs/two/m/1.webp",
        "n": "runs/two/n/1.png",
    }


def test_sources_may_lie_beside_the_manifest(tmp_path):
    (item,) = read(
        tmp_path, "image,prompt\n1.png,Go.\n", manifest="prompts.csv", files=["1.png", "m/1.png"]
    ).items
    assert (item.source, edits(item)) == ("1.png", {"m": "m/1.png"})


def test_a_source_that_no_model_edited_is_refused_alone(tmp_path):
    reading = read(tmp_path, TABLE, manifest="prompts.csv", files=[*FILES[:3], "model-b/1.png"])
    assert len(reading.items) == 1
    (reason,) = refusals(reading)
    assert ("sources" in reason, "2.png" in reason) == (True, True)


def test_two_folders_that_may_hold_the_sources_refuse_the_row_by_name(tmp_path):
    files = [*FILES, "input/1.png", "input/2.png"]
    reading = read(tmp_path, TABLE, manifest="prompts.csv", files=files)
    assert reading.items == []
    assert ("input" in refusals(reading)[0], "sources" in refusals(reading)[0]) == (True, True)


LOOKUP = {
    "sample_1.jpg": {"instruction": "Make it red.", "target_local_caption": "red"},
    "sample_2.jpg": {"instruction": "Make it blue.", "target_local_caption": "blue"},
}


@pytest.mark.parametrize("way", ["folder", "zip"])
def test_a_folder_of_imagenhub_is_read(tmp_path, way):
    files = {
        f"{folder}/{name}": b"x"
        for folder in ("input", "DiffEdit", "MagicBrush")
        for name in LOOKUP
    }
    texts = {"dataset_lookup.json": json.dumps(LOOKUP), "dataset_lookup.csv": "uid,instruction\n"}
    encoded = {name: text.encode() for name, text in texts.items()}
    if way == "folder":
        path = write_folder(
            tmp_path / "set",
            texts["dataset_lookup.json"],
            files | encoded,
            manifest="dataset_lookup.json",
        )
    else:
        path = write_zip(tmp_path / "set.zip", {f"IE/{k}": v for k, v in (files | encoded).items()})
    with closing(open_container(path, name="set")) as container:
        reading = read_manifests(container)
    base = "" if way == "folder" else "IE/"
    assert [item.instruction for item in reading.items] == ["Make it red.", "Make it blue."]
    assert reading.items[0].source == f"{base}input/sample_1.jpg"
    assert edits(reading.items[0]) == {
        name: f"{base}{name}/sample_1.jpg" for name in ("DiffEdit", "MagicBrush")
    }


def test_an_object_of_instructions_by_picture_is_a_manifest(tmp_path):
    text = json.dumps({"1.png": "Make it red.", "2.png": "Make it blue."})
    reading = read(tmp_path, text, manifest="prompts.json", files=FILES)
    assert [item.instruction for item in reading.items] == ["Make it red.", "Make it blue."]


def test_files_beside_the_manifest_that_might_be_one_are_named(tmp_path):
    others = [f"log{n}.json" for n in range(6)]
    row = {"instruction": "Go.", "source": "s.png", "target": "t.png"}
    reading = read(tmp_path, [row], manifest="manifest.json", files=others)
    (note,) = notes(reading)
    assert note == "beside it, not read: log0.json, log1.json, log2.json, log3.json and 2 more"


@pytest.mark.django_db
@pytest.mark.usefixtures("media_root")
def test_the_command_imports_a_folder_per_model(tmp_path):
    pictures = {path: png(n) for n, path in enumerate(FILES)}
    folder = write_folder(tmp_path / "set", TABLE, pictures, manifest="prompts.csv")
    campaign = make_campaign(rubric=False)
    call_command("import_items", campaign.slug, str(folder))
    assert Item.objects.count() == 2
    names = Candidate.objects.values_list("generator__name", flat=True)
    assert sorted(names) == ["model-a", "model-a", "model-b", "model-b"]
