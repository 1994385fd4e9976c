"""The judging page as a plain form: everything works without JavaScript."""

import json
import re

import pytest
from django.urls import reverse

from annotation.answers.plain_form import input_name
from annotation.models import Assignment, Campaign, Judgment
from tests import factories as make
from tests.annotation.invariants import everything
from tests.pages import messages_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make.make_campaign(overlap=2)


@pytest.fixture
def alice(campaign, client):
    person = make.make_member(campaign)
    client.force_login(person)
    return person


@pytest.fixture
def page(campaign):
    return reverse("judge", args=[campaign.slug])


@pytest.fixture
def assignment(campaign, alice, client, page):
    make.make_queued(campaign=campaign)
    client.get(page)
    return Assignment.objects.get()


def form(assignment, **changes):
    fields = {
        "assignment": str(assignment.public_id),
        "client_id": make.answer_data()["client_id"],
        "score-0-instruction_following": "4",
        "score-1-instruction_following": "2",
        "score-0-visual_quality": "3",
        "score-1-visual_quality": "1",
        "rank-0": "1",
        "rank-1": "2",
        "tie_kind": "",
        "cannot_judge": "",
        "note": "",
        "action": "submit",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def test_the_page_leases_and_shows_the_next_comparison(client, campaign, alice, page):
    make.make_queued(make.make_item(campaign, instruction="Turn <b>blue</b>."))
    response = client.get(page)
    assignment = Assignment.objects.get()
    html = response.content.decode()
    assert response.status_code == 200
    assert response.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert response.context["work"]["assignment"]["id"] == assignment.public_id
    assert "Turn &lt;b&gt;blue&lt;/b&gt;." in html
    assert html.count(f"/media/a/{assignment.public_id}/") >= 3
    assert "10" in response.context["progress"]["left_words"]
    assert client.get(page).context["work"]["assignment"]["id"] == assignment.public_id


def test_the_work_is_in_the_page_as_json_too(client, assignment, page):
    html = client.get(page).content.decode()
    data = json.loads(re.search(r'<script id="work"[^>]*>(.*?)</script>', html, re.DOTALL)[1])
    assert data["reason"] is None
    assert data["assignment"]["id"] == str(assignment.public_id)
    assert len(data["assignment"]["candidates"]) == 2


@pytest.mark.parametrize("reason", ["done", "waiting", "paused", "not_qualified"])
def test_an_empty_page_says_why(client, campaign, alice, page, reason):
    if reason == "waiting":
        comparison = make.make_queued(campaign=campaign, overlap=1)
        make.make_assignment(comparison, slot=1)
    elif reason == "paused":
        Campaign.objects.filter(pk=campaign.pk).update(state="paused")
    elif reason == "not_qualified":
        client.force_login(make.make_member(campaign, role="lead"))
    response = client.get(page)
    assert response.status_code == 200
    assert response.context["work"] == {"assignment": None, "reason": reason}


def test_a_complete_answer_is_stored_and_leads_to_the_next(client, campaign, assignment, page):
    response = client.post(page, form(assignment, note="a\r\nb"))
    assert (response.status_code, response.url) == (302, page)
    judgment = Judgment.objects.get()
    shown = [judgment.scores[index] for index in assignment.shown_order]
    assert shown == [[4, 3], [2, 1]]
    assert (judgment.note, judgment.active_ms, judgment.evidence) == ("a\nb", None, {})
    progress = client.get(page).context["progress"]
    assert (progress["mine"], progress["done_today"]) == (1, 1)


def test_posting_twice_stores_once(client, assignment, page):
    fields = form(assignment)
    client.post(page, fields)
    before = everything()
    assert client.post(page, fields).status_code == 302
    assert everything() == before


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"score-1-visual_quality": None}, "score-1-visual_quality"),
        ({"score-0-instruction_following": "5"}, "score-0-instruction_following"),
        ({"score-0-instruction_following": "²"}, "score-0-instruction_following"),
        ({"rank-1": ""}, "rank-1"),
        ({"rank-0": "2", "rank-1": "2"}, "rank-0"),
        ({"rank-1": "1"}, "tie_kind"),
        ({"tie_kind": "good"}, "tie_kind"),
        ({"note": "x" * 4001}, "note"),
        ({"client_id": "x"}, "client_id"),
        ({"action": "skip"}, "skip_reason"),
        ({"action": "skip", "skip_reason": " "}, "skip_reason"),
    ],
)
def test_an_incomplete_answer_comes_back_as_it_was_entered(client, assignment, page, change, name):
    fields = form(assignment, **change)
    before = everything()
    response = client.post(page, fields)
    assert response.status_code == 422
    assert list(response.context["form_errors"]) == [name]
    assert response.context["work"]["assignment"]["id"] == assignment.public_id
    assert response.context["values"] == fields
    assert everything() == before
    if name != "client_id":
        assert response.context["client_id"] == fields["client_id"]


def test_a_reason_not_to_judge_needs_nothing_else(client, assignment, page):
    fields = {
        "assignment": str(assignment.public_id),
        "client_id": make.answer_data()["client_id"],
        "cannot_judge": "An image is broken",
        "action": "submit",
    }
    assert client.post(page, fields).status_code == 302
    assert Judgment.objects.get().cannot_judge == "An image is broken"


def test_a_skip_moves_on(client, assignment, page):
    response = client.post(page, form(assignment, action="skip", skip_reason="I made it"))
    assert response.status_code == 302
    assignment.refresh_from_db()
    assert (assignment.state, assignment.skip_reason) == ("skipped", "I made it")
    assert client.get(page).context["work"]["reason"] == "done"


def test_a_second_answer_is_refused_with_a_message(client, assignment, page):
    make.submit(assignment)
    before = everything()
    response = client.post(page, form(assignment), follow=True)
    assert list(messages_of(response)) == ["warning"]
    assert everything() == before


def test_a_surplus_answer_is_said_to_be_kept(client, campaign, assignment, page):
    campaign.memberships.update(removed_at="2020-01-01T00:00Z")
    campaign.memberships.create(user=assignment.annotator, role="lead")
    response = client.post(page, form(assignment), follow=True)
    assert list(messages_of(response)) == ["warning"]
    assert Judgment.objects.get().surplus


@pytest.mark.parametrize("assignment_id", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_assignment_is_not_found(client, campaign, assignment, page, assignment_id):
    response = client.post(page, form(assignment) | {"assignment": assignment_id})
    assert response.status_code == 404


def test_an_assignment_of_somebody_else_or_of_another_campaign_is_not_found(
    client, campaign, alice, page
):
    theirs = make.make_assignment(make.make_comparison(campaign=campaign))
    other = make.make_campaign()
    elsewhere = make.make_assignment(
        make.make_comparison(campaign=other), make.make_member(other, alice)
    )
    before = everything()
    assert client.post(page, form(theirs)).status_code == 404
    assert client.post(page, form(elsewhere)).status_code == 404
    assert everything() == before


def test_strangers_see_no_page_and_visitors_sign_in_first(client, campaign, page):
    assert client.get(page).status_code == 302
    client.force_login(make.make_member(make.make_campaign()))
    assert client.get(page).status_code == 404


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("scores.visual_quality[1]", "score-1-visual_quality"),
        ("scores.visual_quality", "score-0-visual_quality"),
        ("verdict.ranks[2]", "rank-2"),
        ("verdict.ranks", "rank-0"),
        ("verdict.tie_kind", "tie_kind"),
        ("note", "note"),
    ],
)
def test_a_field_of_the_api_has_its_form_field(field, name):
    assert input_name(field) == name
