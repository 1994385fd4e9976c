"""Training: the answer is explained once it is given, to the one who gave it, and not before."""

import json

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from annotation.answers.plain_form import form_values
from annotation.judging.selectors import own_judgments
from annotation.models import Assignment, Campaign, Judgment, Membership
from annotation.queue.services.leases import lease_next
from annotation.references.services import withdraw_reference
from tests.factories import (
    answer_data,
    let_expire,
    make_campaign,
    make_comparison,
    make_member,
    make_queued,
    make_reference,
    make_user,
)

pytestmark = pytest.mark.django_db
WHY = "The second smears the hair."
# In canonical order: the second wins.
SCORES = {"instruction_following": [2, 4], "visual_quality": [1, 3]}
VERDICT = {"ranks": [2, 1], "tie_kind": None}


@pytest.fixture
def campaign():
    return make_campaign(lane_plan=["training", "gold"] * 25)


@pytest.fixture
def bob(campaign):
    return make_member(campaign, make_user("bob"))


@pytest.fixture
def reference(campaign):
    return make_reference(
        make_comparison(campaign=campaign),
        use="training",
        scores=SCORES,
        verdict=VERDICT,
        explanation=WHY,
    )


@pytest.fixture
def api(bob):
    token = Token.objects.create(user=bob)
    client = Client(headers={"Authorization": f"Token {token.key}"})

    def post(path, body):
        return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")

    return post


def leased(campaign, bob):
    return lease_next(campaign=campaign, annotator=bob).assignments[0]


@pytest.mark.parametrize("turned", [False, True])
def test_the_reply_explains_the_answer_in_the_order_shown(campaign, bob, reference, api, turned):
    Membership.objects.filter(user=bob).update(position_bias_sum=-1 if turned else 1)
    lease = leased(campaign, bob)
    assert lease.shown_order == ([1, 0] if turned else [0, 1])
    reply = api(f"assignments/{lease.public_id}/judgment/", answer_data())
    assert reply.status_code == 201
    assert reply.json()["lesson"] == {
        "scores": {slug: column[::-1] if turned else column for slug, column in SCORES.items()},
        "ranks": [1, 2] if turned else [2, 1],
        "tie_kind": None,
        "explanation": WHY,
    }


def test_a_repeat_of_the_same_answer_is_explained_again(campaign, bob, reference, api):
    lease = leased(campaign, bob)
    given = answer_data()
    first = api(f"assignments/{lease.public_id}/judgment/", given)
    again = api(f"assignments/{lease.public_id}/judgment/", given)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["lesson"] == again.json()["lesson"]


@pytest.mark.parametrize("end", ["late", "cannot judge", "withdrawn meanwhile"])
def test_the_unusual_ways_are_explained_too(campaign, bob, reference, api, end):
    lease = leased(campaign, bob)
    given = answer_data()
    if end == "late":
        let_expire(lease)
        Assignment.objects.update(state="expired", closed_at=Now())
    elif end == "cannot judge":
        given = {"client_id": given["client_id"], "cannot_judge": "Too dark."}
    else:
        type(lease.comparison).objects.update(withdrawn_at=Now())
    reply = api(f"assignments/{lease.public_id}/judgment/", given)
    assert reply.status_code == 201
    assert reply.json()["lesson"]["explanation"] == WHY


def test_nothing_tells_the_lane_or_the_answer_before_it_is_given(campaign, bob, reference, api):
    work = api(f"campaigns/{campaign.slug}/assignments/next/", {"ahead": 1})
    assert work.json()["assignments"]
    client = Client()
    client.force_login(bob)
    page = client.get(reverse("judge", args=[campaign.slug]))
    for result in (work.text, page.text):
        assert WHY not in result
        assert "lesson" not in result.replace("lesson.js", "")
        assert "training" not in result


@pytest.mark.parametrize("use", ["gold", None])
def test_no_other_lane_has_a_lesson(bob, api, use):
    campaign = make_campaign(lane_plan=["gold"] * 50)
    make_member(campaign, bob)
    comparison = make_queued(campaign=campaign)
    if use:
        make_reference(comparison, use=use, explanation=WHY)
    lease = leased(campaign, bob)
    reply = api(f"assignments/{lease.public_id}/judgment/", answer_data())
    assert reply.status_code == 201
    assert "lesson" not in reply.json()


def test_a_withdrawn_reference_explains_nothing_any_more(campaign, bob, reference, api):
    lease = leased(campaign, bob)
    withdraw_reference(reference=reference, actor=None)
    reply = api(f"assignments/{lease.public_id}/judgment/", answer_data())
    assert reply.status_code == 201
    assert "lesson" not in reply.json()


def test_the_plain_page_says_it_after_the_answer(campaign, bob, reference):
    lease = leased(campaign, bob)
    given = answer_data()
    posted = form_values(given["scores"], given["verdict"]["ranks"], None, "")
    client = Client()
    client.force_login(bob)
    page = client.post(
        reverse("judge", args=[campaign.slug]),
        posted | {"client_id": given["client_id"], "assignment": lease.public_id},
        follow=True,
    )
    assert Judgment.objects.count() == 1
    assert WHY in page.text


def test_own_answers_show_the_explanation_beside_trained_ones_only(campaign, bob, reference, api):
    gold = make_reference(
        make_comparison(campaign=campaign), use="gold", explanation="Never shown."
    )
    while leases := lease_next(campaign=campaign, annotator=bob).assignments:
        for lease in leases:
            api(f"assignments/{lease.public_id}/judgment/", answer_data())
    result = {
        one.lesson and one.lesson["explanation"] for one in own_judgments(campaign, bob).judgments
    }
    assert result == {WHY, None}
    client = Client()
    client.force_login(bob)
    page = client.get(reverse("mine", args=[campaign.slug])).text
    assert WHY in page
    assert gold.explanation not in page
    listed = client.get(f"/api/v1/campaigns/{campaign.slug}/judgments/").text
    assert "Never" not in listed
    assert "gold" not in listed


def test_an_answer_in_a_counting_lane_asks_for_no_lesson(
    campaign, bob, django_assert_num_queries, api
):
    Campaign.objects.filter(pk=campaign.pk).update(lane_plan=["coverage", "random"] * 25)
    make_queued(campaign=campaign)
    make_queued(campaign=campaign)
    first = leased(campaign, bob)
    api(f"assignments/{first.public_id}/judgment/", answer_data())
    second = leased(campaign, bob)
    # A savepoint and its end, as in every test; the statement itself goes past the count.
    with django_assert_num_queries(2):
        reply = api(f"assignments/{second.public_id}/judgment/", answer_data())
    assert reply.status_code == 201
