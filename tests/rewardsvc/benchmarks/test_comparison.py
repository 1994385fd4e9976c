"""Two scorers side by side, and the pictures behind each miss."""

import json

import numpy as np
import pytest
from PIL import Image

from rewardsvc.benchmarks.answers import Answers
from rewardsvc.benchmarks.comparison import compared
from rewardsvc.benchmarks.data import Benchmark, Edit, Group, Picture, Rating
from rewardsvc.benchmarks.misses import misses_of, write_misses
from tests.rewardsvc.benchmarks.files import png


def group(name, ranks, instruction="add a hat", *, pictures=True):
    def edit(n):
        picture = Picture(f"{name}{n}", lambda: png((n * 60, 90, 90))) if pictures else None
        return Edit(f"{name}:{n}", f"model-{n}", instruction, picture, picture)

    return Group(name, f"item-{name}", tuple(map(edit, range(len(ranks)))), ranks, category="hats")


def bench(*groups, ratings=()):
    return Benchmark("b", by_schema=True, sha256="", groups=groups, ratings=ratings)


def noisy(benchmark, noise, seed):
    """Return scores that follow people's ranks with noise."""
    rng = np.random.default_rng(seed)
    return Answers(
        scores={
            edit.key: -rank + noise * rng.normal()
            for each in benchmark.groups
            for edit, rank in zip(each.edits, each.ranks, strict=True)
        }
    )


def by_metric(lines):
    return {line.metric.removeprefix("difference in "): line for line in lines}


def test_the_better_scorer_leads_in_every_number():
    benchmark = bench(*(group(f"g{n}", (1, 2, 3), pictures=False) for n in range(80)))
    good, bad = noisy(benchmark, 0.3, 1), noisy(benchmark, 3.0, 2)
    found = by_metric(compared(benchmark, good, bad, n_replicates=200))
    assert set(found) == {"accuracy without ties", "accuracy with ties", "exact ranking"}
    for line in found.values():
        assert 0 < line.low < line.value < line.high
    turned = by_metric(compared(benchmark, bad, good, n_replicates=200))
    for name, line in turned.items():
        assert line.value == pytest.approx(-found[name].value)


def test_only_what_both_answered_is_compared():
    benchmark = bench(group("a", (1, 2)), group("b", (1, 2)), group("c", (1, 1)))
    scores = Answers(scores={"a:0": 1, "a:1": 0, "b:0": 1})
    judge = Answers(pairs={("a", 0, 1): -1, ("b", 0, 1): 1})
    found = by_metric(compared(benchmark, scores, judge, n_replicates=20))
    line = found["accuracy without ties"]
    assert (line.value, line.n) == (1, 1)
    assert found["exact ranking"].why == "nothing that both answered"


def test_correlations_are_compared_on_the_same_edits():
    ratings = tuple(
        Rating(f"i{n}", Edit(f"e{n}{name}", name, "p"), n / 9) for n in range(9) for name in "XY"
    )
    first = Answers(scores={rating.edit.key: rating.human for rating in ratings})
    second = Answers(scores={rating.edit.key: -rating.human for rating in ratings})
    (line,) = compared(bench(ratings=ratings), first, second, n_replicates=20)
    assert (line.metric, line.value) == ("difference in correlation", pytest.approx(2))


def test_misses_are_decided_pairs_that_were_ordered_otherwise():
    benchmark = bench(group("a", (1, 2, 3)), group("b", (1, 1)), group("c", (1, 2)))
    scores = {"a:0": 5, "a:1": 1, "a:2": 9, "b:0": 1, "b:1": 0, "c:0": 2}
    found = misses_of(benchmark, Answers(scores=scores))
    assert [(miss.group.key, miss.first, miss.second) for miss in found] == [
        ("a", 1, 2), ("a", 0, 2),
    ]  # fmt: skip
    judged = misses_of(benchmark, Answers(pairs={("a", 0, 1): 0, ("c", 0, 1): 1}))
    assert [(miss.group.key, miss.gap) for miss in judged] == [("a", 0)]


def test_each_miss_is_written_with_pictures_and_both_opinions(tmp_path):
    benchmark = bench(group("a", (1, 2), "<b>add</b> a hat & scarf"))
    misses = misses_of(benchmark, Answers(scores={"a:0": 0, "a:1": 1}))
    assert write_misses(tmp_path / "out", misses, title="x on <b>") == 1
    (row,) = map(json.loads, (tmp_path / "out" / "misses.jsonl").read_text().splitlines())
    assert (row["people"], row["scorer"], row["gap"]) == ("A", "B", -1)
    assert row["generators"] == ["model-0", "model-1"]
    page = (tmp_path / "out" / "index.html").read_text()
    assert "&lt;b&gt;add&lt;/b&gt; a hat &amp; scarf" in page
    assert "<b>" not in page
    assert "People: A. Scorer: B (gap -1). hats." in page
    with Image.open(tmp_path / "out" / "pictures" / "1-2.png") as image:
        assert image.getpixel((0, 0)) == (60, 90, 90)


def test_a_picture_that_cannot_be_read_is_named_in_its_place(tmp_path):
    bad = Picture("x", lambda: b"no picture")
    edits = (Edit("a", "m", "p", None, bad), Edit("b", "", "p", None, None))
    benchmark = bench(Group("g", "i", edits, (1, 2)))
    write_misses(tmp_path, misses_of(benchmark, Answers(scores={"a": 0, "b": 1})), title="t")
    page = (tmp_path / "index.html").read_text()
    assert "cannot be read" in page
    assert page.count("no picture") >= 2
    assert "generator unknown" in page
