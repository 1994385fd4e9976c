"""The overview's numbers: one definition each, the same on every page."""

import pytest

from annotation.campaigns.progress import progress_of
from annotation.models import Membership
from annotation.people.selectors import people_of
from annotation.people.services import remove_role
from annotation.quality.selectors.agreement import agreement_report
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make.make_campaign(lead=make.make_user("lead"), overlap=2)


@pytest.fixture
def people(campaign):
    return [make.make_member(campaign, make.make_user(name)) for name in ("ann", "bob", "cy")]


@pytest.fixture
def answered(campaign, people):
    """Two judgments in force, and one answer of each kind that is none."""
    ann, bob, _ = people
    comparison = make.make_comparison(campaign=campaign)
    make.make_judgment(comparison, ann, slot=1)
    make.make_judgment(comparison, bob, slot=2)
    for lane in ("gold", "repeat", "training"):
        make.make_judgment(make.make_comparison(campaign=campaign), ann, lane=lane)
    make.make_judgment(make.make_comparison(campaign=campaign), ann, state="surplus")
    make.make_judgment(make.make_comparison(campaign=campaign), ann, cannot_judge="Too dark.")
    withdrawn = make.make_comparison(campaign=campaign)
    make.make_judgment(withdrawn, ann, slot=1)
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(withdrawn_at=withdrawn.created_at)


def test_judgments_in_force_are_the_same_on_overview_people_and_agreement(campaign, answered):
    assert progress_of(campaign).n_judged == 2
    assert sum(line.n_judgments for line in people_of(campaign)) == 2
    assert agreement_report(campaign).n_judgments == 2


def test_people_tells_all_answers_apart_from_those_in_force(campaign, answered):
    numbers = {
        line.user.username: (line.n_judgments, line.n_answers) for line in people_of(campaign)
    }
    assert numbers == {"ann": (1, 7), "bob": (1, 1), "cy": (0, 0), "lead": (0, 0)}


def test_lanes_that_do_not_count_show_their_answers(campaign, answered):
    lanes = {line.lane: line.n_answers for line in progress_of(campaign).lanes}
    assert lanes == {"coverage": 2, "gold": 1, "repeat": 1, "training": 1}


def test_people_at_work_are_never_more_than_there_are(campaign, people, answered):
    remove_role(campaign=campaign, user=people[0], role="annotator", actor=None)
    here = Membership.objects.filter(campaign=campaign, role="annotator", removed_at=None)
    assert (progress_of(campaign).n_recent_people, here.count()) == (1, 2)
