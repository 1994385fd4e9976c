"""The pages of quality: who stands where, what is coloured, what a spreadsheet gets."""

import csv
import io

import pytest
from django.urls import reverse

from annotation.models import Membership
from annotation.quality.selectors.people_quality import people_quality
from tests.factories import make_campaign, make_comparison, make_judgment, make_member, make_user
from tests.pages import part, parts
from tests.pilots import PEOPLE, make_pilot

pytestmark = pytest.mark.django_db


@pytest.fixture
def pilot(client):
    found = make_pilot(n_comparisons=160, n_golds=20)
    client.force_login(found.lead)
    return found


def address(pilot, name="quality", *args):
    return reverse(name, args=[pilot.campaign.slug, *args])


def names(response):
    """Return the people of the table in its order; tests add four letters to every name."""
    return [link.text[:-4] for link in parts(response, "a") if link.text[:-4] in PEOPLE]


def test_the_always_left_and_the_random_person_stand_on_top(client, pilot):
    page = client.get(address(pilot))
    assert set(names(page)[:2]) == {"bob.left", "cy.random"}
    flagged = {one.username[:-4]: one.flags for one in people_quality(pilot.campaign)}
    assert "follows_side" in flagged["bob.left"]
    assert not any(flagged[name] for name in ("ann", "dee", "eve", "fay"))


def test_nobody_of_bad_habits_has_the_best_agreement_with_others(client, pilot):
    page = client.get(address(pilot), {"sort": "agreement", "reverse": "yes"})
    assert set(names(page)[:4]) == {"ann", "dee", "eve", "fay"}


def test_the_report_suggests_what_the_rules_find(client, pilot):
    address = reverse("api-quality", args=[pilot.campaign.slug])
    people = {one["user"][:-4]: one for one in client.get(address).json()["people"]}
    assert people["bob.left"]["action"] == "pause"
    assert [people[name]["action"] for name in ("ann", "dee", "eve", "fay")] == [None] * 4


@pytest.mark.parametrize("sort", ["gold", "repeats", "left", "speed", "n", "name"])
def test_a_column_sorts_up_and_down(client, pilot, sort):
    once = names(client.get(address(pilot), {"sort": sort}))
    back = names(client.get(address(pilot), {"sort": sort, "reverse": "yes"}))
    assert sorted(once) == sorted(back)
    assert len(once) == 6
    numbers = {one.username[:-4]: one for one in people_quality(pilot.campaign)}
    key = {
        "gold": lambda one: one.gold.verdicts.value,
        "repeats": lambda one: one.repeats.all.value,
        "left": lambda one: one.left.value,
        "speed": lambda one: one.pace.z,
        "n": lambda one: -one.n,
        "name": lambda one: one.username,
    }[sort]
    values = [key(numbers[name]) for name in once]
    assert values == sorted(values)
    values = [key(numbers[name]) for name in back]
    assert values == sorted(values, reverse=True)


def test_an_undefined_number_says_why_stands_last_and_has_no_colour(client):
    lead = make_user()
    campaign = make_campaign(lead=lead)
    people = [make_member(campaign) for _ in range(2)]
    make_judgment(make_comparison(campaign=campaign), people[0], slot=1)
    client.force_login(lead)
    page = client.get(reverse("quality", args=[campaign.slug]), {"sort": "left"})
    assert "no winner yet" in page.content.decode()
    links = [one.text for one in parts(page, "a") if one.text in {p.username for p in people}]
    assert links == [people[0].username, people[1].username]
    assert not parts(page, "td.flagged")


def test_a_missed_gold_or_two_colours_nothing(client):
    pilot = make_pilot(n_comparisons=0, n_golds=2, n_repeats=0)
    client.force_login(pilot.lead)
    assert not parts(client.get(address(pilot)), "td.flagged")


def test_only_flagged_or_only_working_people_are_shown(client, pilot):
    shown = names(client.get(address(pilot), {"show": "flagged"}))
    assert set(shown) == {"bob.left", "cy.random"}
    Membership.objects.filter(user=pilot.people["ann"]).update(paused_at=pilot.lead.date_joined)
    assert "ann" not in names(client.get(address(pilot), {"show": "working"}))
    assert "ann" in names(client.get(address(pilot), {"show": "odd"}))


def test_the_spreadsheet_has_the_numbers_of_the_page(client, pilot):
    response = client.get(address(pilot), {"format": "csv"})
    assert response.headers["Content-Disposition"].endswith('.csv"')
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    numbers = {one.username: one for one in people_quality(pilot.campaign)}
    assert len(rows) == 6
    for row in rows:
        own = numbers[row["person"]]
        assert float(row["left_share"]) == pytest.approx(own.left.value)
        assert float(row["gold_low"]) == pytest.approx(own.gold.verdicts.low)
        assert float(row["same_winner"]) == pytest.approx(own.agreement.value)
        assert int(row["judgments"]) == own.n
        assert row["flags"] == " ".join(own.flags)


def test_a_name_that_a_spreadsheet_would_run_is_text(client):
    lead = make_user()
    campaign = make_campaign(lead=lead)
    make_member(campaign, make_user("+1+cmd"))
    client.force_login(lead)
    response = client.get(reverse("quality", args=[campaign.slug]), {"format": "csv"})
    assert "\r\n'+1+cmd," in response.getvalue().decode()


def test_a_persons_page_has_chart_hours_and_the_judgments_behind_each_number(client, pilot):
    page = client.get(address(pilot, "annotator", pilot.pseudonym("bob.left")))
    assert page.status_code == 200
    assert "Prefers one side of the screen" in part(page, "p.person-flags").text
    assert part(page, "svg.control")
    links = [one.attributes["href"] for one in parts(page, "a") if one.text.startswith("Look")]
    assert len(links) > 5
    for link in links:
        found = client.get(link)
        assert found.status_code == 200
        assert parts(found, "tbody")


def test_a_persons_page_without_answers_says_so(client):
    lead = make_user()
    campaign = make_campaign(lead=lead)
    person = make_member(campaign)
    client.force_login(lead)
    pseudonym = campaign.memberships.get(user=person).pseudonym
    page = client.get(reverse("annotator", args=[campaign.slug, pseudonym]))
    assert page.status_code == 200
    assert not parts(page, "svg.control")
    assert "no answers yet" in page.content.decode()


@pytest.mark.parametrize("name", ["quality", "judgments"])
def test_the_pages_take_the_same_queries_whatever_the_size(
    client, django_assert_max_num_queries, name
):
    pilot = make_pilot()
    client.force_login(pilot.lead)
    client.get(address(pilot, name))
    with django_assert_max_num_queries(24):
        client.get(address(pilot, name))


def test_what_is_typical_does_not_depend_on_who_is_shown(client, pilot):
    everybody, flagged = (
        client.get(address(pilot), {"show": show}).context for show in ("all", "flagged")
    )
    assert len(flagged["rows"]) < len(everybody["rows"])
    assert flagged["typical"] == everybody["typical"] is not None
