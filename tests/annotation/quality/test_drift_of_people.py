"""When a person's answers became worse."""

import numpy as np
import pytest

from annotation.quality.selectors.drift import Series, drift_of, ewma_of, version_marks
from annotation.quality.selectors.people_quality import people_quality, quality_data
from tests.factories import (
    make_campaign,
    make_comparison,
    make_judgment,
    make_member,
    make_reference,
    make_rubric,
)


class Rows:
    """The two columns of answers that a drift reads."""

    def __init__(self, n):
        self.at = np.arange(n, dtype=float)
        self.rubric = np.ones(n, dtype=np.int64)


def drift(value):
    series = Series(np.arange(len(value)), np.asarray(value, dtype=float))
    return drift_of(series, Rows(len(value)), {1: 1})


def right(share, n, seed):
    return np.random.default_rng(seed).random(n) < share


def test_a_fall_from_nine_in_ten_to_half_is_found_after_it_began():
    found = [
        drift(np.concatenate([right(0.9, 200, seed), right(0.5, 150, seed + 1_000)]))
        for seed in range(40)
    ]
    assert sum(one.signal is not None and one.signal >= 200 for one in found) >= 38
    late = [one.signal for one in found if one.signal is not None]
    assert np.median(late) < 250


def test_whoever_stays_as_good_is_seldom_signalled_in_a_thousand_answers():
    alarms = [drift(right(0.85, 1_000, seed)).signal is not None for seed in range(300)]
    assert sum(alarms) <= 6


def test_answers_on_which_the_others_were_divided_signal_nothing():
    assert drift([1.0] * 100 + [0.5] * 400).signal is None
    assert drift([1.0] * 100 + [0.0] * 100).signal is not None


def test_too_few_answers_are_undefined_with_the_number_that_is_missing():
    found = drift([1.0] * 149)
    assert (found.signal, found.baseline, found.n) == (None, None, 149)
    assert "149 of the 150" in found.why
    assert drift([1.0] * 150).why is None


def test_the_moving_average_is_the_recursion_by_hand():
    values = right(0.8, 150, 5).astype(float)
    level = values[:100].mean()
    for value in values:
        level = 0.9 * level + 0.1 * value
    series = Series(np.arange(150), values)
    assert ewma_of(series).series[-1] == pytest.approx(level)
    assert drift(values).latest == pytest.approx(level)


def test_only_the_first_answer_under_a_newer_version_is_marked():
    versions = {7: 1, 8: 2, 9: 3}
    assert version_marks(np.array([7, 7, 8, 7, 8, 9]), versions) == [(2, 2), (5, 3)]
    assert version_marks(np.array([], dtype=np.int64), versions) == []


@pytest.mark.django_db
def test_golds_repeats_and_agreement_stand_in_order_of_submission():
    campaign = make_campaign(overlap=2)
    person, other = make_member(campaign), make_member(campaign)
    shared = make_comparison(campaign=campaign)
    make_judgment(shared, other, ranks=[2, 1], slot=2)
    make_judgment(shared, person, ranks=[1, 2], slot=1)
    gold = make_comparison(campaign=campaign)
    make_reference(gold, use="gold")
    newer = make_rubric(campaign)
    make_judgment(gold, person, lane="gold", ranks=[1, 2], rubric=newer)
    make_judgment(shared, person, lane="repeat", ranks=[1, 2], rubric=newer)
    series = quality_data(campaign).series(person.pk)
    assert series.value.tolist() == [0, 1, 1]
    (found,) = (one for one in people_quality(campaign) if one.user_id == person.pk)
    assert (found.drift.n, found.drift.versions) == (3, [(1, 2)])
