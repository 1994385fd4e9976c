"""What no training step could read is refused before the first, with picture and row."""

import hashlib
from dataclasses import replace

import pytest
from PIL import Image

from rewardsvc.core.data.files import in_folder
from rewardsvc.core.errors import TrainingError, UnusableImages
from rewardsvc.core.training.inputs import open_images
from rewardsvc.core.training.settings import TrainConfig
from rewardsvc.core.vlm.settings import VlmSettings
from tests.annotation.items.imports import makers

VLM = TrainConfig(backbone="qwen3-vl", model=VlmSettings(base="unused"))
KINDS = pytest.mark.parametrize("config", [TrainConfig(), VLM], ids=["compact", "vlm"])


@pytest.fixture
def folder(shapes, tmp_path):
    """The images of the drawn snapshot, to be spoiled."""
    (tmp_path / "images").mkdir()
    for path in (shapes.folder / "images").iterdir():
        (tmp_path / "images" / path.name).symlink_to(path)
    return tmp_path


def with_edit(data, n, folder, content):
    """The data with another picture as the edit of triple n."""
    sha = hashlib.sha256(content).hexdigest()
    (folder / "images" / sha).write_bytes(content)
    triples = list(data.triples)
    triples[n] = replace(triples[n], edit_sha=sha)
    return replace(data, triples=tuple(triples)), triples[n]


@KINDS
def test_every_lost_or_damaged_picture_is_named_with_its_row(shapes, folder, config):
    one, other = shapes.data.triples[0], shapes.data.triples[7]
    assert one.item != other.item
    (folder / "images" / one.source_sha).unlink()
    half = (shapes.folder / "images" / other.edit_sha).read_bytes()[:90]
    data, broken = with_edit(shapes.data, 7, folder, half)
    with pytest.raises(UnusableImages) as refused:
        open_images(config, data, in_folder(folder))
    text = str(refused.value)
    assert f"source of item {one.item}: image {one.source_sha}: cannot read" in text
    assert f"candidate {broken.candidate} of item {broken.item}: image {broken.edit_sha}" in text
    assert set(refused.value.faults) == {one.source_sha, broken.edit_sha}


def test_a_picture_too_thin_for_a_vision_model_is_refused_before_training(shapes, folder):
    thin = makers.saved(Image.new("RGB", (16_000, 60), (9, 90, 9)), "PNG")
    data, row = with_edit(shapes.data, 3, folder, thin)
    with pytest.raises(UnusableImages, match="16000 x 60 is too long and thin") as refused:
        open_images(VLM, data, in_folder(folder))
    named = f"candidate {row.candidate} of item {row.item}: image {row.edit_sha}"
    assert named in str(refused.value)
    assert open_images(TrainConfig(), data, in_folder(folder)).rows([row.edit_sha]) >= 0


@KINDS
def test_a_damaged_exif_block_ends_no_training(shapes, folder, config):
    exif = b"Exif\x00\x00MM\x00*\xff\xff\xff\xff\x00"
    data, row = with_edit(shapes.data, 3, folder, makers.png(exif=exif))
    images = open_images(config, data, in_folder(folder))
    assert images.change([(row.edit_sha, row.edit_sha)]) == [0]


@KINDS
def test_empty_instructions_are_refused_by_item(shapes, folder, config):
    triples = list(shapes.data.triples)
    triples[2] = replace(triples[2], instruction=" \n")
    data = replace(shapes.data, triples=tuple(triples))
    with pytest.raises(TrainingError, match=f"an instruction is empty: item {triples[2].item}$"):
        open_images(config, data, in_folder(folder))


def test_a_storage_without_pictures_names_some_and_counts_all(shapes, tmp_path, monkeypatch):
    monkeypatch.setattr("rewardsvc.core.errors.MAX_NAMED", 3)
    with pytest.raises(UnusableImages) as refused:
        open_images(TrainConfig(), shapes.data, in_folder(tmp_path))
    n_images = len(refused.value.faults)
    assert n_images > 10
    assert str(refused.value).count("cannot read") == 3
    assert str(refused.value).endswith(f"; and {n_images - 3} more")
