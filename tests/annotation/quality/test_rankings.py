"""How generators rank, from rows."""

import pytest
from django.urls import reverse
from django.utils.timezone import now

from annotation.quality.selectors.rankings import generator_ranking
from tests import factories as make
from tests.annotation.studies import make_study
from tests.pages import part

pytestmark = pytest.mark.django_db


def judged(campaign, votes, names="ab"):
    """Judge one comparison of two generators per vote: ranks, and whether the first is first."""
    for ranks, a_first in votes:
        item = make.make_item(campaign)
        named = {name: make.make_candidate(item, generator=name) for name in names}
        comparison = make.make_comparison(item, candidates=list(named.values()))
        first = comparison.candidate_ids[0] == named[names[0]].pk
        canonical = ranks if first else ranks[::-1]
        order = [0, 1] if a_first == first else [1, 0]
        make.make_judgment(comparison, ranks=canonical, order=order, slot=1)


def test_the_generator_that_wins_more_is_first_with_its_votes_and_interval():
    campaign = make.make_campaign()
    win, loss, tie = [1, 2], [2, 1], [1, 1]
    judged(campaign, [(win, n % 2 == 0) for n in range(12)])
    judged(campaign, [(loss, n % 2 == 0) for n in range(4)] + [(tie, True), (tie, False)])
    found = generator_ranking(campaign, n_replicates=100)
    (group,) = found.groups
    first, second = group.rows
    assert [(p.generator, p.rank, p.n_votes) for p in group.rows] == [("a", 1, 18), ("b", 2, 18)]
    assert first.strength == pytest.approx(-second.strength)
    assert first.low < first.strength < first.high
    assert (found.n_votes, found.n_sources, found.gaps, group.refused) == (18, 18, [], "")
    assert group.position_effect == pytest.approx(0, abs=1e-6)
    # 12 wins to 4: nine wins less put b ahead, and fewer may, where the order explains the rest.
    assert 1 <= group.flip_votes <= 9


def test_being_shown_first_is_kept_apart_from_being_better():
    campaign = make.make_campaign()
    judged(campaign, [([1, 2], True)] * 8 + [([2, 1], True)] * 2)
    judged(campaign, [([1, 2], False)] * 2 + [([2, 1], False)] * 8)
    found = generator_ranking(campaign, n_replicates=50)
    (group,) = found.groups
    assert group.position_effect > 1
    assert group.rows[0].strength == pytest.approx(0, abs=1e-6)


BOTH_WAYS = [([1, 2], True), ([1, 2], False), ([2, 1], True), ([2, 1], False), ([1, 2], True)]


def test_generators_that_never_lose_stand_in_a_group_of_their_own(media_root):
    campaign, _, _ = make_study(n_items=3)
    found = generator_ranking(campaign, n_replicates=10)
    assert [group.names for group in found.groups] == [["aster"], ["birch"], ["cedar"]]
    assert [(gap.upper, gap.lower) for gap in found.gaps] == [(0, 1), (1, 2)]
    assert all(gap.n_votes and not gap.n_items for gap in found.gaps)


def test_generators_that_never_met_are_ranked_within_their_groups():
    campaign = make.make_campaign()
    judged(campaign, BOTH_WAYS, "ab")
    judged(campaign, [*BOTH_WAYS, ([1, 2], False)], "cd")
    alone = make.make_campaign()
    judged(alone, BOTH_WAYS, "ab")
    found = generator_ranking(campaign, n_replicates=20)
    first, second = found.groups
    assert (first.names, second.names) == (["a", "b"], ["c", "d"])
    assert first == generator_ranking(alone, n_replicates=20).groups[0]
    assert [row.rank for row in second.rows] == [1, 2]
    (gap,) = found.gaps
    assert (gap.n_votes, gap.n_items) == (0, 0)


def test_a_gap_counts_the_items_that_hold_edits_of_both_groups():
    campaign = make.make_campaign()
    judged(campaign, BOTH_WAYS, "ab")
    judged(campaign, BOTH_WAYS, "cd")
    for names in ("ac", "bd", "ab"):
        item = make.make_item(campaign)
        for name in names:
            make.make_candidate(item, generator=name)
    withdrawn = make.make_item(campaign, withdrawn_at=now(), withdrawn_reason="test")
    for name in "ac":
        make.make_candidate(withdrawn, generator=name)
    (gap,) = generator_ranking(campaign, n_replicates=5).gaps
    assert gap.n_items == 2


def test_one_vote_the_other_way_joins_two_groups():
    campaign = make.make_campaign()
    judged(campaign, BOTH_WAYS, "ab")
    judged(campaign, BOTH_WAYS, "cd")
    judged(campaign, [([1, 2], True), ([1, 2], False)], "ac")
    apart = generator_ranking(campaign, n_replicates=5)
    assert [gap.n_votes for gap in apart.gaps] == [2]
    judged(campaign, [([2, 1], True), ([2, 1], False)], "ac")
    joined = generator_ranking(campaign, n_replicates=5)
    assert [sorted(group.names) for group in joined.groups] == [["a", "b", "c", "d"]]
    assert joined.gaps == []


def test_where_no_two_generators_met_there_is_nothing_to_rank():
    assert generator_ranking(make.make_campaign()) is None


def test_the_agreement_page_ranks_generators_and_names_every_coefficient(client):
    lead = make.make_user()
    campaign = make.make_campaign(lead=lead)
    judged(campaign, [([1, 2], n % 2 == 0) for n in range(6)] + [([2, 1], True), ([2, 1], False)])
    client.force_login(lead)
    shown = client.get(reverse("agreement", args=[campaign.slug]))
    (pairs, sources, *_) = part(shown, "[data-votes]").numbers
    assert (pairs, sources) == (8, 8)
    page = shown.text
    for name in ("alpha, ordinal", "alpha, nominal", "AC2, quadratic weights", "AC1"):
        assert name in page


def test_the_agreement_page_says_what_keeps_generators_apart(client, media_root):
    lead = make.make_user()
    campaign, _, _ = make_study(n_items=3, lead=lead)
    client.force_login(lead)
    shown = client.get(reverse("agreement", args=[campaign.slug]))
    assert "3 groups" in part(shown, "[data-gaps]").text
    for number, name in enumerate(("aster", "birch", "cedar"), start=1):
        assert f"Group {number}: {name}" in shown.text
