"""The API: what each call answers, and what it refuses to whom."""

import json
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from annotation.models import Assignment, Campaign, Judgment
from annotation.queue.services.leases import lease_next
from tests import factories as make
from tests.annotation.invariants import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make.make_campaign(overlap=2)


@pytest.fixture
def alice(campaign):
    return make.make_member(campaign)


@pytest.fixture
def api(client, alice):
    """Return post(path, body) as Alice, with a token."""
    return as_person(client, alice)


def as_person(client, person):
    token, _ = Token.objects.get_or_create(user=person)

    def post(path, body=None, **kwargs):
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return client.post(
            f"/api/v1/{path}",
            data="" if body is None else data,
            content_type=kwargs.pop("content_type", "application/json"),
            headers={"Authorization": f"Token {token.key}"},
            **kwargs,
        )

    return post


def next_path(campaign):
    return f"campaigns/{campaign.slug}/assignments/next/"


@pytest.fixture
def assignment(campaign, alice):
    make.make_queued(campaign=campaign)
    return lease_next(campaign=campaign, annotator=alice).assignments[0]


@pytest.fixture
def path(assignment):
    return f"assignments/{assignment.public_id}/"


def test_work_has_the_stated_shape(campaign, api):
    item = make.make_item(campaign, instruction="Make it night. <script>")
    comparison = make.make_queued(item)
    response = api(next_path(campaign), {"ahead": 2})
    assert response.status_code == 200
    body = response.json()
    assert body["reason"] is None
    (shown,) = body["assignments"]
    stored = Assignment.objects.get()
    parts = {"id", "instruction", "rubric", "source", "candidates", "expires_at"}
    assert set(shown) == parts | {"language", "sensitive", "region"}
    assert shown["id"] == str(stored.public_id)
    assert shown["instruction"] == "Make it night. <script>"
    assert shown["rubric"]["version"] == 1
    dimension = shown["rubric"]["dimensions"][0]
    assert set(dimension) == {"slug", "name", "question", "levels", "criteria"}
    assert dimension["levels"][0] == {
        "value": 1,
        "name": "Level 1",
        "text": "Instruction following 1.",
    }
    assert dimension["criteria"][0]["name"] == "Look here"
    base = f"/media/a/{stored.public_id}"
    assert shown["source"] == {
        "url": f"{base}/source/fit.webp",
        "full_url": f"{base}/source/full.webp",
        "width": comparison.item.source.width,
        "height": comparison.item.source.height,
    }
    assert [c["url"] for c in shown["candidates"]] == [f"{base}/0/fit.webp", f"{base}/1/fit.webp"]


def test_an_empty_body_asks_for_one(campaign, api):
    make.make_queued(campaign=campaign)
    make.make_queued(campaign=campaign)
    assert len(api(next_path(campaign)).json()["assignments"]) == 1


def test_the_reason_says_why_nothing_comes(campaign, api):
    assert api(next_path(campaign)).json() == {
        "assignments": [],
        "reason": "done",
        "detail": "",
    }
    Campaign.objects.filter(pk=campaign.pk).update(state="paused")
    assert api(next_path(campaign)).json() == {
        "assignments": [],
        "reason": "paused",
        "detail": "",
    }


def test_a_lead_who_does_not_annotate_is_not_qualified(client, campaign):
    make.make_queued(campaign=campaign)
    lead = make.make_member(campaign, role="lead")
    response = as_person(client, lead)(next_path(campaign))
    assert response.json() == {
        "assignments": [],
        "reason": "not_qualified",
        "detail": "",
    }


def test_a_person_who_works_offline_may_take_six_along(campaign, api):
    for _ in range(8):
        make.make_queued(campaign=campaign)
    work = api(next_path(campaign), {"ahead": 6, "offline": True}).json()
    assert len({one["id"] for one in work["assignments"]}) == 6
    assert Assignment.objects.count() == 6
    first = work["assignments"][0]["id"]
    answer = make.answer_data() | {"ahead": 6, "offline": True}
    reply = api(f"assignments/{first}/judgment/", answer)
    assert reply.status_code == 201
    assert len(reply.json()["assignments"]) == 6
    assert Assignment.objects.count() == 7


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ahead": 0}, "ahead"),
        ({"ahead": 4}, "ahead"),
        ({"ahead": 4, "offline": False}, "ahead"),
        ({"ahead": 7, "offline": True}, "ahead"),
        ({"ahead": 2, "offline": "yes"}, "offline"),
        ({"ahead": "2"}, "ahead"),
        ({"ahead": True}, "ahead"),
        ({"ahead": None}, "ahead"),
        ({"behind": 1}, "behind"),
        ([1], None),
    ],
)
def test_a_malformed_request_for_work_names_the_field(campaign, api, body, field):
    make.make_queued(campaign=campaign)
    before = everything()
    response = api(next_path(campaign), body)
    assert response.status_code == 400
    assert response.json()["field"] == field
    assert everything() == before


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        ('{"ahead": NaN}', "application/json", 400),
        ('{"ahead": 1e999}', "application/json", 400),
        ("<a/>", "application/xml", 415),
        ("ahead=1", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_body_that_is_no_json_is_refused(campaign, api, body, content_type, status):
    make.make_queued(campaign=campaign)
    before = everything()
    response = api(next_path(campaign), body, content_type=content_type)
    assert response.status_code == status
    assert set(response.json()) == {"detail", "field"}
    assert everything() == before


def test_a_body_beyond_any_answer_is_refused_before_it_is_read(campaign, api, settings):
    make.make_queued(campaign=campaign)
    before = everything()
    padding = " " * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    response = api(next_path(campaign), '{"ahead": 1}' + padding)
    assert response.status_code == 413
    assert set(response.json()) == {"detail", "field"}
    assert everything() == before


def test_an_answer_is_created_and_repeated(api, path):
    data = make.answer_data()
    first = api(path + "judgment/", data)
    assert first.status_code == 201
    judgment = Judgment.objects.get()
    assert first.json() == {
        "judgment": str(judgment.public_id),
        "state": "counted",
        "not_counted": "",
        "assignments": [],
        "reason": None,
        "detail": "",
    }
    again = api(path + "judgment/", data | {"note": "changed"})
    assert (again.status_code, again.json()) == (200, first.json())
    other = api(path + "judgment/", make.answer_data())
    assert other.status_code == 409
    assert set(other.json()) == {"detail", "field"}
    assert Judgment.objects.get().note == ""


def test_the_next_work_comes_with_the_answer(campaign, api, path):
    comparisons = [make.make_queued(campaign=campaign) for _ in range(3)]
    body = api(path + "judgment/", make.answer_data() | {"ahead": 2}).json()
    assert body["reason"] is None
    assert len(body["assignments"]) == 2
    leased = Assignment.objects.filter(state="leased").values_list("comparison_id", flat=True)
    assert set(leased) < {c.pk for c in comparisons}


def test_an_answer_after_the_campaign_closed_is_stored_and_brings_no_work(campaign, api, path):
    make.make_queued(campaign=campaign)
    Campaign.objects.filter(pk=campaign.pk).update(state="closed")
    response = api(path + "judgment/", make.answer_data() | {"ahead": 1})
    assert response.status_code == 201
    assert (response.json()["assignments"], response.json()["reason"]) == ([], "done")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"client_id": "x"}, "client_id"),
        ({"scores": {"instruction_following": [4, 2], "visual_quality": [1, 9]}},
         "scores.visual_quality[1]"),
        ({"verdict": {"ranks": [1, 1]}}, "verdict.tie_kind"),
        ({"note": "a\u0000"}, "note"),
        ({"note": "\ud800"}, "note"),
        ({"ahead": 4}, "ahead"),
        ({"ahead": 7, "offline": True}, "ahead"),
        ({"ahead": 1, "offline": 1}, "offline"),
        ({"ahead": -1}, "ahead"),
        ({"extra": 1}, "extra"),
        ({"extra\ud800": 1}, "extra?"),
    ],
)  # fmt: skip
def test_a_malformed_answer_names_the_field_and_changes_nothing(api, path, change, field):
    before = everything()
    response = api(path + "judgment/", make.answer_data() | change)
    assert (response.status_code, response.json()["field"]) == (400, field)
    assert response.json()["detail"]
    assert everything() == before


def test_skip_heartbeat_and_release(campaign, api, assignment, path):
    kept = api(path + "heartbeat/")
    assert kept.status_code == 200
    assert kept.json()["expires_at"] > assignment.expires_at.isoformat()[:19]
    assert api(path + "release/").json() == {"state": "released"}
    assert api(path + "heartbeat/").status_code == 409
    assert api(path + "skip/", {"reason": " "}).json()["field"] == "reason"
    assert api(path + "skip/", {"why": "x"}).json()["field"] == "why"
    assert api(path + "skip/", {"reason": "blurred"}).json() == {"state": "skipped"}
    assert api(path + "judgment/", make.answer_data()).status_code == 409


@pytest.mark.parametrize("call", ["judgment/", "skip/", "heartbeat/", "release/"])
def test_what_belongs_to_somebody_else_does_not_exist(client, campaign, path, call):
    lead = make.make_member(campaign, role="lead")
    colleague = make.make_member(campaign)
    stranger = make.make_member(make.make_campaign())
    bodies = {"judgment/": make.answer_data(), "skip/": {"reason": "x"}}
    body = bodies.get(call, {})
    before = everything()
    for person in (lead, colleague, stranger):
        response = as_person(client, person)(path + call, body)
        assert response.status_code == 404
        assert set(response.json()) == {"detail", "field"}
    assert as_person(client, lead)(f"assignments/{uuid.uuid4()}/{call}", body).status_code == 404
    assert everything() == before


def test_a_campaign_one_has_no_role_in_does_not_exist(client, campaign):
    stranger = make.make_member(make.make_campaign())
    post = as_person(client, stranger)
    assert post(next_path(campaign)).status_code == 404
    assert post("campaigns/no-such/assignments/next/").status_code == 404


def test_nobody_gets_in_without_a_name(client, campaign, path):
    for call in (next_path(campaign), path + "judgment/", path + "skip/"):
        response = client.post(f"/api/v1/{call}", {}, content_type="application/json")
        assert response.status_code == 401
        assert set(response.json()) == {"detail", "field"}
    wrong = client.post(f"/api/v1/{next_path(campaign)}", headers={"Authorization": "Token no"})
    assert wrong.status_code == 401


def test_a_session_needs_the_csrf_token(campaign, alice, assignment, path):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    body = json.dumps(make.answer_data())
    before = everything()
    refused = browser.post(f"/api/v1/{path}judgment/", body, content_type="application/json")
    assert refused.status_code == 403
    assert everything() == before
    browser.cookies["csrftoken"] = "x" * 32
    accepted = browser.post(
        f"/api/v1/{path}judgment/",
        body,
        content_type="application/json",
        headers={"X-CSRFToken": "x" * 32},
    )
    assert accepted.status_code == 201


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_post_is_answered(client, alice, campaign, method):
    client.force_login(alice)
    response = getattr(client, method)(reverse("api-next", args=[campaign.slug]))
    assert response.status_code == 405
    assert set(response.json()) == {"detail", "field"}


def test_leasing_costs_the_same_number_of_queries_for_three(
    campaign, api, django_assert_max_num_queries
):
    for _ in range(4):
        make.make_queued(campaign=campaign)
    api(next_path(campaign), {"ahead": 3})
    with django_assert_max_num_queries(16):
        api(next_path(campaign), {"ahead": 3})


@pytest.mark.parametrize("grace", [-1, 601, "9", None, True])
def test_a_senseless_grace_names_the_field_and_keeps_the_lease(api, path, grace):
    before = everything()
    response = api(path + "release/", {"grace_s": grace})
    assert (response.status_code, response.json()["field"]) == (400, "grace_s")
    assert everything() == before
