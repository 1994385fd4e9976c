import itertools
import json

import numpy as np
import pytest

from annotation.answers.parsing import Scale, parse_answer
from annotation.stats.agreement import krippendorff_alpha
from demo.experts import (
    PERSONAS,
    Persona,
    Quality,
    answer,
    as_json,
    load_personas,
    ranked,
    unknown_quality,
)
from demo.pictures.writing import DEFAULT_SEED, plans

DIMENSIONS = ("instruction_following", "visual_quality")
SCALES = [Scale(slug, frozenset({1, 2, 3, 4})) for slug in DIMENSIONS]
EXACT = Persona("sim-exact", {"": 0.0}, careless=0.0, cannot_judge=0.0, tie_within=0.01)


def quality(following, visual, *faults):
    return Quality({DIMENSIONS[0]: following, DIMENSIONS[1]: visual}, faults)


def judged(n_items=60):
    """Three random personas on every pair: ratings per dimension, (6, n_comparisons * 2)."""
    rng = np.random.default_rng(0)
    rows = list(plans(n_items, DEFAULT_SEED))
    pairs = list(itertools.product(range(n_items), itertools.combinations(range(4), 2)))
    ratings = [np.full((len(PERSONAS), len(pairs) * 2), np.nan) for _ in DIMENSIONS]
    hits = []
    for unit, (item, pair) in enumerate(pairs):
        worth = {n: rows[item][n] for n in pair}
        for number in rng.permutation(len(PERSONAS))[:3]:
            order = [int(n) for n in rng.permutation(pair)]
            shown = [
                (
                    f"{item}-{n}",
                    quality(
                        worth[n].instruction_following,
                        worth[n].visual_quality,
                        *(name for name, _ in worth[n].faults),
                    ),
                )
                for n in order
            ]
            given = answer(PERSONAS[number], shown, DIMENSIONS, seed=7)
            if given.scores is None:
                continue
            for place, n in enumerate(order):
                for d in range(2):
                    ratings[d][number, unit * 2 + pair.index(n)] = given.scores[place][d]
            total = [worth[n].instruction_following + worth[n].visual_quality for n in order]
            if given.ranks[0] != given.ranks[1] and abs(total[0] - total[1]) > 0.15:
                hits.append((given.ranks[0] < given.ranks[1]) == (total[0] > total[1]))
    return ratings, float(np.mean(hits))


def test_experts_agree_about_as_much_as_published_ones_do():
    ratings, share_right = judged()
    for table in ratings:
        assert 0.55 < krippendorff_alpha(table, "ordinal") < 0.76
    assert 0.78 < share_right < 0.95


@pytest.mark.parametrize("k", [2, 3, 4])
def test_every_answer_is_one_the_service_accepts(k):
    rng = np.random.default_rng(k)
    seen = set()
    for n, persona in itertools.product(range(150), PERSONAS):
        shown = [(f"{n}-{i}", quality(*rng.uniform(1, 4, 2))) for i in range(k)]
        given = answer(persona, shown, DIMENSIONS, seed=n)
        data = {
            "client_id": "6f1cf9a7-5b0c-4b0e-9d6e-0d9b7d1f8a11",
            "active_ms": given.active_ms,
            "cannot_judge": given.cannot_judge or None,
        }
        if given.scores is not None:
            columns = zip(*given.scores, strict=True)
            data["scores"] = {s: list(c) for s, c in zip(DIMENSIONS, columns, strict=True)}
            data["verdict"] = {"ranks": list(given.ranks), "tie_kind": given.tie_kind}
        parsed = parse_answer(data, k=k, dimensions=SCALES)
        assert (parsed.scores, parsed.ranks, parsed.tie_kind) == (
            given.scores,
            given.ranks,
            given.tie_kind,
        )
        seen.add("declined" if given.scores is None else given.tie_kind or "ranked")
    assert {"ranked", "declined"} <= seen
    if k == 2:
        assert {"good", "bad"} <= seen


def test_an_exact_expert_answers_the_truth():
    shown = [("a", quality(1.2, 3.9)), ("b", quality(3.6, 2.2)), ("c", quality(2.0, 1.0))]
    given = answer(EXACT, shown, DIMENSIONS, seed=0)
    assert given.scores == ((1, 4), (4, 2), (2, 1))
    assert given.ranks == (2, 1, 3)
    assert given.tie_kind is None


def test_a_tie_is_good_or_bad_by_its_level():
    tied = Persona("sim-tied", {"": 0.0}, tie_within=5, careless=0.0, cannot_judge=0.0)
    good = answer(tied, [("a", quality(4, 4)), ("b", quality(3, 3))], DIMENSIONS, seed=0)
    bad = answer(tied, [("a", quality(1, 1)), ("b", quality(2, 2))], DIMENSIONS, seed=0)
    assert (good.ranks, good.tie_kind) == ((1, 1), "good")
    assert (bad.ranks, bad.tie_kind) == ((1, 1), "bad")


def test_the_same_question_gets_the_same_answer():
    shown = [("a", quality(2, 3)), ("b", quality(3, 2))]
    first = answer(PERSONAS[0], shown, DIMENSIONS, seed=1)
    assert first == answer(PERSONAS[0], shown, DIMENSIONS, seed=1)
    others = {answer(PERSONAS[0], shown, DIMENSIONS, seed=s).active_ms for s in range(2, 9)}
    assert len(others) > 1


def test_a_first_bonus_shows_as_a_preference_for_the_first_position():
    def first_wins(bonus):
        persona = Persona("sim-p", {"": 0.4}, first_bonus=bonus, tie_within=0.0, careless=0.0)
        shown = [[(f"{n}a", quality(2.5, 2.5)), (f"{n}b", quality(2.5, 2.5))] for n in range(400)]
        given = [answer(persona, pair, DIMENSIONS, seed=2) for pair in shown]
        return np.mean([g.ranks[0] < g.ranks[1] for g in given if g.ranks])

    assert abs(first_wins(0.0) - 0.5) < 0.08
    assert first_wins(0.4) > 0.65


def test_a_dislike_costs_the_second_dimension_only():
    fond = Persona("sim-c", {"": 0.0}, dislikes={"cast": 1.0}, careless=0.0, cannot_judge=0.0)
    shown = [("a", quality(3, 3, "cast")), ("b", quality(3, 3))]
    assert answer(fond, shown, DIMENSIONS, seed=0).scores == ((3, 2), (3, 3))


def test_ranks_are_dense_and_ties_are_measured_from_the_best_of_a_group():
    assert ranked(np.array([3.0, 2.9, 2.8, 1.0]), within=0.15) == (1, 1, 2, 3)
    assert ranked(np.array([1.0, 4.0]), within=0.0) == (2, 1)
    assert ranked(np.array([2.0, 2.0, 2.0]), within=0.1) == (1, 1, 1)


def test_unknown_quality_is_drawn_once_and_for_all():
    assert unknown_quality("a", DIMENSIONS, seed=1) == unknown_quality("a", DIMENSIONS, seed=1)
    assert unknown_quality("a", DIMENSIONS, seed=1) != unknown_quality("b", DIMENSIONS, seed=1)
    assert unknown_quality("a", DIMENSIONS, seed=1) != unknown_quality("a", DIMENSIONS, seed=2)


def test_personas_survive_a_file(tmp_path):
    path = tmp_path / "personas.json"
    path.write_text(as_json(PERSONAS), encoding="utf-8")
    assert load_personas(path) == PERSONAS


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([], "list of personas"),
        ([{"name": "ada"}], "must begin"),
        ([{"name": "sim-a", "noises": 1}], "noises"),
        ([{"name": "sim-a", "seconds": "long"}], "seconds"),
        ([{"name": "sim-a", "noise": {"": "much"}}], "noise"),
        ([{"name": "sim-a"}, {"name": "sim-a"}], "same name"),
        (["sim-a"], "expected an object"),
    ],
)
def test_a_file_that_is_no_list_of_personas_is_refused(tmp_path, rows, complaint):
    path = tmp_path / "personas.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        load_personas(path)
