from annotation.comparisons.planning.graph import components
from annotation.items.look_alikes import near_pairs
from annotation.items.pools import Entry, LeftOut, Pool, undecided, without_duplicates

GREY = bytes([120]) * 768
NEARLY = bytes([123]) * 768
OTHER = bytes([120]) * 767 + bytes([124])


def left_of(pool, **how):
    left_out = LeftOut()
    return without_duplicates(pool, left_out=left_out, **{"seed": 1} | how), left_out


def entries(*rows):
    return tuple(
        Entry(i, generator=i, sha256=sha, grid=grid, pixels=pixels)
        for i, (sha, grid, pixels) in enumerate(rows, 1)
    )


def near(*rows):
    return [(one.id, other.id) for one, other in near_pairs(entries(*rows))]


def test_of_the_same_file_one_stays_and_the_others_are_counted():
    rows = [(sha, None, "") for sha in ("a", "a", "b", "a")]
    kept, left_out = left_of(Pool(1, entries(*rows)))
    assert sorted(entry.sha256 for entry in kept.entries) == ["a", "b"]
    assert (left_out.same_file, left_out.same_pixels, left_out.total) == (2, 0, 2)
    assert sum(left_out.per_generator.values()) == 2


def test_of_other_files_with_the_same_pixels_one_stays():
    rows = [("a", GREY, "p"), ("b", GREY, "p"), ("c", GREY, "q")]
    kept, left_out = left_of(Pool(1, entries(*rows)))
    assert [entry.pixels for entry in kept.entries] in (["p", "q"], ["q", "p"])
    assert (left_out.same_file, left_out.same_pixels) == (0, 1)


def test_pictures_with_nearly_or_just_the_same_colours_all_stay():
    rows = [("a", GREY, "p"), ("b", NEARLY, "q"), ("c", OTHER, "r"), ("d", GREY, "s")]
    kept, left_out = left_of(Pool(1, entries(*rows)))
    assert len(kept.entries) == 4
    assert left_out.total == 0


def test_a_missing_key_matters_only_beside_another_file_of_the_same_colours():
    rows = [("a", GREY, ""), ("b", GREY, "p"), ("c", NEARLY, ""), ("d", None, ""), ("a", GREY, "")]
    assert undecided(entries(*rows)) == {1, 5}
    assert undecided(entries(("a", GREY, ""), ("a", GREY, ""))) == set()


def test_pictures_are_looked_at_closely_where_no_cell_differs_by_more_than_four_levels():
    far = bytes([120]) * 767 + bytes([129])
    rows = [("a", GREY, "p"), ("b", NEARLY, "q"), ("c", OTHER, "r"), ("d", far, "s")]
    assert near(*rows) == [(1, 2), (1, 3), (2, 3)]
    assert near(("a", None, "p"), ("b", GREY, "q")) == []


def test_one_of_the_same_pictures_is_looked_at_for_all():
    assert near(("a", GREY, "p"), ("b", GREY, "p"), ("c", NEARLY, "q")) == [(1, 3)]


def test_no_generator_gains_from_which_duplicate_stays():
    stayed = 0
    for item in range(400):
        kept, _ = left_of(Pool(item, entries(("a", None, ""), ("a", None, ""))))
        stayed += kept.entries[0].generator == 1
    # 200 expected; 4 standard deviations are 40.
    assert 160 < stayed < 240


def test_what_is_compared_already_stays_and_the_anchor_before_all():
    pool = [("a", None, ""), ("a", None, "")]
    for item in range(30):
        kept, left_out = left_of(Pool(item, entries(*pool)), compared={1}, anchor=2)
        assert kept.entries[0].generator == 2
        assert left_out.per_generator == {1: 1}
        assert left_of(Pool(item, entries(*pool)), compared={1})[0].entries[0].id == 1


def test_components_name_who_is_never_compared_with_whom():
    assert components([1, 2, 3, 4, 5], [(1, 2), (2, 3), (4, 4)]) == [[1, 2, 3], [4], [5]]
    assert components([1, 2, 3], [(1, 2), (2, 3)]) == [[1, 2, 3]]
    assert components([], []) == []


def test_known_pairs_are_enough_to_be_in_the_graph():
    chain = [(i, i + 1) for i in range(1, 50)]
    assert components(range(1, 51), chain) == [list(range(1, 51))]
