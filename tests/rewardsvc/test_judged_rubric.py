"""Which rubric version a run learns from: the newest that people judged under."""

import pytest

from annotation.snapshots.services import freeze, write_folder
from rewardsvc.core.data.preferences import build_data
from rewardsvc.core.snapshot import read_snapshot
from tests.annotation.studies import make_study
from tests.factories import (
    make_campaign,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_rubric,
)

pytestmark = pytest.mark.django_db

FEWER = ("instruction_following",)


@pytest.fixture
def study(media_root):
    """A campaign judged under version 1, of two dimensions; version 2 has one and no answer."""
    campaign, people, comparisons = make_study(n_items=3, n_people=2, held_out=0)
    make_rubric(campaign, dimensions=FEWER)
    return campaign, people, comparisons


def answer_under_newest(campaign, **columns):
    """Have one more person answer a new comparison, under the newest published version."""
    item = make_item(campaign, files=True, random_arm=False, held_out=False)
    return make_judgment(make_comparison(item, files=True), make_member(campaign), **columns)


def frozen(campaign, folder):
    return read_snapshot(write_folder(freeze(campaign=campaign), folder))


def test_a_version_that_nobody_judged_under_drops_no_dimension(study, tmp_path):
    campaign, _, _ = study
    snapshot = frozen(campaign, tmp_path / "frozen")
    data = build_data(snapshot)
    assert snapshot.dimensions == data.dimensions == ("instruction_following", "visual_quality")
    assert data.rubric["version"] == 1
    assert data.rubric_versions == ("1",)
    assert [dimension["slug"] for dimension in data.rubric["dimensions"]] == list(data.dimensions)


def test_the_first_answer_under_a_version_makes_it_the_one_to_learn(study, tmp_path):
    campaign, _, _ = study
    answer_under_newest(campaign)
    data = build_data(frozen(campaign, tmp_path / "frozen"))
    assert data.dimensions == FEWER
    assert (data.rubric["version"], data.rubric_versions) == (2, ("1", "2"))


def test_answers_that_do_not_count_leave_the_version_to_the_others(study, tmp_path):
    campaign, _, _ = study
    answer_under_newest(campaign, state="surplus")
    data = build_data(frozen(campaign, tmp_path / "frozen"))
    assert data.dimensions == ("instruction_following", "visual_quality")
    assert data.rubric["version"] == 1


def test_without_any_answer_the_newest_published_version_is_described(media_root, tmp_path):
    campaign = make_campaign()
    make_rubric(campaign, dimensions=FEWER)
    make_comparison(campaign=campaign, files=True)
    snapshot = frozen(campaign, tmp_path / "frozen")
    assert snapshot.dimensions == FEWER
    assert snapshot.rubric["version"] == 2
