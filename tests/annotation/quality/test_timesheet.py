"""Hours, answers and cost by person and period."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from annotation.models import SetAside
from annotation.quality.selectors.timesheet import rate_of, timesheet
from tests.factories import make_campaign, make_comparison, make_judgment, make_member, make_user

pytestmark = pytest.mark.django_db
# A Sunday and the Monday after it.
SUNDAY, MONDAY = datetime(2026, 11, 29, 23, 59, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)


def answer(campaign, person, *, worked_ms=None, **columns):
    claimed = columns.pop("active_ms", worked_ms)
    return make_judgment(
        make_comparison(campaign=campaign),
        person,
        active_ms=claimed,
        worked_ms=worked_ms,
        **columns,
    )


@pytest.fixture
def study():
    campaign = make_campaign(lead=make_user("boss"))
    ann = make_member(campaign, make_user("ann"))
    answer(campaign, ann, slot=1, worked_ms=1_800_000, created_at=SUNDAY)
    answer(campaign, ann, slot=1, worked_ms=900_000, active_ms=1_800_000, created_at=MONDAY)
    answer(campaign, ann, lane="gold", worked_ms=900_000, created_at=MONDAY)
    answer(campaign, ann, state="surplus", worked_ms=None, created_at=MONDAY)
    aside = answer(campaign, ann, slot=1, worked_ms=0, created_at=MONDAY)
    SetAside.objects.create(judgment=aside, reason="blind", actor=make_user())
    answer(campaign, ann, cannot_judge="Broken image.", created_at=MONDAY)
    return campaign


def test_kinds_of_answers_do_not_overlap_and_add_up(study):
    monday, sunday = timesheet(study, period="day", rate=Decimal("12.50"))
    assert (monday.period, sunday.period) == (MONDAY.date(), SUNDAY.date())
    kinds = (monday.in_force, monday.surplus, monday.set_aside, monday.other)
    assert kinds == (1, 1, 1, 2)
    assert monday.n_answers == sum(kinds)
    assert (monday.hours, monday.n_timed, monday.per_hour) == (0.5, 3, 6)
    assert (monday.claimed_hours, sunday.claimed_hours) == (0.75, 0.5)
    assert (monday.cost, sunday.cost) == (Decimal("6.25"), Decimal("6.25"))


def test_weeks_begin_on_monday_and_months_hold_all(study):
    assert [line.period.isoformat() for line in timesheet(study, period="week")] == [
        "2026-11-30",
        "2026-11-23",
    ]
    (month,) = timesheet(study, period="month")
    assert (month.n_answers, month.hours, month.cost) == (6, 1.0, None)


def test_the_page_and_the_spreadsheet_say_the_same(study, client):
    client.force_login(study.memberships.get(role="lead").user)
    address = reverse("timesheet", args=[study.slug])
    page = client.get(address, {"period": "month", "rate": "10"})
    assert "1.0 hours at work in all, 10.00 at 10.00 an hour" in page.content.decode()
    sent = client.get(address, {"period": "month", "rate": "10", "format": "csv"})
    (row,) = csv.DictReader(io.StringIO(sent.getvalue().decode()))
    assert (row["person"], row["hours_at_work"], row["cost"]) == ("ann", "1.0", "10.00")
    assert row["hours_claimed"] == "1.25"
    assert client.get(address, {"period": "year", "rate": "x"}).status_code == 200


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "nan", "inf", "1e9", "0.001 0"])
def test_a_rate_that_is_none_is_left_out(text):
    assert rate_of(text) is None


def test_a_rate_has_two_decimals():
    assert rate_of(" 12.5 ") == Decimal("12.50")
