"""Ranking judged comparisons and sending them back."""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from annotation.adjudication.services.offers import adjudicate_comparison
from annotation.campaigns.progress import progress_of
from annotation.comparisons.selectors import counts_of
from annotation.errors import DomainError
from annotation.feedback import selectors as disagreement
from annotation.feedback.services import (
    refill,
    refill_open_campaigns,
    send_back_one,
    send_back_top,
)
from annotation.feedback.signals import Signal, note_champion, replace_signals
from annotation.models import ModelSignal, QueueEntry, SendBack
from annotation.people.services import remove_role
from annotation.queue.services.leases import lease_next
from annotation.stats.sampling import inclusion_probabilities, systematic_sample
from tests.annotation.invariants import everything
from tests.factories import (
    make_campaign,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_user,
)
from tests.pages import messages_of, parts

MODEL = "model-1"


def signal(comparison, value, kind="surprise"):
    return Signal(comparison.public_id, kind, value, value)


@pytest.fixture
def campaign(db):
    return make_campaign(overlap=2, send_back_batch=3)


@pytest.fixture
def judged(campaign):
    """Six comparisons, two votes each, with rising surprise; two people have judged none."""
    voters = [make_member(campaign) for _ in range(2)]
    for _ in range(2):
        make_member(campaign)
    comparisons = [make_comparison(campaign=campaign) for _ in range(6)]
    for number, comparison in enumerate(comparisons):
        for slot, voter in enumerate(voters, 1):
            ranks = [2, 1] if number == 5 and slot == 2 else [1, 2]
            make_judgment(comparison, voter, ranks=ranks, slot=slot)
    replace_signals(
        campaign=campaign.public_id,
        model=MODEL,
        signals=[signal(comparison, number + 1.0) for number, comparison in enumerate(comparisons)],
    )
    return comparisons


def test_the_ranking_starts_with_what_surprises_the_model_most(campaign, judged):
    ranked = disagreement.ranking(campaign)
    assert [row.comparison_id for row in ranked] == [c.pk for c in reversed(judged)]
    assert [row.surprise for row in ranked] == [6, 5, 4, 3, 2, 1]


def test_people_who_contradict_each_other_come_first_among_people(campaign, judged):
    ranked = disagreement.ranking(campaign, by="human")
    assert ranked[0].comparison_id == judged[5].pk
    assert ranked[0].human == pytest.approx(np.log(2) / np.log(3))
    assert {row.human for row in ranked[1:]} == {0.0}


def test_a_number_nobody_computed_is_none_and_ranks_last(campaign, judged):
    ModelSignal.objects.filter(comparison=judged[5]).delete()
    ranked = disagreement.ranking(campaign)
    assert ranked[-1].comparison_id == judged[5].pk
    assert ranked[-1].surprise is None
    assert {row.uncertainty for row in ranked} == {None}


def test_a_models_signals_replace_all_earlier_ones(campaign, judged):
    stranger = make_comparison(campaign=make_campaign())
    n = replace_signals(
        campaign=campaign.public_id,
        model="model-2",
        signals=[signal(judged[0], 9.0), signal(stranger, 9.0)],
    )
    assert n == 1
    row = ModelSignal.objects.get()
    assert (row.comparison_id, row.model, row.value) == (judged[0].pk, "model-2", 9.0)
    assert disagreement.current_model(campaign) == "model-2"


def test_the_top_n_go_back_in_the_disagreement_lane_without_a_propensity(campaign, judged):
    lead = make_user()
    result = send_back_top(campaign=campaign, n=2, actor=lead)
    assert set(result.sent) == {judged[5].pk, judged[4].pk}
    for entry in QueueEntry.objects.all():
        assert (entry.lane, entry.propensity) == ("disagreement", None)
    assert {row.actor for row in SendBack.objects.all()} == {lead}
    judged[5].refresh_from_db()
    assert judged[5].overlap == 3


def test_what_waits_already_is_not_sent_back_again(campaign, judged):
    send_back_top(campaign=campaign, n=2, actor=make_user())
    result = send_back_top(campaign=campaign, n=2, actor=make_user())
    assert set(result.sent) == {judged[3].pk, judged[2].pk}


def test_held_out_sources_are_never_among_the_top(campaign, judged):
    item = make_item(campaign, held_out=True, random_arm=True)
    kept = make_comparison(item)
    make_judgment(kept, slot=1)
    replace_signals(
        campaign=campaign.public_id,
        model=MODEL,
        signals=[signal(kept, 99.0), signal(judged[0], 1.0)],
    )
    assert disagreement.ranking(campaign)[0].comparison_id == kept.pk
    result = send_back_top(campaign=campaign, n=1, actor=make_user())
    assert result.sent == [judged[0].pk]


def test_where_nobody_is_left_the_comparison_is_held_for_the_lead(campaign, judged):
    comparison = judged[0]
    for _ in range(2):
        member = campaign.memberships.filter(role="annotator").exclude(
            user__in=comparison.judgments.values("annotator")
        )[0]
        make_judgment(comparison, member.user, lane="disagreement")
    result = send_back_one(comparison=comparison, actor=make_user())
    assert (result.sent, result.held) == ([], [comparison.pk])
    comparison.refresh_from_db()
    assert comparison.held_at is not None


def test_a_scheduled_round_fills_the_lane_and_writes_each_chance(campaign, judged):
    result = refill(campaign=campaign, seed=1)
    assert len(result.sent) == 3
    weights = np.arange(6, 0, -1.0)
    chances = dict(
        zip(
            [c.pk for c in reversed(judged)],
            inclusion_probabilities(weights, 3),
            strict=True,
        )
    )
    for entry in QueueEntry.objects.all():
        assert entry.lane == "disagreement"
        assert entry.propensity == pytest.approx(chances[entry.comparison_id])
    assert set(SendBack.objects.values_list("model", flat=True)) == {MODEL}
    assert refill(campaign=campaign, seed=2) is None  # the lane is full


@pytest.mark.parametrize("columns", [{"state": "paused"}, {"send_back_batch": 0}])
def test_a_scheduled_round_does_nothing_where_it_should_not(db, columns):
    campaign = make_campaign(**columns)
    comparison = make_comparison(campaign=campaign)
    make_judgment(comparison, slot=1)
    replace_signals(campaign=campaign.public_id, model=MODEL, signals=[signal(comparison, 1.0)])
    assert refill(campaign=campaign, seed=1) is None
    assert not QueueEntry.objects.exists()


@given(
    st.lists(st.floats(0.001, 1000), min_size=1, max_size=40),
    st.integers(0, 50),
)
def test_inclusion_probabilities_sum_to_the_draw_and_none_exceeds_one(weights, n):
    chances = inclusion_probabilities(np.array(weights), n)
    assert chances.sum() == pytest.approx(min(n, len(weights)))
    assert (chances <= 1).all()
    if n:
        assert (chances > 0).all()
        order = np.argsort(weights)
        assert (np.diff(chances[order]) >= -1e-12).all()


def test_units_are_drawn_as_often_as_their_probability_says():
    chances = inclusion_probabilities(np.array([1.0, 2.0, 3.0, 10.0]), 2)
    assert chances == pytest.approx([1 / 6, 1 / 3, 1 / 2, 1.0])
    generator = np.random.default_rng(0)
    counts = np.zeros(4)
    n_draws = 20_000
    for _ in range(n_draws):
        drawn = systematic_sample(chances, generator)
        assert len(drawn) == len(set(drawn.tolist())) == 2
        counts[drawn] += 1
    # Four standard errors of a share of 1/2.
    assert counts / n_draws == pytest.approx(chances, abs=4 * 0.5 / n_draws**0.5)


@pytest.mark.parametrize("weights", [[0.0, 1.0], [np.nan], [np.inf], [-1.0]])
def test_weights_that_are_no_weights_are_refused(weights):
    with pytest.raises(ValueError, match="finite and positive"):
        inclusion_probabilities(np.array(weights), 1)


def test_the_page_and_the_command_say_when_the_model_is_not_the_champion(
    client, campaign, judged, capsys
):
    lead = make_user()
    make_member(campaign, lead, role="lead")
    client.force_login(lead)
    page = reverse("disagreement", args=[campaign.slug])
    notice = "come from a model that is not the champion"

    def said():
        call_command("disagreement", campaign.slug, json=True)
        in_json = json.loads(capsys.readouterr().out)["model_is_champion"]
        call_command("disagreement", campaign.slug)
        in_text = "not the champion" in capsys.readouterr().out
        return notice in client.get(page).content.decode(), in_text, in_json

    assert said() == (True, True, False)
    note_champion(campaign=campaign.public_id, model=MODEL, actor=None, how="by the champion check")
    assert said() == (False, False, True)
    note_champion(campaign=campaign.public_id, model="another", actor=lead, how="chosen by hand")
    assert said() == (True, True, False)
    ModelSignal.objects.all().delete()
    assert said() == (False, False, None)


def test_a_closed_campaign_sends_nothing_back_by_hand_by_draw_or_one_by_one(campaign, judged):
    type(campaign).objects.filter(pk=campaign.pk).update(state="closed")
    campaign.refresh_from_db()
    before = everything()
    lead = make_user()
    with pytest.raises(DomainError, match="closed"):
        send_back_top(campaign=campaign, n=2, actor=lead)
    judged[0].campaign.refresh_from_db()
    with pytest.raises(DomainError, match="closed"):
        send_back_one(comparison=judged[0], actor=lead)
    assert refill(campaign=campaign, seed=1) is None
    assert refill_open_campaigns() == 0
    with pytest.raises(CommandError) as refused:
        call_command("disagreement", campaign.slug, "--send-back")
    assert refused.value.returncode == 2
    assert everything() == before


def test_what_an_adjudicator_has_is_neither_offered_again_nor_held(campaign, judged):
    adjudicator = make_member(campaign, role="adjudicator")
    campaign.memberships.filter(role="annotator").update(paused_at=campaign.created_at)
    first = send_back_one(comparison=judged[0], actor=make_user())
    assert first.adjudicated == [judged[0].pk]
    again = send_back_one(comparison=judged[0], actor=make_user())
    assert (again.adjudicated, again.held, list(again.left_out)) == ([], [], [judged[0].pk])
    [lease] = lease_next(campaign=campaign, annotator=adjudicator).assignments
    assert lease.comparison_id == judged[0].pk
    during = send_back_one(comparison=judged[0], actor=make_user())
    assert "adjudicators" in during.left_out[judged[0].pk]
    judged[0].refresh_from_db()
    assert judged[0].held_at is None
    assert progress_of(campaign).n_held == 0


def test_a_held_comparison_that_went_to_the_adjudicators_no_longer_waits_for_the_lead(
    campaign, judged
):
    type(judged[0]).objects.filter(pk=judged[0].pk).update(held_at=campaign.created_at)
    assert progress_of(campaign).n_held == 1
    adjudicator = make_member(campaign, role="adjudicator")
    adjudicate_comparison(comparison=judged[0], actor=None)
    assert (progress_of(campaign).n_held, counts_of(campaign)["held"]) == (0, 0)
    # Without an adjudicator it would wait for nobody.
    remove_role(campaign=campaign, user=adjudicator, role="adjudicator", actor=None)
    assert (progress_of(campaign).n_held, counts_of(campaign)["held"]) == (1, 1)


def test_the_page_of_a_closed_campaign_offers_no_send_back_and_refuses_one(
    client, campaign, judged
):
    client.force_login(make_member(campaign, role="lead"))
    type(campaign).objects.filter(pk=campaign.pk).update(state="closed")
    path = reverse("send-back", args=[campaign.slug])
    page = client.get(reverse("disagreement", args=[campaign.slug]))
    assert parts(page, f'form[action="{path}"]') == []
    assert {each.text for each in parts(page, '[data-not-offered="closed"]')} != set()
    before = everything()
    reply = client.post(path, {"n": "2", "by": "surprise"}, follow=True)
    assert "closed" in messages_of(reply)["error"]
    assert everything() == before
