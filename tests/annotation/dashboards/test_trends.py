"""The page of trends, and the numbers on it, from rows."""

import itertools
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from annotation.dashboards.selectors.coverage import coverage_by
from annotation.dashboards.selectors.criteria import dividing_criteria
from annotation.dashboards.selectors.trend import FEWEST_COMPARISONS, agreement_trend
from annotation.models import Comparison, Judgment
from annotation.quality.selectors.agreement import agreement_report
from tests import factories as make
from tests.pages import part, parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make.make_campaign(overlap=2)


@pytest.fixture
def people(campaign):
    return [make.make_member(campaign) for _ in range(2)]


def judge_pairs(campaign, people, n, *, agree, days_ago, rubric=None):
    """Judge n comparisons by two people; each winner is named equally often."""
    columns = {} if rubric is None else {"rubric": rubric}
    for _, ranks in zip(range(n), itertools.cycle([[1, 2], [2, 1]]), strict=False):
        comparison = make.make_comparison(campaign=campaign)
        for slot, own in enumerate((ranks, ranks if agree else ranks[::-1]), 1):
            made = make.make_judgment(comparison, people[slot - 1], ranks=own, slot=slot, **columns)
            when = Now() - timedelta(days=days_ago)
            # Answers never change; the clock of a test goes back before they are read.
            backdate(made, when)


def backdate(judgment, when):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Judgment.objects.filter(pk=judgment.pk).update(created_at=when)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_agreement_by_period_shows_the_fall_that_the_whole_hides(campaign, people):
    judge_pairs(campaign, people, FEWEST_COMPARISONS, agree=True, days_ago=9)
    judge_pairs(campaign, people, FEWEST_COMPARISONS, agree=False, days_ago=2)
    found = agreement_trend(campaign)
    assert [period.n_comparisons for period in found.periods] == [FEWEST_COMPARISONS] * 2
    assert found.periods[0].last < found.periods[1].first
    (verdict,) = [line for line in found.lines if line.name == "verdict"]
    before, after = verdict.values
    assert before.estimate == 1
    assert after.estimate < 0
    whole = {line.name: line for line in agreement_report(campaign, n_replicates=20).lines}
    assert after.estimate < whole["verdict"].estimate < before.estimate


def test_one_period_has_the_agreement_of_the_whole_campaign(campaign, people):
    judge_pairs(campaign, people, FEWEST_COMPARISONS - 5, agree=True, days_ago=3)
    judge_pairs(campaign, people, 5, agree=False, days_ago=1)
    make.make_judgment(make.make_comparison(campaign=campaign), people[0])  # nobody to compare with
    found = agreement_trend(campaign)
    (period,) = found.periods
    assert (period.n_comparisons, period.n_judgments) == (25, 50)
    for line in agreement_report(campaign, n_replicates=20).lines:
        for own in found.lines:
            if own.name == line.name:
                assert own.values[0].estimate == pytest.approx(line.estimate)


def test_too_few_comparisons_have_no_trend(campaign, people):
    judge_pairs(campaign, people, FEWEST_COMPARISONS - 1, agree=True, days_ago=1)
    assert agreement_trend(campaign) is None


def test_a_new_rubric_version_is_marked_where_its_answers_begin(campaign, people):
    judge_pairs(campaign, people, 50, agree=True, days_ago=5)
    second = make.make_rubric(campaign)
    judge_pairs(campaign, people, 25, agree=True, days_ago=1, rubric=second)
    assert agreement_trend(campaign).versions == [(2, 2)]


def test_coverage_counts_each_category_and_adds_up(campaign, people):
    for category, n_judged in (("object", 2), ("object", 1), ("style", 0), ("", 2)):
        item = make.make_item(campaign, category=category)
        comparison = make.make_comparison(item)
        for slot in range(1, n_judged + 1):
            make.make_judgment(comparison, people[slot - 1], slot=slot)
    make.make_item(campaign, category="style")
    found = {line.name: line for line in coverage_by(campaign, "category")}
    assert {
        name: (x.n_items, x.n_comparisons, x.n_judged, x.n_wanted) for name, x in found.items()
    } == {
        "object": (2, 2, 3, 4),
        "style": (2, 1, 0, 2),
        "": (1, 1, 2, 2),
    }
    assert found["object"].percent == 75


def test_a_settled_comparison_wants_no_more_than_it_has(campaign, people):
    comparison = make.make_comparison(campaign=campaign)
    make.make_judgment(comparison, people[0], slot=1)
    Comparison.objects.filter(pk=comparison.pk).update(settled_at=Now())
    (line,) = coverage_by(campaign, "category")
    assert (line.n_judged, line.n_wanted) == (1, 1)


def mark(comparison, person, slot, *marked):
    """Judge; marked: for each edit, the criteria of the first dimension that failed."""
    flags = {"instruction_following": [list(each) for each in marked]}
    make.make_judgment(comparison, person, slot=slot, remarks={"flags": flags})


def test_a_criterion_that_one_of_three_marks_divides_more_than_one_that_all_mark():
    campaign = make.make_campaign(overlap=3)
    people = [make.make_member(campaign) for _ in range(3)]
    alone, shared = make.make_comparison(campaign=campaign), make.make_comparison(campaign=campaign)
    mark(alone, people[0], 1, [0], [])
    for slot, person in enumerate(people[1:], 2):
        make.make_judgment(alone, person, slot=slot)
    (line,) = dividing_criteria(campaign)
    assert (line.name, line.n_marks, line.n_edits, line.alone) == ("Look here", 1, 1, 1)
    for slot, person in enumerate(people, 1):
        mark(shared, person, slot, [], [0])
    (line,) = dividing_criteria(campaign)
    # Four marks: nobody shares the first, everybody the other three.
    assert (line.n_marks, line.n_edits) == (4, 2)
    assert line.alone == pytest.approx(1 / 4)


def test_marks_that_nobody_could_share_are_left_out(campaign, people):
    mark(make.make_comparison(campaign=campaign), people[0], 1, [0], [])
    assert dividing_criteria(campaign) == []


def test_the_page_leads_from_a_dot_to_the_judgments_behind_it(client, campaign, people):
    lead = make.make_member(campaign, role="lead")
    judge_pairs(campaign, people, FEWEST_COMPARISONS, agree=True, days_ago=4)
    client.force_login(lead)
    page = client.get(reverse("trends", args=[campaign.slug]))
    links = [
        each.attributes["href"]
        for each in parts(page, "a")
        if "since=" in each.attributes.get("href", "")
    ]
    assert links
    behind = client.get(links[0].replace("&amp;", "&"))
    assert part(behind, ".lede").numbers == [2 * FEWEST_COMPARISONS]


def test_an_empty_campaign_says_what_comes_first(client):
    lead = make.make_user()
    campaign = make.make_campaign(lead=lead)
    client.force_login(lead)
    page = client.get(reverse("trends", args=[campaign.slug]))
    assert "Nothing has been judged yet" in page.text
    assert not parts(page, "[data-forecast]")


def test_a_forecast_needs_three_whole_days(client, campaign, people):
    lead = make.make_member(campaign, role="lead")
    judge_pairs(campaign, people, 2, agree=True, days_ago=0)
    make.make_comparison(campaign=campaign)
    client.force_login(lead)
    url = reverse("trends", args=[campaign.slug])
    assert "No forecast before 3 whole days" in client.get(url).text
    judge_pairs(campaign, people, 2, agree=True, days_ago=3)
    assert part(client.get(url), "[data-forecast]").text
