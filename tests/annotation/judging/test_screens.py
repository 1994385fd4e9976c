"""The least screen: which evidence is enough, and that no rule comes too late for an answer."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from annotation.answers.context import answer_context
from annotation.answers.plain_form import form_values
from annotation.campaigns.services import change_settings
from annotation.errors import InvalidAnswer
from annotation.judging.services import screens
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment
from annotation.judging.services.screens import LeastScreen, check_screen
from annotation.models import Assignment, Campaign, Judgment
from annotation.queue.services.leases import lease_next
from tests.annotation.invariants import everything
from tests.factories import answer_data, make_campaign, make_member, make_queued, submit

LARGE = {"gamut": "p3", "pane": [400, 500], "device_pixel_ratio": 2}


def refused(evidence, least, field):
    with pytest.raises(InvalidAnswer) as refusal:
        check_screen(evidence, least)
    assert refusal.value.field == field
    return str(refusal.value)


@pytest.mark.parametrize(
    ("shown", "enough"),
    [
        ("srgb", {"", "srgb"}),
        ("p3", {"", "srgb", "p3"}),
        ("rec2020", {"", "srgb", "p3", "rec2020"}),
    ],
)
def test_a_wider_gamut_is_enough_and_a_narrower_is_not(shown, enough):
    for least in ("", "srgb", "p3", "rec2020"):
        if least in enough:
            check_screen({"gamut": shown}, LeastScreen(least, None))
        else:
            refused({"gamut": shown}, LeastScreen(least, None), "evidence.gamut")


@pytest.mark.parametrize("shown", [None, "", "cmyk", 3, ["p3"], {"p3": 1}])
def test_an_unknown_gamut_is_not_enough(shown):
    refused({"gamut": shown}, LeastScreen("srgb", None), "evidence.gamut")
    refused({}, LeastScreen("srgb", None), "evidence.gamut")


def test_the_longest_side_counts_in_pixels_of_the_device():
    check_screen({"pane": [200, 320], "device_pixel_ratio": 2}, LeastScreen("", 640))
    check_screen({"pane": [426.6, 10], "device_pixel_ratio": 1.5}, LeastScreen("", 640))
    small = {"pane": [639, 200], "device_pixel_ratio": 1}
    assert "640" in refused(small, LeastScreen("", 640), "evidence.pane")


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        {"pane": [900, 900]},
        {"device_pixel_ratio": 2},
        {"pane": None, "device_pixel_ratio": 2},
        {"pane": [900], "device_pixel_ratio": 2},
        {"pane": [900, "900"], "device_pixel_ratio": 2},
        {"pane": [900, 0], "device_pixel_ratio": 2},
        {"pane": [900, 10**400], "device_pixel_ratio": 2},
        {"pane": [900, 900], "device_pixel_ratio": True},
        {"pane": [900, 900], "device_pixel_ratio": -1},
        {"pane": {"0": 900}, "device_pixel_ratio": 1},
    ],
)
def test_a_size_that_is_not_reported_is_not_enough(evidence):
    refused(evidence, LeastScreen("", 64), "evidence.pane")


def test_both_rules_must_be_met():
    least = LeastScreen("p3", 1000)
    check_screen(LARGE, least)
    refused(LARGE | {"gamut": "srgb"}, least, "evidence.gamut")
    refused(LARGE | {"pane": [10, 10]}, least, "evidence.pane")


@pytest.fixture
def campaign(db):
    return make_campaign(least_gamut="p3", least_pane=800)


def lease(campaign):
    make_queued(campaign=campaign)
    return lease_next(campaign=campaign, annotator=make_member(campaign)).assignments[0]


def told_refused(act, field):
    before = everything()
    with pytest.raises(InvalidAnswer) as refusal:
        act()
    assert refusal.value.field == field
    assert everything() == before


def test_an_answer_from_less_is_refused_and_stores_nothing(campaign):
    assignment = lease(campaign)
    told_refused(lambda: submit(assignment), "evidence.gamut")
    told_refused(lambda: submit(assignment, cannot_judge="Too small."), "evidence.gamut")
    small = LARGE | {"pane": [300, 300]}
    told_refused(lambda: submit(assignment, evidence=small), "evidence.pane")
    assert submit(assignment, evidence=LARGE).state == "counted"


def test_the_api_says_what_to_do(campaign):
    assignment = lease(campaign)
    client = Client()
    client.force_login(assignment.annotator)
    before = everything()
    answer = client.post(
        f"/api/v1/assignments/{assignment.public_id}/judgment/",
        answer_data(evidence=LARGE | {"gamut": "srgb"}),
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["field"]) == (400, "evidence.gamut")
    assert "P3" in answer.json()["detail"]
    assert everything() == before


def test_the_plain_form_shows_the_refusal(campaign):
    assignment = lease(campaign)
    client = Client()
    client.force_login(assignment.annotator)
    data = answer_data()
    fields = form_values(data["scores"], data["verdict"]["ranks"], None, "")
    posted = fields | {"client_id": data["client_id"], "assignment": assignment.public_id}
    before = everything()
    page = client.post(reverse("judge", args=[campaign.slug]), posted)
    assert page.status_code == 422
    assert "JavaScript switched on" in page.content.decode()
    assert everything() == before


def test_a_rule_that_came_after_the_lease_loses_no_answer(db):
    campaign = make_campaign()
    assignment = lease(campaign)
    Assignment.objects.update(leased_at=Now() - timedelta(minutes=1))
    change_settings(campaign=campaign, actor=None, least_gamut="p3")
    change_settings(campaign=campaign, actor=None, least_gamut="rec2020", least_pane=800)
    assert submit(assignment).state == "counted"


def test_a_rule_binds_from_the_next_lease_on(db):
    campaign = make_campaign()
    submit(lease(campaign))
    change_settings(campaign=campaign, actor=None, least_gamut="p3")
    assignment = lease(campaign)
    Assignment.objects.filter(pk=assignment.pk).update(leased_at=Now() + timedelta(minutes=1))
    told_refused(lambda: submit(assignment), "evidence.gamut")


def test_a_rule_that_another_process_lifted_refuses_nothing(campaign):
    first, second = lease(campaign), lease(campaign)
    submit(first, evidence=LARGE)
    Campaign.objects.filter(pk=campaign.pk).update(least_gamut="", least_pane=None)
    assert submit(second).state == "counted"


def test_a_repeat_of_a_stored_answer_is_not_refused(campaign):
    assignment, client_id = lease(campaign), str(uuid.uuid4())
    first = submit(assignment, client_id=client_id, evidence=LARGE)
    again = submit(assignment, client_id=client_id)
    assert (again.public_id, again.created) == (first.public_id, False)
    assert Judgment.objects.count() == 1


def test_a_campaign_that_takes_any_screen_is_looked_up_once_in_a_while(db, monkeypatch):
    asked, fetch_rows = [], screens.fetch_rows
    monkeypatch.setattr(
        screens, "fetch_rows", lambda *query: asked.append(query) or fetch_rows(*query)
    )
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(screens, "time", SimpleNamespace(monotonic=lambda: clock.now))
    campaign = make_campaign()
    for _ in range(3):
        submit(lease(campaign))
    assert len(asked) == 1
    clock.now += screens.CACHE_SECONDS + 1
    submit(lease(campaign))
    assert len(asked) == 2


def answer_context_of(assignment):
    return answer_context(assignment.public_id, assignment.annotator_id)


def test_what_is_known_of_campaigns_is_bounded(campaign, monkeypatch):
    monkeypatch.setattr(screens, "MAX_KNOWN", 1)
    for _ in range(3):
        submit(lease(make_campaign()))
    assert len(screens._known) == 1


def revise(judgment, **changes):
    return revise_judgment(
        judgment_public_id=judgment.public_id,
        annotator=judgment.annotator,
        answer=read_answer(answer_context_of(judgment.assignment), answer_data() | changes),
    )


def test_a_change_on_a_lesser_screen_is_refused_and_one_by_the_plain_form_is_not(campaign):
    first = submit(lease(campaign), evidence=LARGE).judgment
    told_refused(lambda: revise(first, evidence=LARGE | {"gamut": "srgb"}), "evidence.gamut")
    assert revise(first).created
