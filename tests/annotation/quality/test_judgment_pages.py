"""The list of judgments and the page of a comparison."""

import csv
import io
import json

import pytest
from django.urls import reverse

from annotation.models import Judgment, SetAside
from annotation.quality.selectors.judgment_filters import JudgmentFilter, filter_of, filtered
from annotation.quality.selectors.judgment_rows import side_of, verdict_words
from tests.factories import (
    make_campaign,
    make_comparison,
    make_judgment,
    make_member,
    make_reference,
    make_rubric,
    make_user,
)
from tests.pages import part, parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(client):
    """Two people on one comparison, a missed gold, a changed repeat, one answer in each state."""
    lead = make_user()
    campaign = make_campaign(lead=lead, overlap=2)
    client.force_login(lead)
    return campaign, make_member(campaign, make_user("ann")), make_member(campaign)


def pseudonym(campaign, person):
    return campaign.memberships.get(user=person).pseudonym


def ids(campaign, **wanted):
    return set(filtered(campaign, JudgmentFilter(**wanted)).values_list("pk", flat=True))


def test_each_filter_keeps_what_it_says(study):
    campaign, ann, other = study
    shared, alone = make_comparison(campaign=campaign), make_comparison(campaign=campaign)
    first = make_judgment(shared, ann, ranks=[1, 2], slot=1, note="Hands are odd.")
    theirs = make_judgment(shared, other, ranks=[2, 1], slot=2)
    single = make_judgment(alone, ann, slot=1, remarks={"flagged": True})
    same = make_comparison(campaign=campaign)
    agreed = make_judgment(same, ann, ranks=[1, 2], slot=1)
    also = make_judgment(same, other, ranks=[1, 2], slot=2)
    gold = make_comparison(campaign=campaign)
    make_reference(gold, use="gold")
    missed = make_judgment(gold, ann, lane="gold", ranks=[2, 1])
    hit = make_judgment(gold, other, lane="gold", ranks=[1, 2])
    changed = make_judgment(shared, ann, lane="repeat", ranks=[2, 1])
    kept = make_judgment(same, ann, lane="repeat", ranks=[1, 2])
    broken = make_judgment(alone, other, cannot_judge="Broken image.", slot=2)
    late = make_judgment(alone, make_member(campaign), state="surplus")
    SetAside.objects.create(judgment=agreed, reason="blind", actor=make_user())
    newer = make_judgment(
        make_comparison(campaign=campaign), other, slot=1, rubric=make_rubric(campaign)
    )
    own, others = pseudonym(campaign, ann), pseudonym(campaign, other)
    everything = {
        one.pk
        for one in (first, theirs, single, agreed, also, missed, hit, changed, kept, broken, late,
                    newer)
    }  # fmt: skip
    assert ids(campaign) == everything
    by_ann = {first.pk, single.pk, agreed.pk, missed.pk, changed.pk, kept.pk}
    assert ids(campaign, person=own) == by_ann
    assert ids(campaign, person=own, other=others, lane="coverage") == {first.pk, agreed.pk}
    assert ids(campaign, person=own, other=others, differs=True) == {first.pk, kept.pk} - {kept.pk}
    assert ids(campaign, shared=True, lane="coverage") == {
        first.pk, theirs.pk, agreed.pk, broken.pk, late.pk
    }  # fmt: skip
    assert ids(campaign, wrong=True) == {missed.pk, changed.pk}
    assert ids(campaign, lane="gold") == {missed.pk, hit.pk}
    assert ids(campaign, state="set_aside") == {agreed.pk}
    assert ids(campaign, state="surplus") == {late.pk}
    assert ids(campaign, state="cannot_judge") == {broken.pk}
    assert ids(campaign, state="in_force") == everything - {agreed.pk, late.pk}
    assert ids(campaign, note=True) == ids(campaign, words="hands ARE") == {first.pk}
    assert ids(campaign, flagged=True) == {single.pk}
    assert ids(campaign, version=2) == {newer.pk}


def test_another_campaigns_judgments_are_never_listed(study):
    campaign, ann, _ = study
    foreign = make_campaign()
    make_member(foreign, ann)
    make_judgment(make_comparison(campaign=foreign), ann, slot=1)
    assert ids(campaign) == set()
    assert ids(campaign, person=pseudonym(foreign, ann)) == set()


@pytest.mark.parametrize(
    "params",
    [
        {"person": "x", "lane": "y", "state": "z", "sort": "w", "version": "-1", "since": "2026"},
        {"until": "9999-12-31", "since": "0001-01-01", "words": "\0", "version": "9" * 40},
    ],
)
def test_an_odd_address_leaves_its_conditions_out(study, client, params):
    campaign, ann, _ = study
    make_judgment(make_comparison(campaign=campaign), ann, slot=1)
    assert filter_of(params) == JudgmentFilter()
    page = client.get(reverse("judgments", args=[campaign.slug]), params | {"page": "none"})
    assert len(parts(page, "tr")) == 2


def test_sorts_put_unknown_times_last(study):
    campaign, ann, _ = study
    made = [
        make_judgment(make_comparison(campaign=campaign), ann, slot=1, worked_ms=ms)
        for ms in (5_000, None, 1_000)
    ]
    fast = list(filtered(campaign, JudgmentFilter(sort="fastest")))
    slow = list(filtered(campaign, JudgmentFilter(sort="slowest")))
    assert [one.pk for one in fast] == [made[2].pk, made[0].pk, made[1].pk]
    assert [one.pk for one in slow] == [made[0].pk, made[2].pk, made[1].pk]


def test_verdicts_are_said_in_letters_and_sides():
    assert verdict_words([2, 1], None) == "B, then A"
    assert verdict_words([1, 2, 2], None) == "A, then B and C"
    assert verdict_words([1, 1], "bad") == "tie, both bad"
    assert verdict_words([1, 1, 1], "good") == "tie, all good"
    assert [side_of(ranks) for ranks in ([1, 2], [2, 1], [1, 1])] == ["left", "right", ""]
    assert side_of([2, 3, 1]) == "C"


def test_the_spreadsheet_says_what_the_person_saw(study, client):
    campaign, ann, _ = study
    comparison = make_comparison(campaign=campaign)
    times = {"active_ms": 2_500, "worked_ms": 1_500}
    judgment = make_judgment(
        comparison, ann, ranks=[1, 2], order=[1, 0], slot=1, note="=1+1", **times
    )
    response = client.get(reverse("judgments", args=[campaign.slug]), {"format": "csv"})
    (row,) = csv.DictReader(io.StringIO(response.getvalue().decode()))
    assert row["judgment"] == str(judgment.public_id)
    # The canonically first candidate won and stood on the right.
    assert (row["verdict_as_shown"], row["side"]) == ("B, then A", "right")
    assert row["scores_as_shown"] == "3,3 | 4,4"
    assert (row["worked_seconds"], row["claimed_seconds"]) == ("1.5", "2.5")
    assert (row["note"], row["person"]) == ("'=1+1", "ann")


def test_chosen_columns_are_shown_alone(study, client):
    campaign, ann, _ = study
    make_judgment(make_comparison(campaign=campaign), ann, slot=1)
    address = reverse("judgments", args=[campaign.slug])
    page = client.get(address, {"columns": ["scores", "version", "odd"]})
    heads = [one.text for one in parts(page, "th")]
    assert heads == ["Scores, as shown", "Rubric version", "Comparison"]


def test_a_comparison_shows_every_answer_with_its_history(study, client):
    campaign, ann, other = study
    comparison = make_comparison(campaign=campaign)
    evidence = {
        "images_loaded": False,
        "views": {"side": 4_000, "flicker": "odd"},
        "full_size_seen": [True, True, False],
        "largest_zoom": 2.0,
    }
    kept = make_judgment(
        comparison, ann, ranks=[1, 2], order=[1, 0], slot=1, note="Face.", evidence=evidence
    )
    aside = make_judgment(comparison, other, ranks=[2, 1], slot=2, evidence={"views": 3})
    SetAside.objects.create(judgment=aside, reason="always left", actor=make_user("boss"))
    address = reverse("comparison", args=[campaign.slug, comparison.public_id])
    page = client.get(address)
    rows = [row for row in parts(page, "tr") if "id" in row.attributes]
    assert [row.attributes["id"] for row in rows] == [str(kept.public_id), str(aside.public_id)]
    for words in ("ann", "A, then B", "B, A", "Face.", "not all there", "side 4 s", "200 %"):
        assert words in rows[0].text
    # Shown as B, A: the first edit on the screen is B.
    assert "At full size: B" in rows[0].text
    assert "set aside" in rows[1].text
    assert "set aside by boss: always left" in part(page, "ol.history").text
    assert "A, then B (by majority)" in part(page, "p.lede").text
    pictures = json.loads(part(page, "#pictures").text)
    assert len(pictures["candidates"]) == 2


def test_a_gold_beside_its_answers_says_who_met_it(study, client):
    campaign, ann, other = study
    comparison = make_comparison(campaign=campaign)
    make_reference(comparison, use="gold")
    make_judgment(comparison, ann, lane="gold", ranks=[1, 2])
    make_judgment(comparison, other, lane="gold", ranks=[2, 1])
    page = client.get(reverse("comparison", args=[campaign.slug, comparison.public_id]))
    badges = [one.text for one in parts(page, "span.badge") if "expected" in one.text]
    assert badges == ["as expected", "not as expected"]


def test_reading_changes_nothing(study, client):
    campaign, ann, _ = study
    judgment = make_judgment(make_comparison(campaign=campaign), ann, slot=1)
    before = list(Judgment.objects.values())
    client.get(reverse("comparison", args=[campaign.slug, judgment.comparison.public_id]))
    client.get(reverse("judgments", args=[campaign.slug]))
    assert list(Judgment.objects.values()) == before


def test_a_comparison_of_another_campaign_is_not_there(study, client):
    campaign, _, _ = study
    foreign = make_comparison(campaign=make_campaign())
    address = reverse("comparison", args=[campaign.slug, foreign.public_id])
    assert client.get(address).status_code == 404
