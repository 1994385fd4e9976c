"""Each annotator's own plan: shares as promised, in an order that nobody else knows."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.campaigns.services import change_settings
from annotation.models import Lane, Membership
from annotation.people.services import give_role
from annotation.queue.services.lanes import PLAN_LENGTH, SHARED_LANES, plan_of
from annotation.queue.services.own_plans import own_plan
from annotation.stats.intervals import wilson
from tests.annotation.queue.test_lanes import serve
from tests.factories import make_campaign, make_queued, make_reference, make_user

SHARES = {"gold": 10, "random": 24, "training": 4, "repeat": 6, "disagreement": 20, "coverage": 36}
#: Lanes that show themselves: the pictures are known, or the answer is explained.
SHOWN = {Lane.REPEAT, Lane.TRAINING}
N_PEOPLE, N_SERVES = 24, 500

plans = st.lists(st.sampled_from(SHARED_LANES), min_size=PLAN_LENGTH, max_size=PLAN_LENGTH)


@given(plans, st.integers())
def test_an_own_plan_has_the_lanes_of_the_campaign_and_no_two_golds_in_a_row(plan, seed):
    own = own_plan(plan, Random(seed))
    assert Counter(own) == Counter(plan)
    if 2 * plan.count("gold") <= PLAN_LENGTH:
        around = zip(own, [*own[1:], own[0]], strict=True)
        assert ("gold", "gold") not in set(around)


@given(st.integers(), st.integers(0, PLAN_LENGTH))
def test_any_fifty_serves_in_a_row_hold_each_lane_at_its_share(seed, start):
    own = own_plan(plan_of(SHARES), Random(seed)) * 2
    found = Counter(own[start : start + PLAN_LENGTH])
    assert {lane: 2 * n for lane, n in found.items()} == SHARES


def test_every_place_is_as_likely_to_be_a_gold():
    generator, n = Random(5), 4_000
    counts = Counter(
        at
        for _ in range(n)
        for at, lane in enumerate(own_plan(plan_of(SHARES), generator))
        if lane == "gold"
    )
    low, high = min(counts[at] for at in range(PLAN_LENGTH)), max(counts.values())
    # Five standard errors of a share of one tenth.
    assert 0.1 * n - 95 < low
    assert high < 0.1 * n + 95


def campaign_plan_says(plan, _own, _others):
    return [lane == "gold" for lane in plan]


def somebody_else_s_says(_plan, _own, others):
    """Two compare notes: where the other one met golds."""
    return [lane == "gold" for lane in others[0]]


def most_others_say(plan, _own, others):
    """All the others pool what they know: the places where most of them met golds."""
    counts = [sum(own[at] == "gold" for own in others) for at in range(len(plan))]
    best = sorted(range(len(plan)), key=lambda at: -counts[at])[: plan.count("gold")]
    return [at in best for at in range(len(plan))]


def after_what_shows_itself(_plan, own, _others):
    """The serve after each repeat or training one."""
    return [own[at - 1] in SHOWN for at in range(len(own))]


def far_from_what_shows_itself(_plan, own, _others):
    return [
        not {own[at - 2], own[at - 1], own[(at + 1) % len(own)]} & SHOWN for at in range(len(own))
    ]


@pytest.mark.parametrize(
    "rule",
    [
        campaign_plan_says,
        somebody_else_s_says,
        most_others_say,
        after_what_shows_itself,
        far_from_what_shows_itself,
    ],
)
def test_who_has_read_the_source_tells_golds_no_better_than_chance(rule):
    generator, plan = Random(11), plan_of(SHARES)
    people = [own_plan(plan, generator) for _ in range(N_PEOPLE)]
    hits = guesses = golds = hidden = 0
    for at, own in enumerate(people):
        says = rule(plan, own, people[:at] + people[at + 1 :])
        for serve_number in range(N_SERVES):
            lane = own[serve_number % PLAN_LENGTH]
            if lane in SHOWN:
                continue
            hidden += 1
            golds += lane == "gold"
            guesses += says[serve_number % PLAN_LENGTH]
            hits += says[serve_number % PLAN_LENGTH] and lane == "gold"
    # A plan repeats, so that only its fifty serves are evidence.
    repeats = N_SERVES // PLAN_LENGTH
    low, high = wilson(hits // repeats, guesses // repeats)
    assert low < golds / hidden < high


@pytest.mark.django_db
def test_serves_follow_the_own_plan():
    campaign = make_campaign(lane_plan=plan_of(SHARES), overlap=1)
    lead = make_user()
    for n in range(30):
        comparison = make_queued(campaign=campaign)
        if n < 15:
            make_reference(comparison, use="gold")
    person = make_user()
    give_role(campaign=campaign, user=person, role="annotator", actor=lead)
    own = Membership.objects.get(user=person).own_plan
    served = [serve(campaign, person).lane for _ in range(12)]
    assert [lane == "gold" for lane in served] == [lane == "gold" for lane in own[:12]]


@pytest.mark.django_db
def test_everybody_who_joins_gets_a_plan_and_new_shares_draw_all_anew():
    campaign, lead = make_campaign(lane_plan=plan_of(SHARES)), make_user()
    for _ in range(3):
        give_role(campaign=campaign, user=make_user(), role="annotator", actor=lead)
    own = [member.own_plan for member in Membership.objects.filter(campaign=campaign)]
    assert len({tuple(plan) for plan in own}) == 3
    assert all(Counter(plan) == Counter(campaign.lane_plan) for plan in own)
    shares = SHARES | {"gold": 4, "coverage": 42}
    change_settings(campaign=campaign, actor=lead, lane_shares=shares)
    for member in Membership.objects.filter(campaign=campaign):
        assert {lane: 2 * n for lane, n in Counter(member.own_plan).items()} == shares
