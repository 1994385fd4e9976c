"""Gold: how often people agree with the reference, shown late, as a total, and never which."""

import datetime as dt

import pytest
from django.db.models import DateTimeField
from django.db.models.functions import Now, TruncDay
from django.test import Client
from django.urls import reverse

from annotation.models import Assignment, SetAside
from annotation.references.golds import gold_by_person, gold_feedback
from annotation.references.services import withdraw_reference
from annotation.stats.intervals import wilson
from tests.factories import (
    make_campaign,
    make_comparison,
    make_judgment,
    make_member,
    make_reference,
    make_user,
)
from tests.pages import part, parts

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(hours=24)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def bob(campaign):
    return make_member(campaign, make_user("bob"))


def answer_gold(campaign, person, *, agrees=True, age=2 * DAY, **columns):
    """Make a gold whose first candidate wins, and a person's answer to it."""
    reference = make_reference(make_comparison(campaign=campaign), use="gold")
    ranks = None if columns.get("cannot_judge") else [1, 2] if agrees else [2, 1]
    columns = {"ranks": ranks} | columns
    judgment = make_judgment(reference.comparison, person, lane="gold", **columns)
    Assignment.objects.filter(pk=judgment.assignment_id).update(closed_at=Now() - age)
    return reference, judgment


def test_seventeen_of_twenty_are_shown_with_their_wilson_interval(campaign, bob):
    for n in range(20):
        answer_gold(campaign, bob, agrees=n < 17)
    result = gold_feedback(campaign, bob)
    assert (result.n, result.n_agreeing, result.share) == (20, 17, 0.85)
    # Wilson's interval for 17 of 20, from its closed form by hand.
    assert (round(result.low, 3), round(result.high, 3)) == (0.640, 0.948)
    assert result.until is not None


def test_nine_are_too_few_and_ten_are_enough(campaign, bob):
    for _ in range(9):
        answer_gold(campaign, bob)
    assert gold_feedback(campaign, bob) is None
    answer_gold(campaign, bob, age=DAY - MINUTE)
    assert gold_feedback(campaign, bob) is None
    answer_gold(campaign, bob)
    assert gold_feedback(campaign, bob).n == 10


def test_golds_are_shown_in_closed_batches_of_ten_oldest_first(campaign, bob):
    for n in range(19):
        answer_gold(campaign, bob, agrees=n < 10, age=3 * DAY - n * MINUTE)
    assert (gold_feedback(campaign, bob).n, gold_feedback(campaign, bob).n_agreeing) == (10, 10)
    answer_gold(campaign, bob, agrees=False)
    assert (gold_feedback(campaign, bob).n, gold_feedback(campaign, bob).n_agreeing) == (20, 10)


def test_a_gold_is_shown_at_the_turn_of_a_day_and_not_a_day_after_its_answer(campaign, bob):
    for _ in range(10):
        answer_gold(campaign, bob)
    day = TruncDay(Now(), output_field=DateTimeField())
    golds = Assignment.objects.filter(annotator=bob)
    golds.update(closed_at=day - DAY)
    assert gold_feedback(campaign, bob) is None
    golds.update(closed_at=day - DAY - dt.timedelta(milliseconds=1))
    assert gold_feedback(campaign, bob).n == 10


def test_golds_of_the_last_day_are_not_shown(campaign, bob):
    for _ in range(10):
        answer_gold(campaign, bob)
    before = gold_feedback(campaign, bob)
    answer_gold(campaign, bob, agrees=False, age=DAY - MINUTE)
    assert gold_feedback(campaign, bob) == before
    assert gold_by_person(campaign)[bob.pk].n == 11


def test_the_rank_order_decides_and_neither_scores_nor_the_kind_of_a_tie(campaign, bob):
    answer_gold(campaign, bob, scores=[[1, 1], [1, 1]])
    answer_gold(campaign, bob, ranks=[1, 1], tie_kind="good")
    tied = make_reference(
        make_comparison(campaign=campaign),
        use="gold",
        verdict={"ranks": [1, 1], "tie_kind": "bad"},
    )
    make_judgment(tied.comparison, bob, lane="gold", ranks=[1, 1], tie_kind="good")
    result = gold_by_person(campaign)[bob.pk]
    assert (result.n, result.n_agreeing) == (3, 2)


def test_only_answers_in_force_to_standing_golds_count(campaign, alice, bob):
    answer_gold(campaign, bob)
    answer_gold(campaign, bob, cannot_judge="Too dark.")
    _, aside = answer_gold(campaign, bob)
    SetAside.objects.create(judgment=aside, reason="Tired.", actor=alice)
    gone, _ = answer_gold(campaign, bob)
    withdraw_reference(reference=gone, actor=None)
    make_reference(gone.comparison, use="gold", verdict={"ranks": [2, 1], "tie_kind": None})
    counted = make_comparison(campaign=campaign)
    make_judgment(counted, bob, slot=1)
    result = gold_by_person(campaign)[bob.pk]
    # The gold that was withdrawn and corrected counts once, by the answer that stands.
    assert (result.n, result.n_agreeing) == (2, 1)


def test_people_and_campaigns_are_told_apart(campaign, bob):
    carol = make_member(campaign)
    answer_gold(campaign, bob)
    answer_gold(campaign, carol, agrees=False)
    found = gold_by_person(campaign)
    assert {pk: one.n_agreeing for pk, one in found.items()} == {bob.pk: 1, carol.pk: 0}
    assert found[carol.pk].low == 0.0
    assert found[bob.pk].high == wilson(1, 1)[1] == 1.0
    assert gold_by_person(make_campaign()) == {}


def test_my_judgments_tell_the_sum_and_leads_see_it_on_the_people_page(campaign, alice, bob):
    client = Client()
    client.force_login(bob)
    for n in range(10):
        answer_gold(campaign, bob, agrees=n < 7)
    page = client.get(reverse("mine", args=[campaign.slug]))
    *_, k, n, _confidence, low, high = part(page, "[data-checks]").numbers
    assert (k, n, low, high) == (7, 10, 40, 89)
    assert "gold" not in page.text.lower()
    client.force_login(alice)
    people = client.get(reverse("people", args=[campaign.slug]))
    assert "Gold as expected" in [head.text for head in parts(people, "th")]
    assert "[0.40, 0.89]" in people.text
    assert "n = 10" in people.text


def test_my_judgments_say_nothing_while_there_is_too_little_to_tell(campaign, bob):
    answer_gold(campaign, bob)
    client = Client()
    client.force_login(bob)
    assert "as expected" not in client.get(reverse("mine", args=[campaign.slug])).text
