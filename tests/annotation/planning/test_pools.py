import io

import pytest
from PIL import Image, ImageDraw

from annotation.imports.derivatives import colour_grid
from annotation.planning.graph import components
from annotation.planning.pools import DEFAULT_TOLERANCE, Entry, LeftOut, Pool, without_twins

GREY = bytes([120]) * 768
NEARLY = bytes([123]) * 768
OTHER = bytes([120]) * 767 + bytes([124])


def left_of(pool, **how):
    left_out = LeftOut()
    how = {"seed": 1, "tolerance": DEFAULT_TOLERANCE} | how
    return without_twins(pool, left_out=left_out, **how), left_out


def entries(*pairs):
    return tuple(
        Entry(i, generator=i, sha256=sha, grid=grid) for i, (sha, grid) in enumerate(pairs, 1)
    )


def test_of_identical_candidates_one_stays_and_the_others_are_counted():
    kept, left_out = left_of(Pool(1, entries(("a", None), ("a", None), ("b", None), ("a", None))))
    assert sorted(entry.sha256 for entry in kept.entries) == ["a", "b"]
    assert (left_out.identical, left_out.near_identical, left_out.total) == (2, 0, 2)
    assert sum(left_out.per_generator.values()) == 2


def test_near_identical_candidates_are_told_by_their_largest_local_difference():
    near, left_out = left_of(Pool(1, entries(("a", GREY), ("b", NEARLY))))
    assert len(near.entries) == 1
    assert (left_out.identical, left_out.near_identical) == (0, 1)
    strict, none_left = left_of(Pool(1, entries(("a", GREY), ("c", OTHER))))
    assert len(strict.entries) == 2
    assert none_left.total == 0
    loose, one_left = left_of(Pool(1, entries(("a", GREY), ("c", OTHER))), tolerance=4)
    assert len(loose.entries) == 1
    assert one_left.near_identical == 1


def test_candidates_without_a_grid_are_told_by_their_bytes_alone():
    kept, left_out = left_of(Pool(1, entries(("a", None), ("b", GREY))))
    assert len(kept.entries) == 2
    assert left_out.total == 0


def test_no_generator_gains_from_which_twin_stays():
    stayed = 0
    for item in range(400):
        kept, _ = left_of(Pool(item, entries(("a", None), ("a", None))))
        stayed += kept.entries[0].generator == 1
    # 200 expected; 4 standard deviations are 40.
    assert 160 < stayed < 240


def test_the_anchor_stays_when_it_has_a_twin():
    for item in range(30):
        kept, left_out = left_of(Pool(item, entries(("a", None), ("a", None))), anchor=2)
        assert kept.entries[0].generator == 2
        assert left_out.per_generator == {1: 1}


def scene(blob=None):
    picture = Image.linear_gradient("L").resize((512, 384)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for i in range(12):
        draw.ellipse((40 * i, 20 * i, 40 * i + 60, 20 * i + 60), (20 * i, 255 - 20 * i, 90))
    if blob:
        draw.rectangle(blob, (200, 40, 40))
    return picture


def grid_of_file(picture, **settings):
    out = io.BytesIO()
    picture.save(out, **settings)
    with Image.open(out) as opened:
        return colour_grid(opened.convert("RGB"))


@pytest.mark.parametrize(
    "settings",
    [{"format": "JPEG", "quality": 95}, {"format": "WEBP", "quality": 90}, {"format": "PNG"}],
    ids=str,
)
def test_a_picture_saved_again_is_near_identical(settings):
    pool = Pool(1, entries(("a", colour_grid(scene())), ("b", grid_of_file(scene(), **settings))))
    assert left_of(pool)[1].near_identical == 1


def test_a_small_local_edit_is_not_near_identical():
    edited = scene(blob=(400, 300, 424, 324))
    pool = Pool(1, entries(("a", colour_grid(scene())), ("b", colour_grid(edited))))
    assert left_of(pool)[1].total == 0


def test_components_name_who_is_never_compared_with_whom():
    assert components([1, 2, 3, 4, 5], [(1, 2), (2, 3), (4, 4)]) == [[1, 2, 3], [4], [5]]
    assert components([1, 2, 3], [(1, 2), (2, 3)]) == [[1, 2, 3]]
    assert components([], []) == []


def test_known_pairs_are_enough_to_be_in_the_graph():
    chain = [(i, i + 1) for i in range(1, 50)]
    assert components(range(1, 51), chain) == [list(range(1, 51))]
