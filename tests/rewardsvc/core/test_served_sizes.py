"""Where people see edits at the size of their source, without watermarks, models read them so."""

import hashlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from annotation.items.imaging.derivatives import full_view
from annotation.items.imaging.pictures import open_picture, shown_size
from annotation.items.imaging.presentation import OWN, SOURCE, Presentation
from annotation.items.imaging.sizes import at_size, served_size
from annotation.items.imaging.watermarks import hide
from rewardsvc.core import checkpoint
from rewardsvc.core.checkpoint import SIDECAR, load_reward_model
from rewardsvc.core.compact.images import load_images
from rewardsvc.core.data.files import in_folder
from rewardsvc.core.data.pictures import named_picture, picture_name
from rewardsvc.core.data.preferences import build_data
from rewardsvc.core.errors import CheckpointError, SnapshotError
from rewardsvc.core.evaluation.report import NO_EDIT, UNMODIFIED, predict_views
from rewardsvc.core.predict import predict_sources
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.training.inputs import open_images
from rewardsvc.core.training.train import fit
from tests.annotation.items.imports import makers
from tests.rewardsvc.core import presented, snapshots
from tests.rewardsvc.core.test_checkpoint import CARD

SIGN = "0.6 0.6 0.9 0.9 sign"
SERVED = Presentation(size=SOURCE, masked=(SIGN,)).to_json()
WISH = "Make the square blue."
# Of the edits, which belong to sources of 96 × 96.
SIZES = [(40, 40), (96, 96), (150, 151), (48, 30)]


def with_sizes(folder, to, **more):
    """Write a drawn snapshot again, its edits in other sizes than their source."""
    (to / "images").mkdir(parents=True)
    (to / "parts").mkdir()
    rows = snapshots.make_snapshot(folder, n_items=8, seed=3)
    for path in (folder / "images").iterdir():
        (to / "images" / path.name).write_bytes(path.read_bytes())
    for n, row in enumerate(rows["candidates"]):
        whole = Image.open(folder / "images" / row["image_sha256"])
        row["width"], row["height"] = size = SIZES[n % 4]
        data = makers.saved(whole.resize(size), "PNG")
        row["image_sha256"] = hashlib.sha256(data).hexdigest()
        (to / "images" / row["image_sha256"]).write_bytes(data)
    return snapshots.write(to, rows, **more), rows


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A snapshot folder of edits that people saw at the size of their source."""
    root = tmp_path_factory.mktemp("served")
    return with_sizes(root / "drawn", root / "sized", presentation=SERVED)[0]


@pytest.fixture(scope="module")
def model(served, tiny):
    data = build_data(read_snapshot(served))
    images = open_images(tiny, data, in_folder(served))
    return fit(tiny, data, images, train_sources=data.train_sources).model


def view(content, source_size):
    """The lossless view of an edit as it is served beside a source."""
    pixels = open_picture(content).pixels
    return full_view(hide(at_size(pixels, served_size(pixels.size, source_size)), [SIGN])).data


def test_the_data_of_a_snapshot_names_the_size_at_which_each_edit_was_seen(served):
    data = build_data(read_snapshot(served))
    sizes = {served_size(size, (96, 96)) for size in SIZES} - {(96, 96)}
    seen = {t.size for t in data.triples}
    assert (data.edit_size, data.watermarks) == (SOURCE, (SIGN,))
    assert seen == {None, (96, 96)} | sizes
    assert all(t.edit == t.edit_sha for t in data.triples if t.size is None)
    own = data.at_own_size()
    assert (own.edit_size, {t.size for t in own.triples}) == (OWN, {None})


@pytest.mark.parametrize("more", [{}, {"presentation": Presentation().to_json()}])
def test_a_snapshot_of_edits_in_their_own_sizes_gives_them_so(tmp_path, more):
    folder, _ = with_sizes(tmp_path / "a", tmp_path / "b", **more)
    data = build_data(read_snapshot(folder))
    assert (data.edit_size, {t.size for t in data.triples}) == (OWN, {None})


@pytest.mark.parametrize("presentation", [{}, {"size": 7}, "source"])
def test_a_presentation_without_a_size_is_refused_by_name(tmp_path, presentation):
    folder, _ = with_sizes(tmp_path / "a", tmp_path / "b", presentation=presentation)
    with pytest.raises(SnapshotError, match="presentation"):
        read_snapshot(folder)


def test_sizes_that_are_missing_or_no_sizes_are_refused_by_row(tmp_path):
    _, rows = with_sizes(tmp_path / "a", tmp_path / "b", presentation=SERVED)
    rows["candidates"][5]["height"] = 0
    folder = snapshots.write(tmp_path / "b", rows, presentation=SERVED)
    named = rows["candidates"][5]["candidate_id"]
    with pytest.raises(SnapshotError, match=f"candidate {named} is .*, 0"):
        build_data(read_snapshot(folder))
    for row in rows["candidates"]:
        del row["height"]
    folder = snapshots.write(tmp_path / "b", rows, presentation=SERVED)
    with pytest.raises(SnapshotError, match="'height'"):
        read_snapshot(folder)


@pytest.mark.parametrize("kind", presented.KINDS)
def test_training_reads_the_pixels_of_the_view_that_people_see(tmp_path, kind):
    content = presented.KINDS[kind][0](presented.picture())
    names = []
    for each in (content, view(content, (150, 100))):
        names.append(hashlib.sha256(each).hexdigest())
        (tmp_path / names[-1]).write_bytes(each)
    wanted = [picture_name(names[0], (150, 100)), names[0], names[1]]
    shown = load_images(wanted, tmp_path.joinpath, 64, [SIGN])
    whole = load_images(names[:1], tmp_path.joinpath, 64).pixels[0]
    sized, own, seen = (
        shown.pixels[shown.rows([name])[0]].int()
        for name in (picture_name(names[0], (150, 100)), *names)
    )
    assert torch.equal(sized, seen)
    assert not torch.equal(own, seen)
    assert not torch.equal(whole, own.to(whole))


@pytest.mark.parametrize("kind", presented.KINDS)
def test_an_edit_has_the_reward_of_the_view_that_people_see(model, tmp_path, kind):
    checkpoint.save(tmp_path / "model", model, CARD)
    scorer = load_reward_model(tmp_path / "model")
    source = presented.picture(1, (150, 100))
    content = presented.KINDS[kind][0](presented.picture())
    paths = [tmp_path / name for name in ("file", "view")]
    paths[0].write_bytes(content)
    paths[1].write_bytes(view(content, source.size))
    triples = [(source, path, WISH) for path in paths]
    triples.append((source, presented.opened(content), WISH))
    triples += [(source, presented.picture(n), WISH) for n in range(2, 10)]
    found = scorer.score(triples)["reward"]
    assert np.abs(found[:3] - found[1]).max() <= 1e-3 * found[3:].std()
    assert shown_size(content) == open_picture(content).pixels.size


def test_a_checkpoint_names_how_its_pictures_were_presented(model, tmp_path):
    folder = tmp_path / "model"
    checkpoint.save(folder, model, CARD)
    sidecar = json.loads((folder / SIDECAR).read_text())
    assert sidecar["presentation"] == SERVED
    loaded, official = checkpoint.load(folder)[0], load_reward_model(folder, reading="official")
    assert (loaded.edit_size, loaded.watermarks) == (SOURCE, (SIGN,))
    assert (official.model.edit_size, official.model.watermarks) == (OWN, ())
    del sidecar["presentation"]
    (folder / SIDECAR).write_text(json.dumps(sidecar))
    loaded = checkpoint.load(folder)[0]
    assert (loaded.edit_size, loaded.watermarks) == (OWN, ())
    damaged = {"size": "source", "masked": ["everywhere"]}
    (folder / SIDECAR).write_text(json.dumps(sidecar | {"presentation": damaged}))
    with pytest.raises(CheckpointError, match=r"presentation\.masked: “everywhere” is not four"):
        checkpoint.load(folder)
    (folder / SIDECAR).write_text(json.dumps(sidecar | {"presentation": {"size": "large"}}))
    with pytest.raises(CheckpointError, match=r"presentation\.size is 'large'"):
        checkpoint.load(folder)


@pytest.mark.parametrize("size", [OWN, SOURCE])
def test_a_model_reads_other_data_at_the_size_that_it_was_trained_on(model, served, tmp_path, size):
    checkpoint.save(tmp_path / "model", model, CARD)
    scorer = load_reward_model(tmp_path / "model")
    scorer.model.edit_size = size
    assert scorer.model.watermarks == (SIGN,)
    data = build_data(read_snapshot(served))
    found = predict_sources(scorer.model, data, in_folder(served), data.held_out_sources)
    rows = [n for n, t in enumerate(data.triples) if t.source_sha in data.held_out_sources]
    images = served / "images"
    shown = [data.triples[n] for n in rows]
    expected = scorer.score(
        [(images / t.source_sha, images / t.edit_sha, t.instruction) for t in shown]
    )
    np.testing.assert_allclose(found.reward[rows], expected["reward"], atol=1e-5)


def test_the_control_of_unedited_sources_reads_them_in_their_own_size(model, served, tiny):
    data = build_data(read_snapshot(served))
    images = open_images(tiny, data, in_folder(served))
    views = predict_views(data, images, [(model, data.held_out_sources)])
    rows = [n for n, t in enumerate(data.triples) if t.source_sha in data.held_out_sources]
    assert np.isfinite(views[NO_EDIT].reward[rows]).all()
    assert np.abs(views[NO_EDIT].reward[rows] - views[UNMODIFIED].reward[rows]).max() > 0
    assert not np.isfinite(views[NO_EDIT].reward[[n for n in range(32) if n not in rows]]).any()


def test_a_lost_edit_is_named_by_its_hash_and_row_whatever_its_size(served, tiny, tmp_path):
    data = build_data(read_snapshot(served))
    sized = next(t for t in data.triples if t.size is not None)
    lost = replace(sized, edit_sha="0" * 64)
    data = replace(data, triples=tuple(lost if t is sized else t for t in data.triples))
    with pytest.raises(
        ValueError, match=f"candidate {lost.candidate} .*: image {'0' * 64}: cannot"
    ):
        open_images(tiny, data, in_folder(served))


def test_the_name_of_a_picture_is_its_hash_with_the_size_where_that_is_another():
    for size in (None, (640, 480)):
        assert named_picture(picture_name("ab12", size)) == ("ab12", size)
    assert picture_name("ab12", None) == "ab12"


def test_a_header_tells_the_size_that_the_picture_is_shown_in():
    exif = Image.Exif()
    for orientation in range(1, 9):
        exif[0x0112] = orientation
        data = makers.saved(Image.new("RGB", (30, 20)), "JPEG", exif=exif)
        assert shown_size(data) == open_picture(data).pixels.size
        assert Image.open(io.BytesIO(data)).size == (30, 20)
