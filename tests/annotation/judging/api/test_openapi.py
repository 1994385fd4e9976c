"""The OpenAPI document says what the API does."""

import jsonschema
import pytest
from django.core.management import call_command
from django.test import Client

from annotation.errors import InvalidAnswer
from annotation.models import Judgment
from annotation.queue.services.leases import lease_next
from tests import factories as make
from tests.annotation.invariants import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(client):
    response = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert response.status_code == 200
    return response.json()


def test_every_operation_is_in_the_document(document):
    ours = {path for path in document["paths"] if "/assignments/" in path}
    assert ours == {
        "/api/v1/campaigns/{slug}/assignments/next/",
        "/api/v1/assignments/{public_id}/judgment/",
        "/api/v1/assignments/{public_id}/skip/",
        "/api/v1/assignments/{public_id}/heartbeat/",
        "/api/v1/assignments/{public_id}/release/",
        "/api/v1/assignments/{public_id}/report/",
    }
    for path in ours:
        answers = document["paths"][path]["post"]["responses"]
        done = "204" if path.endswith("/report/") else "200"
        assert {done, "401", "403", "404"} <= set(answers)


def test_both_ways_to_sign_in_are_named(document):
    assert {"tokenAuth", "cookieAuth"} <= set(document["components"]["securitySchemes"])


def test_the_command_that_the_document_names_makes_a_key_that_signs_in(document, client, capsys):
    assert "manage.py drf_create_token NAME" in document["info"]["description"]
    campaign = make.make_campaign()
    person = make.make_member(campaign)
    call_command("drf_create_token", person.username)
    key = capsys.readouterr().out.split()[2]
    answer = client.post(
        f"/api/v1/campaigns/{campaign.slug}/assignments/next/",
        content_type="application/json",
        headers={"Authorization": f"Token {key}"},
    )
    assert (answer.status_code, answer.json()["reason"]) == (200, "done")


def test_a_real_answer_fits_the_document(document, client):
    campaign = make.make_campaign()
    make.make_queued(campaign=campaign)
    client.force_login(make.make_member(campaign))
    body = client.post(
        f"/api/v1/campaigns/{campaign.slug}/assignments/next/",
        {"ahead": 1},
        content_type="application/json",
    ).json()
    fits(body, "WorkShape", document)
    first = body["assignments"][0]["id"]
    answer = make.answer_data() | {"ahead": 1}
    fits(answer, "AnswerShape", document)
    submitted = client.post(
        f"/api/v1/assignments/{first}/judgment/", answer, content_type="application/json"
    )
    fits(submitted.json(), "SubmittedShape", document)


def test_remarks_and_evidence_fit_the_document_and_are_shown_as_it_says(document, client):
    campaign = make.make_campaign()
    make.make_queued(campaign=campaign)
    alice = make.make_member(campaign)
    client.force_login(alice)
    (lease,) = lease_next(campaign=campaign, annotator=alice).assignments
    remarks = {
        "flags": {"visual_quality": [[], [0]]},
        "strength": 2,
        "reasons": ["Hands"],
        "defects": [{"candidate": 1, "box": [0.1, 0, 0.5, 1]}],
        "flagged": True,
    }
    evidence = {
        "views": {"side": 900, "flicker": 100.5},
        "switches": 2,
        "full_size_seen": [True, False, True],
        "device_pixel_ratio": 1.5,
        "pane": [400.5, 300],
        "gamut": "p3",
        "something_else": [1],
    }
    answer = make.answer_data(remarks=remarks, evidence=evidence)
    fits(answer, "AnswerShape", document)
    sent = client.post(
        f"/api/v1/assignments/{lease.public_id}/judgment/", answer, content_type="application/json"
    )
    assert sent.status_code == 201
    assert Judgment.objects.get().evidence == evidence
    result = client.get(f"/api/v1/campaigns/{campaign.slug}/judgments/").json()
    fits(result, "OwnJudgmentsShape", document)
    assert result["judgments"][0]["remarks"]["strength"] == 2


@pytest.mark.parametrize(
    "remarks",
    [{"strength": 4}, {"reasons": ["x" * 61]}, {"defects": [{"candidate": 0}]}, {"flags": [[0]]}],
)
def test_what_the_document_forbids_is_refused(document, remarks):
    with pytest.raises(jsonschema.ValidationError):
        fits(make.answer_data(remarks=remarks), "AnswerShape", document)
    lease = make.make_assignment(make.make_queued(campaign=make.make_campaign()), slot=1)
    before = everything()
    with pytest.raises(InvalidAnswer):
        make.submit(lease, remarks=remarks)
    assert everything() == before


def test_preferences_fit_the_document(document, client):
    client.force_login(make.make_user())
    chosen = {"keys": {"flicker": "Shift+KeyX"}, "sensitive": "never"}
    fits(chosen, "PreferencesRequest", document)
    result = client.put("/api/v1/me/preferences/", chosen, content_type="application/json").json()
    fits(result, "PreferencesShape", document)


def fits(value, name, document):
    """Check a JSON value against a component of the document."""
    schemas = document["components"]["schemas"]
    jsonschema.validate(value, nullable(schemas[name] | {"components": {"schemas": schemas}}))


def nullable(schema):
    """Return an OpenAPI 3.0 schema as JSON Schema: `nullable` becomes a type of its own."""
    if isinstance(schema, list):
        return [nullable(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: nullable(inner) for key, inner in schema.items() if key != "nullable"}
    return {"anyOf": [{"type": "null"}, plain]} if schema.get("nullable") is True else plain


def test_the_reader_of_the_document_needs_no_inline_script_or_style():
    page = Client().get("/api/v1/docs/")
    assert page.status_code == 200
    html = page.content.decode()
    assert "<style" not in html
    assert "style=" not in html
    assert html.count("<script") == html.count("<script src=") == 3
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "img-src 'self' blob: data:" in policy
    script = Client().get("/api/v1/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
