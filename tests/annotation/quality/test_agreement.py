"""Agreement of a campaign, from its rows."""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotation.models import Candidate, SetAside
from annotation.quality.selectors.agreement import agreement_report
from annotation.quality.selectors.annotators import annotator_report, member_for_lead
from annotation.quality.selectors.outcomes import answers, rating_matrix, verdict_votes
from annotation.quality.selectors.people_quality import people_quality
from annotation.quality.selectors.rankings import generator_ranking
from annotation.stats.agreement import krippendorff_alpha
from tests.factories import (
    make_campaign,
    make_comparison,
    make_judgment,
    make_member,
    make_rubric,
    make_user,
)
from tests.pages import part, parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make_campaign(overlap=2)


def vote(campaign, people, *ranks):
    comparison = make_comparison(campaign=campaign)
    for slot, (person, own) in enumerate(zip(people, ranks, strict=False), 1):
        make_judgment(comparison, person, ranks=own, slot=slot)
    return comparison


def lines(campaign):
    return {line.name: line for line in agreement_report(campaign, n_replicates=200).lines}


def test_verdicts_are_compared_as_nominal_votes_on_canonical_pairs(campaign):
    people = [make_member(campaign) for _ in range(2)]
    votes = [([1, 2], [1, 2]), ([2, 1], [2, 1]), ([1, 2], [2, 1]), ([1, 1], [1, 2])]
    for own in votes:
        vote(campaign, people, *own)
    category = {(1, 2): 0, (2, 1): 1, (1, 1): 3}
    expected = krippendorff_alpha(
        np.array([[category[tuple(pair[i])] for pair in votes] for i in range(2)], float),
        "nominal",
    )
    line = lines(campaign)["verdict"]
    assert line.estimate == pytest.approx(expected)
    assert line.metric == "Krippendorff's alpha, nominal"
    assert (line.n_units, line.n_votes, line.n_sources) == (4, 8, 4)
    assert line.raw == pytest.approx(0.5)
    assert line.low <= line.estimate <= line.high


def test_without_ties_shows_whether_people_disagree_on_who_won(campaign):
    people = [make_member(campaign) for _ in range(2)]
    votes = [([1, 2], [1, 2]), ([2, 1], [2, 1]), ([1, 1], [1, 2]), ([1, 1], [2, 1])]
    for own in votes:
        vote(campaign, people, *own)
    found = lines(campaign)
    assert (found["verdict"].raw, found["direction"].raw) == (0.5, 1)
    assert found["direction"].estimate == 1
    assert (found["direction"].n_units, found["direction"].n_votes) == (2, 6)


def test_gwets_coefficient_stands_beside_alpha_under_its_own_name(campaign):
    people = [make_member(campaign) for _ in range(2)]
    for own in [([1, 2], [1, 2])] * 9 + [([2, 1], [1, 2])]:
        vote(campaign, people, *own)
    line = lines(campaign)["verdict"]
    assert line.gwet_metric == "Gwet's AC1"
    assert lines(campaign)["visual_quality"].gwet_metric == "Gwet's AC2, quadratic weights"
    # Nineteen votes to one: raw .9, chance of AC1 2 * .95 * .05.
    assert line.gwet == pytest.approx((0.9 - 0.095) / (1 - 0.095))
    assert line.estimate < 0.1 < line.gwet_low


def test_the_side_a_candidate_was_shown_on_changes_nothing(campaign):
    people = [make_member(campaign) for _ in range(2)]
    for _ in range(3):
        comparison = make_comparison(campaign=campaign)
        make_judgment(comparison, people[0], ranks=[1, 2], order=[0, 1], slot=1)
        make_judgment(comparison, people[1], ranks=[1, 2], order=[1, 0], slot=2)
    vote(campaign, people, [2, 1], [2, 1])
    assert lines(campaign)["verdict"].estimate == 1


def test_a_campaign_where_everyone_says_the_same_is_undefined_with_a_reason(campaign):
    people = [make_member(campaign) for _ in range(2)]
    for _ in range(3):
        vote(campaign, people, [1, 2], [1, 2])
    line = lines(campaign)["verdict"]
    assert (line.estimate, line.low, line.high) == (None, None, None)
    assert line.reason


def test_answers_out_of_force_and_other_lanes_are_left_out(campaign):
    people = [make_member(campaign) for _ in range(2)]
    comparison = vote(campaign, people, [1, 2], [2, 1])
    make_judgment(comparison, make_member(campaign), state="surplus")
    make_judgment(make_comparison(campaign=campaign), people[0], lane="gold")
    make_judgment(comparison, make_member(campaign), cannot_judge="broken image")
    dropped = make_judgment(make_comparison(campaign=campaign), people[0])
    SetAside.objects.create(judgment=dropped, reason="blind", actor=make_user())
    assert agreement_report(campaign, n_replicates=10).n_judgments == 2


def test_k_way_verdicts_become_pairs(campaign):
    campaign = make_campaign(k=3)
    make_judgment(make_comparison(campaign=campaign, k=3), ranks=[1, 2, 2])
    votes = verdict_votes(answers(campaign))
    assert votes.value.tolist() == [0, 0, 2]  # first wins twice, then a tie inside the ranking
    ratings, source = rating_matrix(votes)
    assert ratings.shape == (1, 3)
    assert len(set(source.tolist())) == 1


def test_a_campaign_nobody_judged_reports_nothing_and_does_not_fail(campaign):
    report = agreement_report(campaign)
    assert (report.n_judgments, report.n_annotators) == (0, 0)
    assert [line.estimate for line in report.lines] == [None] * len(report.lines)
    assert people_quality(campaign) == []


def test_one_person_is_compared_with_the_others(campaign):
    people = [make_member(campaign) for _ in range(3)]
    vote(campaign, people[:2], [1, 2], [1, 2])
    vote(campaign, people[:2], [1, 2], [2, 1])
    member = campaign.memberships.get(user=people[0])
    report = annotator_report(campaign, member_for_lead(campaign, member.pseudonym))
    row = report.agreement[0]
    assert (row.question, row.share.value, row.share.n) == ("Verdict", 0.5, 2)
    assert row.share.low < 0.5 < row.share.high
    assert report.counts["Submitted"] == 2
    idle = next(one for one in people_quality(campaign) if one.user_id == people[2].pk)
    assert (idle.n, idle.pace.median_seconds, idle.verdicts.value) == (0, None, None)


def test_loading_answers_takes_two_queries_whatever_the_size(campaign, django_assert_num_queries):
    people = [make_member(campaign) for _ in range(2)]
    for _ in range(5):
        vote(campaign, people, [1, 2], [2, 1])
    with django_assert_num_queries(2):
        answers(campaign)


def test_the_command_prints_every_number_as_json(campaign, capsys):
    people = [make_member(campaign) for _ in range(2)]
    vote(campaign, people, [1, 2], [2, 1])
    vote(campaign, people, [1, 2], [1, 2])
    call_command("agreement", campaign.slug, json=True)
    result = json.loads(capsys.readouterr().out)
    assert result["n_judgments"] == 4
    assert {line["name"] for line in result["lines"]} == {
        "instruction_following",
        "visual_quality",
        "verdict",
        "direction",
    }


def test_the_command_ends_with_2_for_a_campaign_that_is_not_there():
    with pytest.raises(CommandError, match="nowhere") as refusal:
        call_command("agreement", "nowhere")
    assert refusal.value.returncode == 2
    assert not Candidate.objects.exists()


@pytest.fixture
def two_versions(campaign):
    """Two people agree on three comparisons under version 1 and never on two under version 2."""
    people = [make_member(campaign) for _ in range(2)]
    for ranks in ([1, 2], [2, 1], [1, 2]):
        vote(campaign, people, ranks, ranks)
    second = make_rubric(campaign, dimensions=("looks",))
    for ranks in ([1, 2], [2, 1]):
        comparison = make_comparison(campaign=campaign)
        for slot, own in enumerate((ranks, ranks[::-1]), 1):
            make_judgment(comparison, people[slot - 1], ranks=own, slot=slot, rubric=second)
    return second


def test_agreement_of_one_rubric_version_is_that_of_its_answers_alone(campaign, two_versions):
    first = campaign.rubrics.get(version=1)
    by_version = {
        rubric: {
            line.name: (line.raw, line.n_votes)
            for line in agreement_report(campaign, rubric=rubric, n_replicates=20).lines
        }
        for rubric in (first, two_versions)
    }
    assert by_version[first]["verdict"] == (1, 6)
    assert by_version[two_versions]["verdict"] == (0, 4)
    assert "looks" not in by_version[first]
    assert by_version[two_versions].keys() == {"looks", "verdict", "direction"}
    assert agreement_report(campaign, n_replicates=20).n_judgments == 10


def test_a_ranking_of_one_rubric_version_counts_its_verdicts_alone(campaign, two_versions):
    found = [generator_ranking(campaign, rubric=each) for each in (None, two_versions)]
    assert [ranking.n_votes for ranking in found] == [10, 4]


def test_the_page_says_that_versions_are_mixed_and_offers_each(client, campaign, two_versions):
    lead = make_member(campaign, role="lead")
    client.force_login(lead)
    url = reverse("agreement", args=[campaign.slug])
    assert "2 versions" in part(client.get(url), "[data-mixed]").text
    one = client.get(url, {"version": "2"})
    assert not parts(one, "[data-mixed]")
    assert "4 judgments" in part(one, ".lede").text
    assert client.get(url, {"version": "3"}).status_code == 404


def test_the_command_takes_a_rubric_version_and_refuses_one_without_answers(
    capsys, campaign, two_versions
):
    call_command("agreement", campaign.slug, "--json", "--rubric", "2")
    assert json.loads(capsys.readouterr().out)["n_judgments"] == 4
    with pytest.raises(CommandError, match="version 3; there are: 1, 2") as refusal:
        call_command("agreement", campaign.slug, "--rubric", "3")
    assert refusal.value.returncode == 2
