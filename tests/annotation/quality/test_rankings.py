"""How generators rank, from rows."""

import pytest
from django.urls import reverse

from annotation.quality.selectors.rankings import generator_ranking
from tests import factories as make
from tests.annotation.studies import make_study
from tests.pages import part

pytestmark = pytest.mark.django_db


def judged(campaign, votes):
    """Judge one comparison of a and b per vote: their ranks, and whether a is shown first."""
    for ranks, a_first in votes:
        item = make.make_item(campaign)
        named = {name: make.make_candidate(item, generator=name) for name in "ab"}
        comparison = make.make_comparison(item, candidates=list(named.values()))
        first = comparison.candidate_ids[0] == named["a"].pk
        canonical = ranks if first else ranks[::-1]
        order = [0, 1] if a_first == first else [1, 0]
        make.make_judgment(comparison, ranks=canonical, order=order, slot=1)


def test_the_generator_that_wins_more_is_first_with_its_votes_and_interval():
    campaign = make.make_campaign()
    win, loss, tie = [1, 2], [2, 1], [1, 1]
    judged(campaign, [(win, n % 2 == 0) for n in range(12)])
    judged(campaign, [(loss, n % 2 == 0) for n in range(4)] + [(tie, True), (tie, False)])
    found = generator_ranking(campaign, n_replicates=100)
    assert [(p.generator, p.rank, p.n_votes) for p in found.rows] == [("a", 1, 18), ("b", 2, 18)]
    assert found.rows[0].strength == pytest.approx(-found.rows[1].strength)
    assert found.rows[0].low < found.rows[0].strength < found.rows[0].high
    assert (found.n_votes, found.n_sources, found.refused) == (18, 18, "")
    assert found.position_effect == pytest.approx(0, abs=1e-6)
    # 12 wins to 4: nine wins less put b ahead, and fewer may, where the order explains the rest.
    assert 1 <= found.flip_votes <= 9


def test_being_shown_first_is_kept_apart_from_being_better():
    campaign = make.make_campaign()
    judged(campaign, [([1, 2], True)] * 8 + [([2, 1], True)] * 2)
    judged(campaign, [([1, 2], False)] * 2 + [([2, 1], False)] * 8)
    found = generator_ranking(campaign, n_replicates=50)
    assert found.position_effect > 1
    assert found.rows[0].strength == pytest.approx(0, abs=1e-6)


def test_a_generator_that_never_loses_has_no_finite_rank_and_the_reason_names_it(media_root):
    campaign, _, _ = make_study(n_items=3)
    found = generator_ranking(campaign, n_replicates=10)
    assert found.rows == []
    assert "aster | birch | cedar" in found.refused


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


def test_the_agreement_page_says_why_there_is_no_ranking(client, media_root):
    lead = make.make_user()
    campaign, _, _ = make_study(n_items=3, lead=lead)
    client.force_login(lead)
    page = client.get(reverse("agreement", args=[campaign.slug])).content.decode()
    assert "No ranking" in page
    assert "aster | birch | cedar" in page
