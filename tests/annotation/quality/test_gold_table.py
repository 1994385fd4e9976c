"""Golds one by one, and the table of every two people."""

import pytest
from django.urls import reverse

from annotation.models import Judgment
from annotation.quality.selectors.gold_table import gold_table
from annotation.stats.intervals import wilson
from tests.factories import (
    make_campaign,
    make_comparison,
    make_judgment,
    make_member,
    make_reference,
)
from tests.pages import parts
from tests.pilots import make_pilot

pytestmark = pytest.mark.django_db


def study(*, n_good, n_golds=12):
    """Careful people who all miss the last gold and one more person who meets that one alone."""
    campaign = make_campaign()
    golds = [make_comparison(campaign=campaign) for _ in range(n_golds)]
    for gold in golds:
        make_reference(gold, use="gold")
    people = [make_member(campaign) for _ in range(n_good + 1)]
    for number, gold in enumerate(golds):
        for person in people:
            last, odd = number == n_golds - 1, person is people[-1]
            ranks = [1, 2] if last == odd else [2, 1]
            make_judgment(gold, person, lane="gold", ranks=ranks)
    return campaign, golds[-1]


def test_a_gold_that_good_people_miss_is_doubtful_and_stands_first():
    campaign, missed = study(n_good=3)
    first, *others = gold_table(campaign)
    assert first.reference.comparison == missed
    assert first.doubtful
    assert (first.by_good.k, first.by_good.n) == (0, 3)
    assert (first.by_good.low, first.by_good.high) == wilson(0, 3)
    # Everybody's share has the person in it who meets only this one.
    assert (first.right.k, first.right.n) == (1, 4)
    assert not any(line.doubtful for line in others)
    assert {(line.right.k, line.by_good.k) for line in others} == {(3, 3)}


def test_two_good_people_or_few_other_golds_make_none_doubtful():
    for few in ({"n_good": 2}, {"n_good": 4, "n_golds": 10}):
        campaign, _ = study(**few)
        assert not any(line.doubtful for line in gold_table(campaign))


def test_an_unanswered_gold_stands_last_with_its_reason():
    campaign, _ = study(n_good=1)
    fresh = make_comparison(campaign=campaign)
    make_reference(fresh, use="gold")
    last = gold_table(campaign)[-1]
    assert (last.reference.comparison, last.right.value) == (fresh, None)
    assert last.right.why


def test_the_pages_lead_to_pictures_and_to_what_two_people_differ_on(client):
    pilot = make_pilot(n_comparisons=60, n_golds=12)
    client.force_login(pilot.lead)
    slug = pilot.campaign.slug
    golds = client.get(reverse("quality-golds", args=[slug]))
    links = [one.attributes["href"] for one in parts(golds, "a")]
    assert sum("/comparisons/" in link for link in links) >= 12
    pairs = client.get(reverse("quality-pairs", args=[slug]))
    drill = [
        link.attributes["href"] for link in parts(pairs, "a") if "differs" in str(link.attributes)
    ]
    assert len(drill) == 30
    found = client.get(drill[0])
    shown = len(parts(found, "tr")) - 1
    query = dict(part.split("=") for part in drill[0].partition("?")[2].split("&"))
    one, two = (
        pilot.campaign.memberships.get(pseudonym=query[name]).user_id
        for name in ("person", "other")
    )
    theirs = dict(
        Judgment.objects.filter(annotator=two, lane="coverage").values_list("comparison", "ranks")
    )
    own = Judgment.objects.filter(annotator=one, comparison__in=theirs)
    assert shown == sum(theirs[row.comparison_id] != row.ranks for row in own)
