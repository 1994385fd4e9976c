"""A lead takes a person's answers out of the labels, others judge again, and it can be undone."""

import json
from datetime import timedelta

import pytest
from django.utils.timezone import now

from annotation.campaigns.events import recent_events
from annotation.errors import DomainError, InvalidSetting
from annotation.models import Assignment, Comparison, Judgment, Membership, QueueEntry
from annotation.people.services import pause_annotator
from annotation.quality.selectors.agreement import agreement_report
from annotation.quality.selectors.outcomes import answers
from annotation.quality.selectors.reclaim import Selection, effect_of, reclaims_of
from annotation.quality.services.reclaim import restore, set_aside, take_in
from annotation.queue.services.leases import lease_next
from annotation.queue.services.queue import enqueue_comparisons, offer
from annotation.snapshots.export_jobs import export_to_folder
from annotation.snapshots.services import freeze
from annotation.snapshots.training_votes import training_votes
from tests.annotation.invariants import check_queue, everything
from tests.annotation.snapshots.test_snapshots import table
from tests.factories import make_campaign, make_comparison, make_member, make_user, submit

pytestmark = pytest.mark.django_db

ALL = Selection()


def judge(campaign, person, **answer):
    """Let a person answer everything that waits for them, the first shown edit first."""
    n = 0
    while leased := lease_next(campaign=campaign, annotator=person).assignments:
        submit(leased[0], **answer)
        n += 1
    return n


@pytest.fixture
def study(media_root):
    """Return a lead, a campaign whose six comparisons want two judgments, and two who judged."""
    lead = make_user("lead")
    campaign = make_campaign(lead=lead, overlap=2)
    comparisons = [make_comparison(campaign=campaign, files=True) for _ in range(6)]
    enqueue_comparisons(
        campaign=campaign, propensities=dict.fromkeys([c.pk for c in comparisons], 1.0), policy="a"
    )
    good, bad = make_member(campaign), make_member(campaign)
    assert judge(campaign, good) == judge(campaign, bad) == 6
    return lead, campaign, good, bad


def votes(campaign, person):
    return int((answers(campaign).annotator == person.pk).sum())


def in_snapshot(campaign, person):
    """Return the states of a person's rows in a fresh snapshot, and the votes of its labels."""
    snapshot = freeze(campaign=campaign)
    name = str(Membership.objects.get(campaign=campaign, user=person).pseudonym)
    states = [row["state"] for row in table(snapshot, "judgments") if row["annotator"] == name]
    return set(states), [row["n_judgments"] for row in table(snapshot, "labels")]


def exported(campaign, out):
    snapshot = freeze(campaign=campaign)
    export_to_folder(snapshot=snapshot, format_name="chosen-rejected", out=out)
    lines = [line for path in out.rglob("*.jsonl") for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


def test_reclaimed_answers_leave_labels_snapshot_export_and_agreement_and_are_judged_again(
    study, tmp_path
):
    lead, campaign, good, bad = study
    assert in_snapshot(campaign, bad) == ({"counted"}, [2] * 6)
    # Each prefers the left edit of a Latin square, so all votes are one against one.
    assert exported(campaign, tmp_path / "before") == []
    pause_annotator(campaign=campaign, user=bad, reason="Always left.", actor=lead)
    effect = effect_of(campaign, bad, ALL)
    assert (effect.n_answers, effect.n_comparisons, effect.n_slots) == (6, 6, 6)
    assert (effect.n_without_label, effect.n_nobody_left, effect.n_snapshots) == (0, 6, 1)

    set_aside(campaign=campaign, user=bad, chosen=ALL, reason="Always left.", actor=lead)
    check_queue()
    assert (votes(campaign, good), votes(campaign, bad)) == (6, 0)
    assert in_snapshot(campaign, bad) == ({"set_aside"}, [1] * 6)
    assert agreement_report(campaign).n_judgments == 6
    assert training_votes(campaign).n_judgments == 6
    assert len(exported(campaign, tmp_path / "after")) == 6
    assert Judgment.objects.filter(annotator=bad).count() == 6
    said = [line.what for line in recent_events(campaign)]
    assert f"set 6 answers of {bad} aside: Always left." in said

    assert lease_next(campaign=campaign, annotator=good).assignments == []
    fresh = make_member(campaign)
    assert judge(campaign, fresh) == 6
    assert in_snapshot(campaign, fresh) == ({"counted"}, [2] * 6)
    check_queue()


def test_the_person_is_never_served_again_what_was_set_aside(study):
    lead, campaign, _, bad = study
    set_aside(campaign=campaign, user=bad, chosen=ALL, reason="Rushed.", actor=lead)
    assert QueueEntry.objects.count() == 6
    assert lease_next(campaign=campaign, annotator=bad).assignments == []


def test_one_click_undoes_it_where_nobody_judged_again(study):
    lead, campaign, _, bad = study
    labels = in_snapshot(campaign, bad)
    reclaim = set_aside(campaign=campaign, user=bad, chosen=ALL, reason="Rushed.", actor=lead)
    result = restore(reclaim=reclaim, actor=lead)
    assert (result.n_restored, result.n_left) == (6, 0)
    assert in_snapshot(campaign, bad) == labels
    assert QueueEntry.objects.count() == 0
    check_queue()
    assert recent_events(campaign)[0].what.startswith(f"let 6 answers of {bad} count again")
    before = everything()
    with pytest.raises(DomainError, match="set aside any more"):
        restore(reclaim=reclaim, actor=lead)
    assert everything() == before


def test_a_slot_that_others_filled_meanwhile_stays_theirs(study):
    lead, campaign, _, bad = study
    reclaim = set_aside(campaign=campaign, user=bad, chosen=ALL, reason="Rushed.", actor=lead)
    fresh = make_member(campaign)
    submit(lease_next(campaign=campaign, annotator=fresh).assignments[0])
    result = restore(reclaim=reclaim, actor=lead)
    assert (result.n_restored, result.n_left) == (5, 1)
    assert (votes(campaign, fresh), votes(campaign, bad)) == (1, 5)
    assert [(line.n, line.n_set_aside) for line in reclaims_of(campaign, bad)] == [(6, 1)]
    check_queue()


def test_a_period_and_a_single_answer_can_be_chosen(study):
    lead, campaign, _, bad = study
    mine = list(Assignment.objects.filter(annotator=bad).order_by("pk"))
    for days, assignment in enumerate(mine):
        Assignment.objects.filter(pk=assignment.pk).update(closed_at=now() - timedelta(days=days))
    chosen = Selection(since=now() - timedelta(days=4.5), until=now() - timedelta(days=1.5))
    assert effect_of(campaign, bad, chosen).n_answers == 3
    set_aside(campaign=campaign, user=bad, chosen=chosen, reason="Ill.", actor=lead)
    assert votes(campaign, bad) == 3
    one = Judgment.objects.get(assignment=mine[0])
    only = Selection(judgment=one.public_id)
    set_aside(campaign=campaign, user=bad, chosen=only, reason="Blind.", actor=lead)
    assert votes(campaign, bad) == 2
    check_queue()


def test_gold_stays_so_that_it_shows_why(study):
    lead, campaign, _, bad = study
    gold = make_comparison(campaign=campaign, files=True)
    offer(campaign=campaign, lane="gold", propensities={gold.pk: None}, policy="gold")
    Membership.objects.filter(campaign=campaign, user=bad).update(serves=0)
    campaign.lane_plan = ["gold"] * 50
    campaign.save(update_fields=["lane_plan"])
    assert judge(campaign, bad) == 1
    set_aside(campaign=campaign, user=bad, chosen=ALL, reason="Rushed.", actor=lead)
    assert Judgment.objects.in_force().get(annotator=bad).lane == "gold"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"reason": " "}, InvalidSetting),
        ({"chosen": Selection(until=now() - timedelta(days=9))}, DomainError),
    ],
)
def test_without_a_reason_or_an_answer_nothing_changes(study, change, error):
    lead, campaign, _, bad = study
    before = everything()
    how = {"campaign": campaign, "user": bad, "chosen": ALL, "reason": "Rushed.", "actor": lead}
    with pytest.raises(error):
        set_aside(**how | change)
    assert everything() == before


def test_a_comparison_that_was_settled_by_the_answer_is_asked_about_again(study):
    lead, campaign, _, bad = study
    campaign.stop_early = True
    campaign.save(update_fields=["stop_early"])
    Comparison.objects.update(overlap=3, settled_at=now())
    set_aside(campaign=campaign, user=bad, chosen=ALL, reason="Rushed.", actor=lead)
    assert not Comparison.objects.exclude(settled_at=None).exists()
    assert QueueEntry.objects.count() == 12
    check_queue()


def test_the_preview_counts_the_labels_that_change(study):
    _, campaign, _, bad = study
    third = make_member(campaign)
    Comparison.objects.update(overlap=3)
    ids = Comparison.objects.values_list("pk", flat=True)
    enqueue_comparisons(campaign=campaign, propensities=dict.fromkeys(ids, 1.0), policy="more")
    judge(campaign, third, verdict={"ranks": [1, 1], "tie_kind": "good"})
    effect = effect_of(campaign, bad, ALL)
    firsts = Judgment.objects.filter(annotator=bad).values_list("comparison", "ranks")
    others = dict(
        Judgment.objects.exclude(annotator__in=[bad, third]).values_list("comparison", "ranks")
    )
    # Two votes of three for one edit are a majority; of the two that stay, none is.
    assert effect.n_changed == sum(others[pk] == ranks for pk, ranks in firsts)


def test_surplus_is_taken_in_as_a_copy_while_its_slot_is_free(study):
    lead, campaign, good, _ = study
    extra = make_comparison(campaign=campaign, files=True)
    enqueue_comparisons(campaign=campaign, propensities={extra.pk: 1.0}, policy="more")
    lease = lease_next(campaign=campaign, annotator=good).assignments[0]
    pause_annotator(campaign=campaign, user=good, reason="Wrong today.", actor=lead)
    stored = submit(lease)
    assert stored.state == "surplus"
    how = {"campaign": campaign, "user": good, "judgments": [stored.public_id], "actor": lead}
    [copy] = take_in(**how)
    assert (copy.supersedes_id, copy.surplus) == (stored.judgment_id, False)
    assert (copy.ranks, copy.scores) == (stored.judgment.ranks, stored.judgment.scores)
    assert votes(campaign, good) == 7
    check_queue()
    before = everything()
    with pytest.raises(DomainError, match="count already"):
        take_in(**how)
    assert everything() == before
