"""A script that claims time which never passed is not paid for it, and is flagged."""

import csv
import io
import uuid

import pytest
from django.urls import reverse

from annotation.quality.selectors.people_quality import people_quality
from tests.factories import answer_data, make_campaign, make_member, make_queued, make_user
from tests.pages import parts
from tests.pilots import make_pilot

pytestmark = pytest.mark.django_db
N_ANSWERS = 30


@pytest.fixture
def cheated(client):
    """A campaign in which a script has answered 30 comparisons at once, claiming 20 s for each."""
    campaign = make_campaign(lead=make_user("boss"))
    cheat = make_member(campaign, make_user("cheat"))
    for _ in range(N_ANSWERS):
        make_queued(campaign=campaign)
    client.force_login(cheat)
    next_url = reverse("api-next", args=[campaign.slug])
    for _ in range(N_ANSWERS):
        work = client.post(next_url, {"ahead": 1}, content_type="application/json").json()
        (one,) = work["assignments"]
        data = answer_data(active_ms=20_000, client_id=str(uuid.uuid4()))
        sent = client.post(
            reverse("api-judgment", args=[one["id"]]), data, content_type="application/json"
        )
        assert sent.status_code == 201
    client.force_login(campaign.memberships.get(role="lead").user)
    return campaign, campaign.memberships.get(user=cheat)


def test_the_timesheet_pays_the_time_that_passed(cheated, client):
    campaign, _ = cheated
    address = reverse("timesheet", args=[campaign.slug])
    reply = client.get(address, {"period": "month", "rate": "3600", "format": "csv"})
    (row,) = csv.DictReader(io.StringIO(reply.getvalue().decode()))
    assert float(row["hours_claimed"]) == pytest.approx(N_ANSWERS * 20 / 3_600, abs=1e-4)
    # The test itself takes seconds; ten minutes were claimed.
    assert float(row["hours_at_work"]) < N_ANSWERS * 10 / 3_600
    assert float(row["cost"]) < N_ANSWERS * 10


def test_the_page_of_the_person_shows_claim_time_and_pace(cheated, client):
    campaign, member = cheated
    page = client.get(reverse("annotator", args=[campaign.slug, member.pseudonym]))
    text = " ".join(" ".join(one.text.split()) for one in parts(page, "dd"))
    assert "of 0.17 that the browser claims" in text
    assert "in one minute" in text
    assert "Claims more time than passed" in page.content.decode()


def test_claims_of_more_time_than_passed_are_flagged(cheated):
    campaign, _ = cheated
    (person,) = people_quality(campaign)
    assert (person.impossible_times.k, person.impossible_times.n) == (N_ANSWERS, N_ANSWERS)
    assert "impossible_times" in person.flags
    assert person.as_dict()["impossible_times"]["value"] == 1


def test_people_whose_browsers_count_as_the_server_does_are_not_flagged():
    pilot = make_pilot(n_comparisons=60)
    people = people_quality(pilot.campaign)
    assert all(one.impossible_times.k == 0 < one.impossible_times.n for one in people)
    assert not any("impossible_times" in one.flags for one in people)
