"""Who is new learns first: training alone is served until enough of it is as expected."""

import pytest
from django.db import connection
from django.urls import reverse

from annotation.answers.context import answer_context
from annotation.campaigns.services import change_settings
from annotation.errors import DomainError, InvalidSetting
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment
from annotation.models import Campaign, CampaignEvent, Lane, Membership
from annotation.people.services import let_start
from annotation.queue.services.leases import lease_next
from tests.annotation.invariants import everything
from tests.factories import (
    answer_data,
    make_campaign,
    make_comparison,
    make_member,
    make_queued,
    make_reference,
    make_user,
    submit,
)

pytestmark = pytest.mark.django_db
WANTED = 4


@pytest.fixture
def campaign():
    """Six training comparisons, of which the latest four have to be 75 % as expected."""
    campaign = make_campaign(lead=make_user("boss"))
    for _ in range(6):
        make_reference(make_comparison(campaign=campaign), use="training")
    for _ in range(10):
        make_queued(campaign=campaign)
    return change_settings(campaign=campaign, actor=None, gate_answers=WANTED, gate_percent=75)


def served(campaign, person, ahead=1):
    return lease_next(campaign=campaign, annotator=person, ahead=ahead)


def train(campaign, person, *, right):
    """Answer the next comparison, which has to be training; the first candidate is expected."""
    (one,) = served(campaign, person).assignments
    assert one.lane == Lane.TRAINING
    wins = right == (one.shown_order == [0, 1])
    ranks = [1, 2] if wins else [2, 1]
    return one, submit(one, verdict={"ranks": ranks, "tie_kind": None})


def member(campaign, person):
    return Membership.objects.get(campaign=campaign, user=person, role="annotator")


def test_the_work_begins_once_enough_is_as_expected(campaign):
    person = make_member(campaign)
    for right in (True, False, True, True):
        assert member(campaign, person).qualified_at is None
        train(campaign, person, right=right)
    (one,) = served(campaign, person).assignments
    assert one.lane in {"coverage", "random"}
    assert member(campaign, person).qualified_at is not None


def test_the_latest_answers_decide_so_that_people_may_learn(campaign):
    person = make_member(campaign)
    for right in (False, False, True, True):
        train(campaign, person, right=right)
    train(campaign, person, right=True)
    (one,) = served(campaign, person).assignments
    assert one.lane != Lane.TRAINING


def test_who_does_not_pass_gets_no_work_and_reads_why(campaign, client):
    person = make_member(campaign)
    for _ in range(6):
        train(campaign, person, right=False)
    before = everything()
    result = served(campaign, person)
    assert (result.leases, result.reason) == ([], "not_qualified")
    assert "0 of your last 4 training answers are as expected; it takes 3" in result.detail
    assert everything() == before
    client.force_login(person)
    reply = client.post(
        reverse("api-next", args=[campaign.slug]), {"ahead": 3}, content_type="application/json"
    )
    assert (reply.status_code, reply.json()["reason"]) == (200, "not_qualified")
    page = client.get(reverse("judge", args=[campaign.slug])).content.decode()
    assert "No training is left. A lead can let you start without it." in page
    assert everything() == before


def test_a_change_after_the_explanation_does_not_count(campaign):
    person = make_member(campaign)
    for _ in range(WANTED):
        one, stored = train(campaign, person, right=False)

        ranks = [1, 2] if one.shown_order == [0, 1] else [2, 1]
        again = read_answer(
            answer_context(one.public_id, person.pk),
            answer_data(verdict={"ranks": ranks, "tie_kind": None}),
        )
        revise_judgment(judgment_public_id=stored.public_id, annotator=person, answer=again)
    (one,) = served(campaign, person).assignments
    assert one.lane == Lane.TRAINING


def test_several_leases_at_once_are_training_alone(campaign):
    lanes = {one.lane for one in served(campaign, make_member(campaign), ahead=3).assignments}
    assert lanes == {Lane.TRAINING}


def test_without_any_training_left_the_person_reads_that_too(campaign):

    person = make_member(campaign)
    campaign.queue.filter(lane=Lane.TRAINING).delete()
    result = served(campaign, person)
    assert (result.leases, result.reason) == ([], "not_qualified")
    assert "A lead can add some" in result.detail


def test_adjudicators_pass_without_the_gate(campaign):
    person = make_member(campaign)
    make_member(campaign, person, role="adjudicator")
    assert served(campaign, person).assignments[0].lane != Lane.TRAINING


def test_a_lead_lets_a_person_start_on_the_page_and_it_is_recorded(campaign, client):
    person = make_member(campaign)
    train(campaign, person, right=True)
    client.force_login(campaign.memberships.get(role="lead").user)
    address = reverse("person-actions", args=[campaign.slug, member(campaign, person).pseudonym])
    page = client.get(address).content.decode()
    assert "1 training answer of 4" in page
    assert "Let start without it" in page
    assert client.post(address, {"action": "let_start"}).status_code == 302
    assert served(campaign, person).assignments[0].lane != Lane.TRAINING
    event = CampaignEvent.objects.get(campaign=campaign, verb="let_start")
    assert event.detail == {"user": person.username}
    assert "Let start without it" not in client.get(address).content.decode()


def test_letting_somebody_start_twice_is_refused_and_changes_nothing(campaign):
    person = make_member(campaign)
    let_start(campaign=campaign, user=person, actor=None)
    before = everything(), CampaignEvent.objects.count()
    with pytest.raises(DomainError, match="may judge already"):
        let_start(campaign=campaign, user=person, actor=None)
    assert (everything(), CampaignEvent.objects.count()) == before


def test_who_judged_before_there_was_a_gate_goes_on(campaign):
    Campaign.objects.filter(pk=campaign.pk).update(gate_answers=0)
    campaign.refresh_from_db()
    person, new = make_member(campaign), make_member(campaign)
    submit(served(campaign, person).assignments[0])
    change_settings(campaign=campaign, actor=None, gate_answers=2)
    assert served(campaign, person).assignments[0].lane != Lane.TRAINING
    assert served(campaign, new).assignments[0].lane == Lane.TRAINING


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"gate_answers": 7}, "gate_answers"),
        ({"gate_answers": -1}, "gate_answers"),
        ({"gate_percent": 0}, "gate_percent"),
        ({"gate_percent": 101}, "gate_percent"),
    ],
)
def test_a_gate_that_nobody_can_pass_is_refused_and_changes_nothing(campaign, settings, field):
    before = Campaign.objects.values().get()
    with pytest.raises(InvalidSetting) as refusal:
        change_settings(campaign=campaign, actor=None, **settings)
    assert refusal.value.field == field
    assert Campaign.objects.values().get() == before


def test_the_settings_page_sets_the_gate(campaign, client):
    client.force_login(campaign.memberships.get(role="lead").user)
    page = client.get(reverse("campaign-settings", args=[campaign.slug]))
    form = page.context["form"]
    data = {name: value for name, value in form.initial.items() if value is not None}
    data |= {"gate_answers": 5, "gate_percent": 60}
    reply = client.post(reverse("campaign-settings", args=[campaign.slug]), data)
    assert reply.status_code == 302
    campaign.refresh_from_db()
    assert (campaign.gate_answers, campaign.gate_percent) == (5, 60)


def test_the_score_counts_the_latest_first_answers(campaign):
    person = make_member(campaign)
    for right in (True, True, False, True):
        train(campaign, person, right=right)
    with connection.cursor() as cursor:
        query = "SELECT * FROM annotation_training_score(%s, %s, %s)"
        for latest, right in ((4, 3), (2, 1), (1, 1)):
            cursor.execute(query, [campaign.pk, person.pk, latest])
            assert cursor.fetchone() == (4, right)
