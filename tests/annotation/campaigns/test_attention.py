"""What waits for a lead, at the head of the overview."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.timezone import now

from annotation.campaigns.attention import concerns_of
from annotation.campaigns.progress import progress_of
from annotation.models import Membership, PersonMessage, RuleAlert
from tests import factories as make
from tests.pages import part, parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return make.make_user()


@pytest.fixture
def campaign(lead):
    return make.make_campaign(lead=lead)


def concerns(campaign, *, days_from_now=0):
    today = now().date() + timedelta(days=days_from_now)
    return concerns_of(campaign, progress_of(campaign), today)


def appeal(campaign, person, **columns):
    return PersonMessage.objects.create(
        campaign=campaign,
        user=person,
        kind="warned",
        text="Please look longer.",
        appeal="I did look.",
        appealed_at=Now(),
        **columns,
    )


def test_in_a_quiet_campaign_nothing_waits(client, campaign, lead):
    make.make_queued(campaign=campaign)
    assert concerns(campaign) == []
    client.force_login(lead)
    page = client.get(reverse("campaign", args=[campaign.slug]))
    assert part(page, "#attention").text == "Nothing waits for you."


def test_a_draft_shows_its_setup_alone(client, lead):
    campaign = make.make_campaign(lead=lead, state="draft")
    client.force_login(lead)
    assert not parts(client.get(reverse("campaign", args=[campaign.slug])), "#attention")


def test_an_appeal_leads_to_the_person_until_it_is_answered(client, campaign, lead):
    person = make.make_member(campaign)
    message = appeal(campaign, person)
    (concern,) = concerns(campaign)
    assert person.username in concern.text
    client.force_login(lead)
    page = client.get(reverse("campaign", args=[campaign.slug]))
    pseudonym = Membership.objects.get(user=person).pseudonym
    target = reverse("person-actions", args=[campaign.slug, pseudonym])
    assert target in {each.attributes.get("href") for each in parts(page, "a")}
    assert client.get(target).status_code == 200
    PersonMessage.objects.filter(pk=message.pk).update(answer="Sorry.", answered_at=Now())
    assert concerns(campaign) == []


def test_an_appeal_in_another_campaign_does_not_wait_here(campaign):
    other = make.make_campaign()
    appeal(other, make.make_member(other))
    assert concerns(campaign) == []
    assert len(concerns(other)) == 1


def test_alerts_wait_until_they_are_dealt_with(campaign):
    alerts = [
        RuleAlert.objects.create(
            campaign=campaign,
            user=make.make_member(campaign),
            rule="one_side",
            action="warn",
            reason="Left 40 of 40.",
            n=40,
            done="told",
        )
        for _ in range(2)
    ]
    assert [(each.text, each.target) for each in concerns(campaign)] == [
        ("2 alerts of the quality rules wait.", "quality-rules")
    ]
    RuleAlert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(handled_at=Now())
    assert concerns(campaign) == []


def test_held_comparisons_wait_for_a_decision(campaign):
    make.make_comparison(campaign=campaign, held_at=now(), held_reason="Nobody left.")
    (concern,) = concerns(campaign)
    assert (concern.text, concern.query) == ("1 comparison waits for you.", "show=held")


def test_three_days_without_an_answer_are_said_while_work_is_left(campaign):
    make.make_judgment(make.make_queued(campaign=campaign), slot=1)
    assert concerns(campaign, days_from_now=2) == []
    (concern,) = concerns(campaign, days_from_now=3)
    assert "3 days" in concern.text
    for state in ("paused", "closed"):
        campaign.state = state
        assert concerns(campaign, days_from_now=3) == []


def test_before_the_first_answer_nobody_is_said_to_be_silent(campaign):
    make.make_queued(campaign=campaign)
    assert concerns(campaign, days_from_now=9) == []
