"""The table of a run: what each number is over, and what has none."""

import csv
import io

import pytest

from rewardsvc.benchmarks.answers import Answers, ScorerRefused
from rewardsvc.benchmarks.ceiling import ceiling
from rewardsvc.benchmarks.data import Benchmark, Edit, Group, Picture, Rating
from rewardsvc.benchmarks.formats import as_csv, as_latex, as_markdown
from rewardsvc.benchmarks.report import Line, table
from rewardsvc.benchmarks.scorers import ModelScorer, RandomScorer


def edit(key, generator="g", picture=None):
    return Edit(key, generator, "p", picture, picture)


def group(name, ranks, generators="XYZW", label="", **more):
    edits = tuple(
        edit(f"{name}:{n}", each) for n, each in zip(range(len(ranks)), generators, strict=False)
    )
    return Group(name, f"item-{name}", edits, ranks, label, **more)


def bench(*groups, ratings=()):
    return Benchmark("b", by_schema=True, sha256="", groups=groups, ratings=ratings)


def scored(benchmark, better):
    """Return scores that order each group as `better` says: rank -> score."""
    return Answers(
        scores={
            e.key: better(rank)
            for g in benchmark.groups
            for e, rank in zip(g.edits, g.ranks, strict=True)
        }
    )


def value(lines, part, metric, convention=""):
    (line,) = [x for x in lines if (x.part, x.metric, x.convention) == (part, metric, convention)]
    return line


def test_a_perfect_scorer_is_right_everywhere_and_a_reversed_one_nowhere():
    benchmark = bench(group("a", (1, 2)), group("b", (2, 1, 3)), group("c", (4, 3, 2, 1)))
    right = table(benchmark, scored(benchmark, lambda rank: -rank), n_replicates=50)
    wrong = table(benchmark, scored(benchmark, lambda rank: rank), n_replicates=50)
    for part in ("all", "K=2", "K=3", "K=4"):
        for metric in ("accuracy without ties", "accuracy with ties", "exact ranking"):
            assert value(right, part, metric).value == 1
            assert value(wrong, part, metric).value == 0
    assert value(right, "all", "accuracy without ties").n == 10
    assert value(right, "all", "exact ranking by chance").value == pytest.approx(
        (1 / 2 + 1 / 6 + 1 / 24) / 3
    )
    assert value(right, "generator: Z", "accuracy without ties").n == 2 + 3


def test_both_conventions_stand_beside_each_other():
    """The spelling A=B of a tie is read as A>B by the published evaluator."""
    benchmark = bench(group("a", (1, 1), label="A=B"), group("b", (1, 2), label="A>B"))
    lines = table(
        benchmark, Answers(scores={"a:0": 1, "a:1": 0.9, "b:0": 1, "b:1": 0}), n_replicates=20
    )
    assert value(lines, "all", "accuracy with ties").value == 1
    assert value(lines, "all", "accuracy with ties", "bench").value == 1
    assert value(lines, "all", "exact ranking").value == 1
    assert value(lines, "all", "exact ranking", "official").value == 0.5


def test_what_has_no_answer_is_left_out_never_a_tie():
    benchmark = bench(group("a", (1, 2)), group("b", (1, 2)), group("c", (1, 1)))
    lines = table(
        benchmark,
        Answers(scores={"a:0": 2, "a:1": 1, "b:0": 1}, missing={"b:1": "x"}),
        n_replicates=20,
    )
    line = value(lines, "all", "accuracy without ties")
    assert (line.value, line.n) == (1, 1)
    nothing = table(benchmark, Answers(missing={"a:0": "x"}), n_replicates=20)
    line = value(nothing, "all", "accuracy without ties")
    assert (line.value, line.why) == (None, "no decided pair has an answer")
    assert value(nothing, "all", "exact ranking").value is None


def test_a_judge_of_pairs_may_contradict_itself_and_call_ties():
    benchmark = bench(group("a", (1, 2, 3)), group("b", (1, 1)))
    answers = {("a", 0, 1): 1, ("a", 0, 2): -1, ("a", 1, 2): 1, ("b", 0, 1): 0}
    lines = table(benchmark, Answers(pairs=answers), n_replicates=50)
    assert value(lines, "all", "accuracy without ties").value == pytest.approx(2 / 3)
    assert value(lines, "all", "accuracy with ties").value == pytest.approx(3 / 4)
    assert value(lines, "all", "exact ranking").value == 0.5
    assert not [line for line in lines if line.convention]


def test_categories_are_parts_of_their_own():
    benchmark = bench(group("a", (1, 2), category="colour"), group("b", (2, 1), category="style"))
    answers = Answers(scores={"a:0": 1, "a:1": 0, "b:0": 1, "b:1": 0})
    lines = table(benchmark, answers, n_replicates=50)
    assert value(lines, "category: colour", "accuracy without ties").value == 1
    assert value(lines, "category: style", "accuracy without ties").value == 0


def ratings(*rows):
    return tuple(
        Rating(item, edit(f"{item}{name}", name), sum(raters) / len(raters), raters)
        for item, name, raters in rows
    )


def test_ratings_give_correlations_per_generator():
    rows = [(f"i{n}", name, (n / 4, n / 4)) for n in range(4) for name in "XY"]
    benchmark = bench(ratings=ratings(*rows))
    scores = {r.edit.key: r.human if r.edit.generator == "X" else 0.0 for r in benchmark.ratings}
    lines = table(benchmark, Answers(scores=scores), n_replicates=50)
    assert value(lines, "all", "correlation").value == pytest.approx(1)
    assert value(lines, "generator: X", "correlation").value == pytest.approx(1)
    constant = value(lines, "generator: Y", "correlation")
    assert (constant.value, constant.why) == (None, "its scores are constant")


def test_the_human_ceiling_holds_each_rater_against_the_others():
    rows = [(f"i{n}", name, (n / 4, (n + 1) / 4, n / 5)) for n in range(5) for name in "XY"]
    lines = ceiling(bench(ratings=ratings(*rows)), n_replicates=50)
    assert value(lines, "all", "correlation").value == pytest.approx(1)
    assert value(lines, "all", "correlation", "published").value < 0.7
    with pytest.raises(ScorerRefused, match="no scores of single people"):
        ceiling(bench(group("a", (1, 2))))


def test_chance_is_the_same_for_a_seed_and_near_its_expectation():
    benchmark = bench(*(group(f"g{n}", (1, 2, 3)) for n in range(400)))
    answers = RandomScorer(3).answer(benchmark, lambda *_: None)
    assert answers == RandomScorer(3).answer(benchmark, lambda *_: None)
    line = value(table(benchmark, answers, n_replicates=200), "all", "exact ranking")
    assert line.low < 1 / 6 < line.high


def test_a_model_scores_what_it_can_read_and_names_the_rest():
    def score(triples):
        for _, edited, _ in triples:
            if edited.read_bytes() == b"bad":
                raise ValueError("cannot read the image")
        return {"reward": [float(len(edited.read_bytes())) for _, edited, _ in triples]}

    def picture(content):
        return Picture("x", lambda: content)

    edits = (edit("a", picture=picture(b"ok!")), edit("b", picture=picture(b"bad")), edit("c"))
    benchmark = bench(Group("g", "i", edits, (1, 2, 3)))
    answers = ModelScorer("model:x", score).answer(benchmark, lambda *_: None)
    assert answers.scores == {"a": 3}
    assert answers.missing["b"] == "cannot read the image"
    assert answers.missing["c"] == "the edit or its source has no picture"
    with pytest.raises(ScorerRefused, match="none of the edits has its pictures"):
        ModelScorer("model:x", score).answer(bench(group("a", (1, 2))), lambda *_: None)


LINES = [
    Line("generator: A_1 & B|2", "accuracy", 0.5, 0.25, 0.75, 8, 4),
    Line("all", "correlation", None, None, None, 3, 3, "fisher", "all alike"),
]


def test_the_table_is_written_in_four_formats():
    markdown = as_markdown(LINES, title="t", benchmark="genai-bench")
    assert "|generator: A_1 & B\\|2|accuracy||0.5000|[0.2500, 0.7500]|8|4|" in markdown
    assert "undefined: all alike" in markdown
    assert "|EditReward (MiMo-VL-7B)|65.72|" in markdown
    assert "quoted" in markdown
    latex = as_latex(LINES, title="t", benchmark="b")
    assert r"generator: A\_1 \& B|2 & accuracy &  & 0.5000" in latex
    rows = list(csv.DictReader(io.StringIO(as_csv(LINES, title="t", benchmark="b"))))
    assert (rows[0]["value"], rows[1]["why"]) == ("0.5", "all alike")
    assert "quoted" not in as_markdown(LINES, title="t", benchmark="mmrb2-edit")
