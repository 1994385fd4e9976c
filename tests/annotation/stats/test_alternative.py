"""The alternative annotator test: reference numbers, closed forms and what it promises."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from annotation.stats.alternative import (
    alternative_annotator_test,
    benjamini_yekutieli,
    person_comparisons,
)

NAN = np.nan


@pytest.fixture(scope="module")
def oracle(reference_data):
    path = reference_data / "oracles" / "alternative_annotator.json"
    return json.loads(path.read_text())["sets"]


def answers_of(path):
    """Return {column: answers (n_units,)} with classes as numbers, NaN = missing."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in rows[0] if name != "unit"]
    classes = sorted({row[name] for row in rows for name in columns if row[name]})
    number = {name: float(name) if name.isdigit() else classes.index(name) for name in classes}
    return {name: [number.get(row[name], NAN) for row in rows] for name in columns}


@pytest.mark.parametrize("name", ["mtbench", "cebab_stars"])
def test_both_data_sets_have_the_numbers_of_the_authors_code(reference_data, oracle, name):
    columns = answers_of(reference_data / "data" / "alternative_annotator" / f"{name}.csv")
    human = [columns[each] for each in columns if each.startswith("human:")]
    how = {"score": oracle[name]["score"], "epsilon": oracle[name]["epsilon"]}
    for model, expected in oracle[name]["models"].items():
        found = alternative_annotator_test(human, columns[f"model:{model}"], **how)
        assert found.winning_rate == expected["winning_rate"], model
        advantage = expected["advantage_probability"]
        assert found.advantage_probability == pytest.approx(advantage, rel=1e-12), model


def people(n_units, accuracy, seed):
    """Return answers of people (n_people, n_units), 0 or 1, each right with its accuracy."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=n_units)
    right = rng.random((len(accuracy), n_units)) < np.array(accuracy)[:, None]
    return np.where(right, truth, 1 - truth).astype(float)


def test_each_p_value_is_that_of_students_test():
    answers = people(80, [0.8, 0.8, 0.8, 0.75], seed=1)
    human, model = answers[:3], answers[3]
    found = alternative_annotator_test(human, model, epsilon=0.15)
    for person in range(3):
        others = np.delete(human, person, axis=0)
        of_model, of_person = ((others == one).mean(axis=0) for one in (model, human[person]))
        d = (of_person >= of_model).astype(float) - (of_model >= of_person)
        expected = ttest_1samp(d, 0.15, alternative="less").pvalue
        assert found.p_values[person] == pytest.approx(expected, rel=1e-10)


def test_a_model_that_answers_as_a_person_does_is_as_close_as_that_person():
    human = people(60, [0.8, 0.8, 0.8], seed=2)
    rows = person_comparisons(human, human[0])
    assert rows[0] == (1.0, 1.0, 60)
    assert all(row.n == 60 for row in rows)
    assert alternative_annotator_test(human, human[0]).p_values[0] == 0


def test_a_random_model_beside_careful_people_wins_against_nobody():
    human = people(200, [0.95, 0.95, 0.95], seed=3)
    coin = people(200, [0.5], seed=4)[0]
    found = alternative_annotator_test(human, coin)
    assert (found.winning_rate, found.rejected.tolist()) == (0, [False] * 3)
    perfect = np.round(human.mean(axis=0))
    assert alternative_annotator_test(human, perfect, epsilon=0).winning_rate == 1


def test_at_epsilon_itself_the_test_errs_as_rarely_as_it_promises():
    """People and model alike, epsilon = 0: the null holds with equality."""
    errors = [
        alternative_annotator_test(a[:3], a[3], epsilon=0).winning_rate > 0
        for a in (people(100, [0.8] * 4, seed=seed) for seed in range(400))
    ]
    assert np.mean(errors) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_more_tolerance_never_rejects_fewer_people():
    answers = people(120, [0.85, 0.8, 0.75, 0.7], seed=5)
    rates = [
        alternative_annotator_test(answers[:3], answers[3], epsilon=each).winning_rate
        for each in np.linspace(0, 0.6, 13)
    ]
    assert rates == sorted(rates)
    assert (rates[0], rates[-1]) == (0, 1)


def test_units_without_person_model_or_others_do_not_count():
    human = np.array([[1.0] * 40, [1.0] * 40, [NAN] * 40])
    model = np.ones(40)
    human[0, 0], human[1, 1], model[2] = NAN, NAN, NAN
    assert [row.n for row in person_comparisons(human, model)] == [37, 37, 0]
    found = alternative_annotator_test(human, model)
    assert (found.winning_rate, found.rejected.tolist()) == (1, [True, True, False])
    assert np.isnan(found.p_values).tolist() == [False, False, True]
    assert person_comparisons(human, model)[2] == (None, None, 0)


def test_people_with_too_few_units_are_not_tested():
    human = people(29, [0.9, 0.9], seed=6)
    found = alternative_annotator_test(human, human[0])
    assert (found.winning_rate, found.advantage_probability) == (None, None)
    assert np.isnan(found.p_values).all()
    assert not found.rejected.any()
    assert alternative_annotator_test(human, human[0], min_units=29).winning_rate is not None


def test_an_error_in_the_last_bit_is_still_the_same_distance():
    human = np.array([[0.3] * 30, [0.0] * 30, [0.1] * 30])
    model = np.full(30, 0.1 + 0.2)
    assert person_comparisons(human, model, score="neg_rmse")[0] == (1.0, 1.0, 30)


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0.01, 0.5))
def test_the_false_discovery_bound_is_the_published_step_up(p_values, q):
    m, harmonic = len(p_values), sum(1 / k for k in range(1, len(p_values) + 1))
    ranked = sorted(p_values)
    k = max((k for k in range(1, m + 1) if ranked[k - 1] <= k * (q / harmonic) / m), default=0)
    rejected = benjamini_yekutieli(p_values, q)
    assert abs(int(rejected.sum()) - k) <= sum(p == ranked[k - 1] for p in p_values) * (k > 0)
    kept = [p for p, out in zip(p_values, rejected, strict=True) if not out]
    assert all(p <= min(kept, default=1) for p in np.array(p_values)[rejected])


@pytest.mark.parametrize(
    ("human", "model", "how", "message"),
    [
        ([[1, 2]], [1, 2], {}, "two people or more"),
        ([[1, 2], [2, 1]], [1], {}, "model must have the shape"),
        ([[1, 2], [2, 1]], [1, np.inf], {}, "model must be finite"),
        ([[1, np.inf], [2, 1]], [1, 1], {}, "ratings must be finite"),
        ([[1, 2], [2, 1]], [1, 1], {"score": "kappa"}, "score must be one of"),
        ([[1, 2], [2, 1]], [1, 1], {"epsilon": 1.5}, "epsilon must lie"),
        ([[1, 2], [2, 1]], [1, 1], {"q": 0}, "q above 0"),
        ([[1, 2], [2, 1]], [1, 1], {"min_units": 1}, "min_units must be"),
    ],
)
def test_bad_input_is_refused_by_name(human, model, how, message):
    with pytest.raises(ValueError, match=message):
        alternative_annotator_test(human, model, **how)
