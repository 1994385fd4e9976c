"""Hours of sessions, agreement of every two people, and the geometry of the control chart."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from annotation.charts.control import control_chart
from annotation.quality.selectors.drift import Series
from annotation.quality.selectors.matrix import agreement_matrix, cells_of
from annotation.quality.selectors.people_quality import quality_data
from annotation.quality.selectors.sessions import by_hour, hours_of_sessions, wall_clock_pace
from tests.factories import make_campaign, make_comparison, make_judgment, make_member
from tests.pilots import make_pilot

HOUR = 3_600


def rows(at, annotator, **columns):
    n = len(at)
    usual = {"source": np.arange(n), "worked_ms": np.full(n, 1_000.0)}
    return SimpleNamespace(at=np.array(at, float), annotator=np.array(annotator), **usual | columns)


def test_half_an_hour_without_an_answer_begins_a_session_for_that_person_alone():
    steps = [0, 1_500, 3_000, 4_500]
    found = hours_of_sessions(rows([*steps, 4_500 + 1_800, 100], [1, 1, 1, 1, 1, 2]))
    assert found.tolist() == [0, 0, 0, 1, 0, 0]


def test_wall_clock_pace_leaves_breaks_out_and_finds_the_busiest_minute():
    at = [0, 30, 60, 61, 62, 63, 9_000, 9_030]
    found = wall_clock_pace(np.array(at, float))
    assert (found.n, found.minutes) == (8, pytest.approx(93 / 60))
    assert found.per_minute == pytest.approx(6 / (93 / 60))
    # 30 to 63: an answer exactly a minute earlier is outside.
    assert found.most_in_a_minute == 5


def test_answers_at_one_moment_have_no_rate_and_one_answer_has_no_pace():
    assert wall_clock_pace(np.full(3, 5.0)).per_minute is None
    assert wall_clock_pace(np.array([5.0])) is None


def test_each_hour_has_its_share_right_and_its_median_time():
    at = [*range(0, 3 * HOUR, 900)]
    times = np.array([1_000.0, 3_000.0] * 6)
    value = np.array([1.0] * 4 + [1.0, 0.0] * 2 + [0.0] * 4)
    lines = by_hour(rows(at, [1] * 12, worked_ms=times), Series(np.arange(12), value))
    assert [(line.hour, line.n, line.right.value) for line in lines] == [
        (1, 4, 1.0),
        (2, 4, 0.5),
        (3, 4, 0.0),
    ]
    assert [line.median_seconds for line in lines] == [2.0] * 3


def test_hours_beyond_the_sixth_stand_together_and_unchecked_ones_say_why():
    at = [*range(0, 9 * HOUR, 1_200)]
    none = Series(np.zeros(0, dtype=np.int64), np.zeros(0))
    lines = by_hour(rows(at, [1] * len(at)), none)
    assert [line.hour for line in lines] == [1, 2, 3, 4, 5, 6, 7]
    assert (lines[-1].is_last, lines[-1].n) == (True, 9)
    assert (lines[0].right.value, bool(lines[0].right.why)) == (None, True)


@pytest.mark.django_db
def test_every_two_people_agree_as_counting_their_shared_winners_says():
    pilot = make_pilot(n_comparisons=60, n_golds=0, n_repeats=0)
    data = quality_data(pilot.campaign)
    votes = {}
    for judgment in pilot.campaign.judgments.all():
        if judgment.ranks[0] != judgment.ranks[1]:
            votes.setdefault(judgment.comparison_id, {})[judgment.annotator_id] = judgment.ranks
    counted = {}
    for voters in votes.values():
        for one, two in combinations(sorted(voters), 2):
            counted.setdefault((one, two), []).append(voters[one] == voters[two])
    for row in agreement_matrix(data):
        for cell in filter(None, row.cells):
            same = counted[tuple(sorted((row.member.user_id, cell.other.user_id)))]
            assert cell.share.n == len(same)
            assert cell.share.value == pytest.approx(np.mean(same))
    own = data.members[0]
    values = [cell.share.value for cell in cells_of(data, own)]
    assert values == sorted(values)
    assert len(values) == 5


@pytest.mark.django_db
def test_two_people_who_share_nothing_have_a_reason_and_no_tint():
    campaign = make_campaign()
    people = [make_member(campaign) for _ in range(2)]
    for person in people:
        make_judgment(make_comparison(campaign=campaign), person, slot=1)
    (row, _) = agreement_matrix(quality_data(campaign))
    (cell,) = filter(None, row.cells)
    assert (cell.share.value, cell.tint) == (None, "")
    assert cell.share.why


def test_the_control_chart_spans_its_frame_and_thins_long_series():
    n = 5_000
    flat = [0.5] * n
    chart = control_chart(flat, ([0.0] * n, [1.0] * n), target=0.5, marks=[(n - 1, "fell", "x")])
    points = [tuple(map(float, point.split(","))) for point in chart.line.split()]
    assert len(points) == 400
    assert (points[0][0], points[-1][0]) == (chart.left, chart.right)
    assert {y for _, y in points} == {chart.target} == {(chart.top + chart.bottom) / 2}
    assert chart.marks[0].at == chart.right
    assert len(chart.band.split()) == 800
    assert control_chart([], ([], []), target=0.5) is None
