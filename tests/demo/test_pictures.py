import hashlib
import itertools
import json

import numpy as np
import pytest
from PIL import Image

from demo.pictures import write_set
from demo.pictures.colour import NAMED
from demo.pictures.edits import make_edit
from demo.pictures.faults import COST, FAULTS, drifted
from demo.pictures.generators import GENERATORS, OUTCOMES, WORTH
from demo.pictures.layout import make_source
from demo.pictures.render import render
from demo.pictures.scenes.families import FAMILIES
from demo.pictures.things.registry import KINDS
from demo.pictures.writing import DEFAULT_SEED, plans

PAIRS = list(itertools.combinations(range(len(GENERATORS)), 2))
N_ITEMS = 96


def worths(n_items=N_ITEMS, seed=DEFAULT_SEED):
    """Summed quality, (n_items, n_generators)."""
    return np.array(
        [
            [plan.instruction_following + plan.visual_quality for plan in row]
            for row in plans(n_items, seed)
        ]
    )


def accuracy(guess, worth):
    """Share of decided pairs that the sign of a guess gets right; both (n_items, n_generators)."""
    hits = [
        np.sign(guess[i, a] - guess[i, b]) == np.sign(worth[i, a] - worth[i, b])
        for i in range(len(worth))
        for a, b in PAIRS
        if abs(worth[i, a] - worth[i, b]) > 0.15
    ]
    return float(np.mean(hits))


def small(path):
    return np.asarray(Image.open(path).resize((96, 96)), dtype=np.float32) / 255


def test_the_same_seed_draws_the_same_bytes(tmp_path, drawn):
    write_set(tmp_path, n_items=2, seed=DEFAULT_SEED)
    again = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert again == drawn.rows[:2]
    for row in again:
        for path in [row["source"], *(c["path"] for c in row["candidates"].values())]:
            assert (tmp_path / path).read_bytes() == (drawn.folder / path).read_bytes()


def test_another_seed_draws_another_set(tmp_path, drawn):
    write_set(tmp_path, n_items=1, seed=DEFAULT_SEED + 1)
    [row] = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert row["source"] != drawn.rows[0]["source"]


def test_every_row_names_files_that_exist_and_open(drawn):
    for row in drawn.rows:
        assert row["instruction"].strip()
        assert row["licence"] == "CC0-1.0"
        assert row["origin"] == "drawn by EditJury"
        assert list(row["candidates"]) == [generator.name for generator in GENERATORS]
        with Image.open(drawn.folder / row["source"]) as source:
            size = source.size
        for candidate in row["candidates"].values():
            with Image.open(drawn.folder / candidate["path"]) as image:
                image.load()
                assert image.size == size


def test_no_two_pictures_of_an_item_share_their_bytes(drawn):
    for row in drawn.rows:
        paths = [row["source"], *(c["path"] for c in row["candidates"].values())]
        assert len(set(paths)) == len(paths)


def test_the_truth_is_keyed_by_the_hash_of_the_bytes(drawn):
    for row in drawn.rows:
        for candidate in row["candidates"].values():
            data = (drawn.folder / candidate["path"]).read_bytes()
            known = drawn.truth[hashlib.sha256(data).hexdigest()]
            assert 1 <= known["instruction_following"] <= 4
            assert 1 <= known["visual_quality"] <= 4
            assert known["outcome"] in OUTCOMES
            assert set(known["faults"]) <= set(COST)


def test_file_names_tell_nothing_about_the_generator(drawn):
    for path in (drawn.folder / "images").iterdir():
        assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()[:20]
        assert b"Exif" not in path.read_bytes()[:64]
    raw = b"".join(path.read_bytes() for path in (drawn.folder / "images").iterdir())
    assert not any(generator.name.encode() in raw for generator in GENERATORS)


def test_generators_differ_but_seldom_decide_a_pair():
    worth = worths(2_000)
    means = worth.mean(axis=0)
    assert list(means) == sorted(means, reverse=True)
    assert means[0] - means[-1] > 0.5
    for seed in (1, DEFAULT_SEED):
        sample = worths(N_ITEMS, seed)
        by_mean = np.broadcast_to(sample.mean(axis=0), sample.shape)
        assert 0.55 < accuracy(by_mean, sample) < 0.68


def test_both_dimensions_vary_within_every_generator():
    rows = list(plans(500, 3))
    for number in range(len(GENERATORS)):
        following = np.array([row[number].instruction_following for row in rows])
        quality = np.array([row[number].visual_quality for row in rows])
        assert following.std() > 0.8
        assert quality.std() > 0.7
        assert abs(np.corrcoef(following, quality)[0, 1]) < 0.4


def test_how_much_changed_does_not_tell_how_good_it_is(drawn):
    shares, worth = [], []
    for row in drawn.rows:
        before = small(drawn.folder / row["source"])
        paths = [drawn.folder / candidate["path"] for candidate in row["candidates"].values()]
        shares.append([np.abs(small(path) - before).mean() for path in paths])
        known = [drawn.truth[hashlib.sha256(path.read_bytes()).hexdigest()] for path in paths]
        worth.append([k["instruction_following"] + k["visual_quality"] for k in known])
    share = accuracy(np.array(shares), np.array(worth))
    assert max(share, 1 - share) < 0.64


def test_instructions_share_a_vocabulary_and_are_worded_variously():
    edits = [make_edit(make_source(i, DEFAULT_SEED), i, DEFAULT_SEED) for i in range(N_ITEMS)]
    assert {edit.category for edit in edits} == {
        "add", "background", "colour", "remove", "replace", "style", "time of day", "weather",
    }  # fmt: skip
    text = " ".join(edit.instruction.lower() for edit in edits)
    assert all(colour in text for colour in NAMED)
    openings = {edit.instruction.split()[0] for edit in edits}
    assert len(openings) > 15


@pytest.mark.parametrize("index", range(40))
def test_a_right_edit_shows_and_a_missed_one_is_another_picture(index):
    source = make_source(index, DEFAULT_SEED)
    edit = make_edit(source, index, DEFAULT_SEED)
    assert edit.right != source
    assert edit.elsewhere not in {edit.right, source}
    assert edit.otherwise not in {edit.right, source}
    assert edit.over not in {edit.right, source}


def test_every_scene_and_every_thing_can_be_drawn():
    drawn_kinds = {thing.kind for index in range(300) for thing in make_source(index, 5).things}
    # All kinds that a slot may hold turn up among the sources.
    slots = {kind for family in FAMILIES.values() for slot in family.slots for kind in slot.kinds}
    assert slots == set(KINDS)
    assert drawn_kinds == slots
    for index in range(len(FAMILIES)):
        picture = render(make_source(index, 5))
        assert picture.dtype == np.uint8
        assert picture.std() > 20


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_shows_at_96_pixels_and_grows_with_its_severity(name):
    picture = render(make_source(1, DEFAULT_SEED)).astype(np.float32) / 255
    height, width, _ = picture.shape
    region = (height // 4, width // 4, height * 3 // 4, width * 3 // 4)

    def shown(pixels):
        image = Image.fromarray((pixels.clip(0, 1) * 255).astype(np.uint8)).resize((96, 96))
        return np.asarray(image, dtype=np.float32) / 255

    before = shown(picture)
    mild, strong = (
        np.abs(
            shown(FAULTS[name](picture.copy(), region, severity, np.random.default_rng(4))) - before
        ).mean()
        for severity in (0.1, 1.0)
    )
    unnoticed = np.abs(shown(drifted(picture, np.random.default_rng(4), 0.3)) - before).mean()
    assert mild > 0.25 * unnoticed
    assert strong > mild
    assert strong > 0.015


def test_a_worse_outcome_is_worth_less():
    assert WORTH["right"][0] > max(high for name, (_, high) in WORTH.items() if name != "right")
    assert WORTH["none"][1] < WORTH["partial"][0]
