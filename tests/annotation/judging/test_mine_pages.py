"""The pages and the API of a person's own answers."""

import json
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from annotation.answers.plain_form import answer_data as from_form
from annotation.answers.plain_form import form_values
from annotation.models import Campaign, Judgment
from annotation.people.services import pause_annotator, resume_annotator
from annotation.people.skills import set_skills
from annotation.queue.services.leases import CAPPED, CAPPED_TODAY, lease_next
from tests.annotation.invariants import everything
from tests.factories import (
    DIMENSIONS,
    answer_data,
    make_assignment,
    make_campaign,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_queued,
    submit,
)
from tests.pages import messages_of, part

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(media_root):
    return make_campaign(revise_minutes=60)


@pytest.fixture
def alice(campaign):
    return make_member(campaign)


@pytest.fixture
def client(alice):
    made = Client()
    made.force_login(alice)
    return made


@pytest.fixture
def first(campaign, alice):
    lease = make_assignment(make_queued(campaign=campaign), alice, slot=1, shown_order=[1, 0])
    return submit(lease, note="A first look.").judgment


def plain(**changes):
    given = answer_data()
    values = form_values(given["scores"], [2, 1], None, "Looked again.")
    return values | {"client_id": given["client_id"]} | changes


def change_address(judgment):
    return reverse("mine-change", args=[judgment.campaign.slug, judgment.public_id])


def text(response):
    return response.content.decode()


def test_form_values_undo_what_the_form_posts():
    given = answer_data(k=3)
    ranks = [1, 2, 1]
    posted = form_values(given["scores"], ranks, None, "Why.")
    read = from_form(posted, k=3, slugs=DIMENSIONS)
    assert read["scores"] == given["scores"]
    assert read["verdict"] == {"ranks": ranks, "tie_kind": None}
    assert read["note"] == "Why."


def test_the_list_shows_the_answer_and_nothing_about_generators(client, campaign, first):
    shown = text(client.get(reverse("mine", args=[campaign.slug])))
    assert first.comparison.item.instruction in shown
    assert "A first look." in shown
    assert change_address(first) in shown
    for candidate in first.comparison.item.candidates.select_related("generator", "image"):
        assert candidate.generator.name not in shown
        assert candidate.image.sha256 not in shown


def test_the_list_turns_its_pages(client, campaign, alice):
    for _ in range(22):
        make_judgment(make_comparison(campaign=campaign), alice)
    address = reverse("mine", args=[campaign.slug])
    page = client.get(address).context["page"]
    assert len(page.judgments) == 20
    older = client.get(address, {"before": page.older})
    assert len(older.context["page"].judgments) == 2
    assert older.context["page"].older is None


@pytest.mark.parametrize("before", ["x", "8114dc7e-b321-4df9-97aa-2894924a313b"])
def test_a_place_that_is_not_in_the_list_is_not_found(client, campaign, first, before):
    assert client.get(reverse("mine", args=[campaign.slug]), {"before": before}).status_code == 404


def test_the_form_comes_filled_and_stores_the_change(client, campaign, first):
    form = client.get(change_address(first))
    values = form.context["values"]
    assert (values["rank-0"], values["rank-1"], values["note"]) == ("1", "2", "A first look.")
    shown = text(form)
    assert "Save the change" in shown
    assert 'name="cannot_judge"' not in shown
    assert 'value="skip"' not in shown
    answer = client.post(change_address(first), plain())
    assert answer.url == reverse("mine", args=[campaign.slug])
    new = Judgment.objects.in_force().get()
    assert (new.supersedes, new.note, new.ranks) == (first, "Looked again.", [1, 2])
    assert list(messages_of(client.get(answer.url))) == ["success"]


def test_an_incomplete_change_comes_back_with_what_was_entered(client, first):
    before = everything()
    answer = client.post(change_address(first), plain(**{"rank-1": ""}))
    assert answer.status_code == 422
    assert list(answer.context["form_errors"]) == ["rank-1"]
    assert answer.context["values"]["note"] == "Looked again."
    assert everything() == before


def test_a_change_that_comes_too_late_says_so_and_changes_nothing(client, campaign, first):
    Campaign.objects.update(revise_minutes=0)
    before = everything()
    listed = reverse("mine", args=[campaign.slug])
    assert client.get(change_address(first)).url == listed
    assert client.post(change_address(first), plain()).url == listed
    # One for the page that is no longer there, one for the answer that was not taken.
    assert list(messages_of(client.get(listed))) == ["info", "warning"]
    assert client.get(reverse("mine-last", args=[campaign.slug])).url == listed
    assert everything() == before


def test_the_judging_page_leads_to_the_last_answer(client, campaign, first):
    make_queued(campaign=campaign, files=True)
    last = reverse("mine-last", args=[campaign.slug])
    shown = client.get(reverse("judge", args=[campaign.slug]))
    assert shown.context["may_change_last"]
    assert f'href="{last}">' in text(shown)
    assert client.get(last).url == change_address(first)


def test_the_judging_page_offers_no_change_before_the_first_answer(client, campaign):
    make_queued(campaign=campaign, files=True)
    shown = text(client.get(reverse("judge", args=[campaign.slug])))
    assert f'href="{reverse("mine-last", args=[campaign.slug])}" hidden>' in shown


def test_the_api_tells_own_answers_in_the_order_shown(client, campaign, first):
    make_judgment(make_comparison(campaign=campaign))
    body = client.get(reverse("api-judgments", args=[campaign.slug])).json()
    assert body["older"] is None
    (payload,) = body["judgments"]
    assert payload["id"] == str(first.public_id)
    assert payload["verdict"] == {"ranks": [1, 2], "tie_kind": None}
    assert set(payload["scores"]) == set(DIMENSIONS)
    assert (payload["state"], payload["revises"], payload["cannot_judge"]) == (
        "counted",
        None,
        None,
    )
    assert [each["url"][-10:] for each in payload["candidates"]] == ["0/fit.webp", "1/fit.webp"]


def test_the_api_refuses_a_cursor_that_is_none(client, campaign, first):
    address = reverse("api-judgments", args=[campaign.slug])
    answer = client.get(address, {"before": "x"})
    assert (answer.status_code, answer.json()["field"]) == (400, "before")
    assert client.get(address, {"before": uuid.uuid4()}).status_code == 404


def test_the_api_changes_an_answer_once_per_client_id(client, first):
    address = reverse("api-revision", args=[first.public_id])
    body = json.dumps(answer_data(note="Again."))
    made, again = (client.post(address, body, content_type="application/json") for _ in range(2))
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    before = everything()
    late = client.post(address, json.dumps(answer_data()), content_type="application/json")
    assert late.status_code == 409
    wrong = client.post(
        address, json.dumps(answer_data(verdict=None)), content_type="application/json"
    )
    assert (wrong.status_code, wrong.json()["field"]) == (400, "verdict")
    assert everything() == before


def test_a_paused_person_gives_back_what_they_hold_and_gets_no_more(client, campaign, alice):
    make_queued(campaign=campaign, files=True)
    make_queued(campaign=campaign, files=True)
    (lease,) = lease_next(campaign=campaign, annotator=alice).assignments
    pause_annotator(campaign=campaign, user=alice, reason="Holiday.", actor=None)
    result = lease_next(campaign=campaign, annotator=alice)
    assert (result.leases, result.reason) == ([], "paused")
    assert ">Paused<" in text(client.get(reverse("judge", args=[campaign.slug])))
    assert submit(lease).state == "surplus"
    resume_annotator(campaign=campaign, user=alice, actor=None)
    [next_one] = lease_next(campaign=campaign, annotator=alice).assignments
    assert next_one.comparison_id != lease.comparison_id


@pytest.mark.parametrize(
    ("cap", "words"),
    [("daily_cap", ("Enough for today", CAPPED_TODAY)), ("person_cap", ("All done", CAPPED))],
)
def test_a_person_who_reached_a_cap_reads_which(client, campaign, first, cap, words):
    make_queued(campaign=campaign, files=True)
    Campaign.objects.update(**{cap: 1})
    shown = text(client.get(reverse("judge", args=[campaign.slug])))
    assert all(str(each) in shown for each in words)


def test_somebody_asked_about_other_things_reads_that(client, campaign, alice):
    make_item(campaign, category="text")
    make_queued(make_item(campaign, category="colour", files=True), files=True)
    set_skills(campaign=campaign, user=alice, categories=["text"], languages=[], actor=None)
    shown = client.get(reverse("judge", args=[campaign.slug]))
    reason = part(shown, '[data-reason="not_qualified"]').text
    assert [each in reason for each in ("categories", "languages")] == [True, True]


SAID = {
    "flags": {"visual_quality": [[0], []]},
    "strength": 1,
    "reasons": ["Hands"],
    "defects": [{"candidate": 1, "box": [0, 0, 1, 1], "dimension": None, "criterion": None}],
    "flagged": True,
}


def test_own_remarks_are_shown_in_the_order_shown(client, campaign, alice):
    lease = make_assignment(make_queued(campaign=campaign), alice, slot=1, shown_order=[1, 0])
    submit(lease, remarks=SAID)
    (payload,) = client.get(f"/api/v1/campaigns/{campaign.slug}/judgments/").json()["judgments"]
    assert payload["remarks"] == SAID
    html = client.get(reverse("mine", args=[campaign.slug])).content.decode()
    for words in (
        "What failed?",
        "Edit A</b>: ",
        "Look here",
        "Slightly better",
        "Hands",
        "1 box",
        "Flagged",
    ):
        assert words in html


def test_an_answer_without_remarks_tells_none(client, campaign, first):
    (payload,) = client.get(f"/api/v1/campaigns/{campaign.slug}/judgments/").json()["judgments"]
    assert payload["remarks"] == {}
    assert "remarks" not in client.get(reverse("mine", args=[campaign.slug])).content.decode()


def test_the_api_changes_remarks_and_keeps_those_not_sent(client, campaign, alice):
    lease = make_assignment(make_queued(campaign=campaign), alice, slot=1, shown_order=[1, 0])
    last = submit(lease, remarks=SAID).public_id
    for sent, kept in (({}, SAID), ({"remarks": {"flagged": True}}, {"flagged": True})):
        address = f"/api/v1/judgments/{last}/revision/"
        answer = client.post(address, answer_data() | sent, content_type="application/json")
        assert answer.status_code == 201
        last = answer.json()["judgment"]
        payload = client.get(f"/api/v1/campaigns/{campaign.slug}/judgments/").json()["judgments"]
        assert payload[0]["remarks"] == kept
