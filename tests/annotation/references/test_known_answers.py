"""Known answers become gold in one step."""

from uuid import uuid4

import pytest
from django.urls import reverse

from annotation.campaigns.services import change_state
from annotation.errors import DomainError, InvalidSetting
from annotation.models import (
    Campaign,
    CampaignEvent,
    Comparison,
    Judgment,
    QueueEntry,
    ReferenceAnswer,
)
from annotation.quality.selectors.outcomes import answers
from annotation.queue.selectors.remaining import remaining
from annotation.queue.services.leases import lease_next
from annotation.queue.services.overlap import settle
from annotation.references.known_answers import known_answers
from annotation.references.services import create_golds, withdraw_reference
from tests.factories import (
    make_assignment,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_queued,
    make_reference,
)
from tests.pages import part, parts

pytestmark = pytest.mark.django_db


def judged(campaign, *ranks, item=None, **columns):
    """Return a comparison of which each judgment gives one of these ranks."""
    comparison = make_comparison(item or make_item(campaign))
    for each in ranks:
        make_judgment(comparison, ranks=list(each), **columns)
    return comparison


def listed(campaign, least=2):
    return [line.reference.comparison for line in known_answers(campaign, least=least).lines]


def state():
    """Return everything that making golds may change."""
    return (
        list(ReferenceAnswer.objects.order_by("pk").values_list()),
        list(QueueEntry.objects.order_by("pk").values_list()),
        list(Comparison.objects.order_by("pk").values_list()),
        CampaignEvent.objects.count(),
    )


def take(campaign, alice, comparisons, least=2):
    chosen = [each.public_id for each in comparisons]
    return create_golds(campaign=campaign, comparisons=chosen, least=least, actor=alice)


def test_known_are_verdicts_that_everybody_gave_and_adjudicated_ones(campaign):
    three = judged(campaign, (1, 2), (1, 2), (1, 2))
    two = judged(campaign, (2, 1), (2, 1))
    judged(campaign, (1, 2), (2, 1))
    judged(campaign, (1, 2))
    disputed = judged(campaign, (1, 2), (2, 1))
    make_judgment(disputed, lane="adjudication", ranks=[2, 1], scores=[[1, 2], [4, 3]])
    assert listed(campaign) == [disputed, three, two]
    assert listed(campaign, least=3) == [disputed, three]
    decided = known_answers(campaign, least=2).lines[0]
    assert (decided.reference.ranks, decided.reference.scores) == ([2, 1], [[1, 2], [4, 3]])
    assert [line.n for line in known_answers(campaign, least=2).lines] == [0, 3, 2]


def test_ties_of_different_kinds_and_people_who_could_not_judge_are_no_agreement(campaign):
    mixed = judged(campaign, (1, 1), tie_kind="good")
    make_judgment(mixed, ranks=[1, 1], tie_kind="bad")
    make_judgment(judged(campaign, (1, 2), (1, 2)), cannot_judge="unclear")
    both_bad = judged(campaign, (1, 1), (1, 1), tie_kind="bad")
    assert listed(campaign) == [both_bad]
    assert known_answers(campaign, least=2).lines[0].reference.tie_kind == "bad"


def test_scores_are_the_lower_medians(campaign):
    comparison = make_comparison(make_item(campaign))
    for first in ([4, 1], [2, 3], [3, 3], [4, 4]):
        make_judgment(comparison, scores=[first, [1, 1]])
    assert known_answers(campaign, least=2).lines[0].reference.scores == [[3, 3], [1, 1]]


def test_a_comparison_that_wants_more_or_may_not_be_a_reference_is_left_out(campaign):
    held = judged(campaign, (1, 2), (1, 2))
    Comparison.objects.filter(pk=held.pk).update(held_at=held.created_at, held_reason="Blurred.")
    judged(campaign, (1, 2), (1, 2), item=make_item(campaign, held_out=True))
    leased = judged(campaign, (1, 2), (1, 2))
    make_assignment(leased, slot=3)
    waits = make_queued(campaign=campaign)
    for slot in (1, 2):
        make_judgment(waits, slot=slot)
    assert QueueEntry.objects.filter(comparison=waits).exists()
    make_reference(make_comparison(make_item(campaign)), use="gold")
    assert listed(campaign) == []


def test_golds_are_served_to_the_others_only_and_their_votes_stay_in_the_labels(campaign, alice):
    comparison = judged(campaign, (1, 2), (1, 2))
    voter = Judgment.objects.first().annotator
    fresh = make_member(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(lane_plan=["gold"] * 50)
    before = len(answers(campaign))
    left = remaining(campaign, voter)
    assert take(campaign, alice, [comparison]) == 1
    gold = ReferenceAnswer.objects.get()
    assert (gold.use, gold.ranks, gold.created_by) == ("gold", [1, 2], alice)
    assert (len(answers(campaign)), before) == (2, 2)
    assert remaining(campaign, voter) == left
    assert lease_next(campaign=campaign, annotator=voter).assignments == []
    [served] = lease_next(campaign=campaign, annotator=fresh).assignments
    assert (served.lane, served.comparison) == ("gold", comparison)


def test_one_event_names_all_and_nothing_asks_for_more_votes(campaign, alice):
    Campaign.objects.filter(pk=campaign.pk).update(stop_early=True)
    pair = [judged(campaign, (1, 2), (1, 2)) for _ in range(2)]
    Comparison.objects.update(overlap=9)
    assert take(campaign, alice, pair) == 2
    [event] = CampaignEvent.objects.filter(verb="golds_created")
    assert event.detail == {"n": 2, "least": 2}
    settle(comparison_id=pair[0].pk)
    assert not QueueEntry.objects.filter(slot__isnull=False).exists()
    assert listed(campaign) == []


def test_a_withdrawn_gold_that_nobody_was_served_is_as_it_was(campaign, alice):
    comparison = judged(campaign, (1, 2), (2, 1))
    make_judgment(comparison, lane="adjudication", ranks=[2, 1])
    take(campaign, alice, [comparison])
    assert withdraw_reference(reference=ReferenceAnswer.objects.get(), actor=alice)
    assert not QueueEntry.objects.exists()
    assert listed(campaign) == [comparison]


@pytest.mark.parametrize("why", ["one differs", "unknown", "none", "least", "closed"])
def test_refusals_change_nothing(campaign, alice, why):
    comparison = judged(campaign, (1, 2), (1, 2))
    chosen, least = [comparison.public_id], 2
    if why == "one differs":
        chosen.append(judged(campaign, (1, 2), (2, 1)).public_id)
    elif why == "unknown":
        chosen.append(uuid4())
    elif why == "none":
        chosen = []
    elif why == "least":
        least = 1
    else:
        change_state(campaign=campaign, state="closed", actor=alice)
    before = state()
    error = InvalidSetting if why == "least" else DomainError
    with pytest.raises(error):
        create_golds(campaign=campaign, comparisons=chosen, least=least, actor=alice)
    assert state() == before


def test_a_lead_sees_what_would_become_gold_and_confirms(page, campaign):
    kept, unticked = (judged(campaign, (1, 2), (1, 2)) for _ in range(2))
    make_member(campaign)
    address = reverse("golds-new", args=[campaign.slug])
    assert f'href="{address}"' in page.get(reverse("references", args=[campaign.slug])).text
    shown = page.get(address, {"least": 2})
    assert part(shown, "[data-count]").text == "2"
    boxes = parts(shown, 'input[name="comparison"]')
    assert [each.attributes["value"] for each in boxes] == [
        str(kept.public_id),
        str(unticked.public_id),
    ]
    assert all("checked" in each.attributes for each in boxes)
    assert "generator-" not in shown.text
    assert page.post(address, {"least": 2, "comparison": str(kept.public_id)}).status_code == 302
    assert [each.comparison for each in ReferenceAnswer.objects.all()] == [kept]


@pytest.mark.parametrize(
    "sent", [{}, {"least": 1}, {"least": 2}, {"least": 2, "comparison": "none"}]
)
def test_a_refused_form_says_why_and_changes_nothing(page, campaign, sent):
    judged(campaign, (1, 2), (1, 2))
    before = state()
    answer = page.post(reverse("golds-new", args=[campaign.slug]), sent)
    assert answer.status_code == 422
    assert parts(answer, ".error") or parts(answer, ".callout.bad")
    assert state() == before
