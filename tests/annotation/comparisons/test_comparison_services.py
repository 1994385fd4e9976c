import json
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from annotation.comparisons.planning.choose import Rule
from annotation.comparisons.plans import make_rule, plan_comparisons
from annotation.comparisons.services import (
    build_comparisons,
    discard_comparisons,
    release_comparison,
    withdraw_comparison,
)
from annotation.errors import DomainError, InvalidSetting
from annotation.models import CampaignEvent, Candidate, Comparison, Derivative, Item, QueueEntry
from annotation.queue.services.slots import hold
from tests.factories import (
    make_assignment,
    make_campaign,
    make_candidate,
    make_comparison,
    make_image,
    make_item,
    make_judgment,
    make_member,
    make_queued,
    make_user,
)

pytestmark = pytest.mark.django_db
GENERATORS = ("ant", "bee", "cow", "dog")


def filled(n_items=3, generators=GENERATORS, **columns):
    campaign = make_campaign(**{"state": "draft"} | columns)
    for _ in range(n_items):
        item = make_item(campaign)
        for name in generators:
            make_candidate(item, generator=name)
    return campaign


def rule(campaign, strategy="all", k=2, **how):
    return make_rule(campaign, k=k, strategy=strategy, **how)


def build(campaign, **how):
    return build_comparisons(campaign=campaign, rule=rule(campaign, **how), actor=None)


def test_building_makes_comparisons_and_queues_them_with_rule_and_propensity():
    campaign = filled(overlap=4)
    built = build(campaign, strategy="random", per_item=2)
    assert built.n_queued == len(built.plan.chosen) == 6
    entries = QueueEntry.objects.filter(campaign=campaign)
    assert {(e.policy, e.propensity) for e in entries} == {("random:k=2,n=2", 2 / 6)}
    assert entries.count() == 6 * 4
    assert set(Comparison.objects.values_list("overlap", flat=True)) == {4}
    assert CampaignEvent.objects.get().detail == {"policy": "random:k=2,n=2", "n": 6}


@pytest.mark.parametrize("strategy", ["all", "random", "balanced", "anchor"])
def test_building_the_same_again_adds_nothing(strategy):
    campaign = filled()
    how = {"strategy": strategy}
    how |= {"per_item": 2} if strategy in {"random", "balanced"} else {}
    how |= {"anchor": "bee"} if strategy == "anchor" else {}
    build(campaign, **how)
    before = sorted(Comparison.objects.values_list("item", "candidate_ids"))
    again = build(campaign, **how)
    assert (again.plan.chosen, again.n_queued) == ([], 0)
    assert sorted(Comparison.objects.values_list("item", "candidate_ids")) == before
    assert CampaignEvent.objects.filter(verb="comparisons_built").count() == 1


def test_a_withdrawn_comparison_is_not_built_again():
    campaign = filled(n_items=1)
    build(campaign)
    withdraw_comparison(comparison=Comparison.objects.first(), reason="Blurred.", actor=None)
    assert build(campaign).plan.chosen == []


def test_items_that_came_later_are_built_by_the_same_rule():
    campaign = filled(n_items=2)
    build(campaign, strategy="balanced", per_item=1)
    item = make_item(campaign)
    for name in GENERATORS:
        make_candidate(item, generator=name)
    built = build(campaign, strategy="balanced", per_item=1)
    assert [chosen.item for chosen in built.plan.chosen] == [item.pk]


def test_of_identical_candidates_never_two_are_compared_and_the_plan_counts_them():
    campaign = filled(n_items=1, generators=["ant", "bee"])
    item = Item.objects.get(campaign=campaign)
    image = make_image()
    twins = [make_candidate(item, generator=name, image=image) for name in ("cow", "dog")]
    built = build(campaign)
    assert built.plan.left_out.same_file == 1
    assert len(built.plan.chosen) == 3
    for comparison in Comparison.objects.all():
        assert len({twin.pk for twin in twins} & set(comparison.candidate_ids)) <= 1


def test_a_candidate_equal_to_the_source_is_compared_like_any_other():
    campaign = filled(n_items=1, generators=["ant"])
    item = Item.objects.get(campaign=campaign)
    make_candidate(item, generator="no-edit", image=item.source)
    assert len(build(campaign).plan.chosen) == 1


def test_what_has_no_views_yet_waits_for_the_next_build():
    campaign = filled(n_items=2)
    first, second = Item.objects.filter(campaign=campaign).order_by("id")
    candidate = first.candidates.first()
    Derivative.objects.filter(image=candidate.image, variant="full").delete()
    Derivative.objects.filter(image=second.source).delete()
    plan = plan_comparisons(campaign, rule(campaign))
    assert (plan.unready.items, plan.unready.candidates) == (1, 1)
    assert len(plan.chosen) == 3
    assert not any(candidate.pk in chosen.candidates for chosen in plan.chosen)


def test_withdrawn_and_corrected_items_and_candidates_are_left_out():
    campaign = filled(n_items=3)
    gone, corrected, kept = Item.objects.filter(campaign=campaign).order_by("id")
    Item.objects.filter(pk=gone.pk).update(withdrawn_at=Now())
    Item.objects.filter(pk=corrected.pk).update(withdrawn_at=Now())
    newer = make_item(campaign, supersedes=corrected, version=2)
    make_candidate(newer, generator="ant")
    Candidate.objects.filter(item=kept, generator__name="dog").update(withdrawn_at=Now())
    plan = plan_comparisons(campaign, rule(campaign))
    assert {chosen.item for chosen in plan.chosen} == {kept.pk}
    assert len(plan.chosen) == 3
    assert plan.n_lonely == 1


def test_generators_that_never_meet_are_named():
    campaign = filled(n_items=1, generators=["ant", "bee"])
    other = make_item(campaign)
    for name in ("cow", "dog"):
        make_candidate(other, generator=name)
    plan = plan_comparisons(campaign, rule(campaign))
    assert plan.groups == [["ant", "bee"], ["cow", "dog"]]
    bridge = make_item(campaign)
    for name in ("ant", "dog"):
        make_candidate(bridge, generator=name)
    assert plan_comparisons(campaign, rule(campaign)).groups == [list(GENERATORS)]


def test_the_cost_is_unknown_before_the_first_judgment_and_then_follows_the_median():
    campaign = filled(overlap=3, state="live")
    plan = plan_comparisons(campaign, rule(campaign))
    assert (plan.judgments_wanted, plan.expected_hours) == (54, None)
    judged = make_comparison(campaign=campaign, candidates=None)
    for ms in (10_000, 20_000, 90_000):
        make_judgment(judged, worked_ms=ms)
    make_judgment(judged, worked_ms=999_000, state="surplus")
    plan = plan_comparisons(campaign, rule(campaign))
    assert plan.median_ms == 20_000
    assert plan.expected_hours == pytest.approx(plan.judgments_wanted * 20 / 3600)


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"k": 1}, "k"),
        ({"k": 5}, "k"),
        ({"strategy": "some"}, "strategy"),
        ({"strategy": "random"}, "per_item"),
        ({"strategy": "balanced", "per_item": 0}, "per_item"),
        ({"strategy": "all", "per_item": 3}, "per_item"),
        ({"strategy": "anchor"}, "anchor"),
        ({"strategy": "all", "anchor": "ant"}, "anchor"),
        ({"strategy": "anchor", "anchor": "eel"}, "anchor"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_field(how, field):
    campaign = filled(n_items=1)
    with pytest.raises(InvalidSetting) as refusal:
        rule(campaign, **how)
    assert refusal.value.field == field


def test_too_many_comparisons_are_refused_before_they_are_listed():
    campaign = filled(n_items=1, generators=[f"g{i}" for i in range(63)])
    with pytest.raises(DomainError, match="595,665"):
        build_comparisons(campaign=campaign, rule=Rule(4, "all", 1), actor=None)
    assert not Comparison.objects.exists()


def test_a_closed_campaign_takes_no_new_comparisons():
    campaign = filled(state="closed")
    with pytest.raises(DomainError, match="closed"):
        build(campaign)
    assert not Comparison.objects.exists()


def test_another_campaigns_items_are_never_touched():
    campaign, other = filled(), filled()
    build(campaign)
    assert set(Comparison.objects.values_list("campaign", flat=True)) == {campaign.pk}
    assert not QueueEntry.objects.filter(campaign=other).exists()


def test_releasing_puts_a_held_comparison_back_under_its_first_rule():
    campaign = make_campaign(overlap=3)
    comparison = make_queued(campaign=campaign, policy="random:k=2,n=1", propensity=0.25)
    for _ in range(2):
        make_assignment(
            comparison, state="expired", slot=None, policy="random:k=2,n=1", propensity=0.25
        )
    hold([comparison.pk], reason="Two people could not judge it.")
    assert not QueueEntry.objects.exists()
    alice = make_user("alice")
    release_comparison(comparison=comparison, actor=alice)
    comparison.refresh_from_db()
    assert (comparison.held_at, comparison.held_reason) == (None, "")
    entries = QueueEntry.objects.all()
    assert {(e.policy, e.propensity) for e in entries} == {("random:k=2,n=1", 0.25)}
    assert entries.count() == 3
    event = CampaignEvent.objects.get(verb="comparison_released")
    assert event.detail["held_for"] == "Two people could not judge it."
    with pytest.raises(DomainError, match="not held"):
        release_comparison(comparison=comparison, actor=alice)


def test_withdrawing_takes_a_comparison_out_of_the_queue_and_keeps_what_was_judged():
    comparison = make_queued(campaign=make_campaign())
    judgment = make_judgment(comparison, slot=1)
    withdraw_comparison(comparison=comparison, reason=" Wrong source. ", actor=None)
    comparison.refresh_from_db()
    assert comparison.withdrawn_at is not None
    assert not QueueEntry.objects.exists()
    assert list(comparison.judgments.all()) == [judgment]
    assert CampaignEvent.objects.get().detail["reason"] == "Wrong source."
    with pytest.raises(DomainError, match="before"):
        withdraw_comparison(comparison=comparison, reason="Again.", actor=None)


@pytest.mark.parametrize("reason", ["", " ", "x" * 201])
def test_withdrawing_needs_a_reason(reason):
    comparison = make_queued(campaign=make_campaign())
    with pytest.raises(InvalidSetting):
        withdraw_comparison(comparison=comparison, reason=reason, actor=None)
    comparison.refresh_from_db()
    assert comparison.withdrawn_at is None
    assert QueueEntry.objects.exists()


def test_comparisons_are_discarded_in_a_draft_only():
    draft, live = filled(), filled(state="live")
    build(draft)
    build(live)
    with pytest.raises(DomainError, match="draft only"):
        discard_comparisons(campaign=live, actor=None)
    assert discard_comparisons(campaign=draft, actor=None) == 18
    assert set(Comparison.objects.values_list("campaign", flat=True)) == {live.pk}
    assert len(build(draft).plan.chosen) == 18


def test_a_draft_that_served_somebody_keeps_its_comparisons():
    comparison = make_queued(campaign=make_campaign(state="draft"))
    make_assignment(comparison, make_member(comparison.campaign), state="expired")
    with pytest.raises(DomainError):
        discard_comparisons(campaign=comparison.campaign, actor=None)
    assert Comparison.objects.filter(pk=comparison.pk).exists()


def test_the_command_shows_first_and_then_builds(capsys):
    campaign = filled()
    arguments = [campaign.slug, "--k", "3", "--strategy", "balanced", "--per-item", "1", "--json"]
    call_command("build_comparisons", *arguments, "--dry-run")
    result = json.loads(capsys.readouterr().out)
    assert (result["comparisons_new"], result["dry_run"], result["connected"]) == (3, True, True)
    assert not Comparison.objects.exists()
    call_command("build_comparisons", *arguments)
    result = json.loads(capsys.readouterr().out)
    assert (result["comparisons_new"], result["queued"]) == (3, 3)
    assert {len(c.candidate_ids) for c in Comparison.objects.all()} == {3}
    call_command("build_comparisons", campaign.slug, "--strategy", "all")
    assert "18 comparisons added to 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--k", "7"], "K is 2 to 4"),
        (["--strategy", "anchor", "--anchor", "eel"], "eel"),
    ],
)
def test_the_command_refuses_in_one_line_and_changes_nothing(arguments, complaint):
    campaign = filled(n_items=1)
    with pytest.raises(CommandError, match=complaint) as refusal:
        call_command("build_comparisons", campaign.slug, *arguments)
    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)
    assert not Comparison.objects.exists()


def test_the_command_names_an_unknown_campaign():
    with pytest.raises(CommandError, match="nowhere"):
        call_command("build_comparisons", f"nowhere-{uuid.uuid4()}")
