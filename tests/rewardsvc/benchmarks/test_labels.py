"""Labels of EditReward-Bench, read strictly."""

from itertools import permutations

import pytest

from rewardsvc.benchmarks.labels import (
    UnreadableLabel,
    outcomes,
    parse_ranking,
    published_reading,
)


@pytest.mark.parametrize(
    ("label", "k", "ranks"),
    [
        ("A>B", 2, (1, 2)),
        ("B>A", 2, (2, 1)),
        ("A<B", 2, (2, 1)),
        ("A=B", 2, (1, 1)),
        ("A=B=Good", 2, (1, 1)),
        (" A=B=Bad ", 2, (1, 1)),
        ("A<B<C", 3, (3, 2, 1)),
        ("C>A=B", 3, (2, 2, 1)),
        ("A=B>C", 3, (1, 1, 3)),
        ("D>C>B>A", 4, (4, 3, 2, 1)),
    ],
)
def test_a_label_states_ranks(label, k, ranks):
    assert parse_ranking(label, k) == ranks


@pytest.mark.parametrize(
    ("label", "k"),
    [("", 2), (None, 2), (float("nan"), 2), ("weird", 2), ("A>B", 3), ("A>A", 2), ("A>B<C", 3),
     ("A>C", 2), ("A=B=Good", 3), ("a>b", 2), ("A>B>", 2)],
)  # fmt: skip
def test_anything_else_is_unreadable_never_a_tie(label, k):
    with pytest.raises(UnreadableLabel, match="does not rank"):
        parse_ranking(label, k)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_both_readings_agree_where_the_label_is_a_chain_of_winners(k):
    for order in permutations("ABCD"[:k]):
        ranks = parse_ranking(">".join(order), k)
        assert published_reading(">".join(order), k) == (ranks, outcomes(ranks))


def test_the_published_reading_keeps_its_faults():
    assert published_reading("A=B", 2) == (None, (1,))
    assert published_reading("A<B<C", 3) == ((1, 2, 3), (1, 1, 1))
    assert published_reading(None, 3) == (None, (0, 0, 0))
    assert published_reading("A>B", 3) == (None, (1, 1, 1))
    assert published_reading("C>A", 3) == (None, (0, -1, 0))
