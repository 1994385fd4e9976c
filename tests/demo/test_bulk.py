"""Judgments in bulk leave rows as leases and submits would: the same audit finds nothing."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from annotation.models import (
    Assignment,
    Campaign,
    Comparison,
    Judgment,
    Membership,
    QueueEntry,
    User,
)
from annotation.quality.selectors.people_quality import people_quality
from annotation.queue.services.leases import lease_next
from annotation.queue.services.repeats import draw_repeats
from demo.bulk.simulation import simulate_in_bulk
from demo.bulk.voting import Panel, ranked
from demo.experts import PERSONAS, Persona, Quality, answer
from demo.experts import ranked as ranked_one
from demo.simulation import simulate
from demo.truth import Truth
from tests import factories as make
from tests.annotation.invariants import check_queue, everything
from tests.faults import audit

pytestmark = pytest.mark.django_db
PEOPLE = tuple(Persona(f"sim-{number:02}", seconds=8 + number) for number in range(12))
# What a trigger refuses at an insert, over the rows that are there.
MALFORMED = """
SELECT j.id FROM annotation_judgment j
  JOIN annotation_assignment a ON a.id = j.assignment_id
  JOIN annotation_comparison c ON c.id = a.comparison_id
 WHERE j.evidence @> '{"simulated": true}' AND (
       (a.comparison_id, a.campaign_id, a.annotator_id, a.rubric_id, a.lane)
       IS DISTINCT FROM (j.comparison_id, j.campaign_id, j.annotator_id, j.rubric_id, j.lane)
    OR array_length(j.scores, 1) <> cardinality(c.candidate_ids)
    OR array_length(j.scores, 2) <> (SELECT count(*) FROM annotation_dimension d
                                      WHERE d.rubric_id = j.rubric_id)
    OR EXISTS (SELECT 1 FROM unnest(j.scores) s WHERE s NOT BETWEEN 1 AND 4)
    OR cardinality(j.ranks) <> cardinality(c.candidate_ids)
    OR (SELECT max(r) <> count(DISTINCT r) OR min(r) <> 1 FROM unnest(j.ranks) r)
    OR ((SELECT count(DISTINCT r) FROM unnest(j.ranks) r) = 1) <> (j.tie_kind IS NOT NULL)
    OR a.closed_at <> j.created_at OR a.leased_at >= a.closed_at OR a.expires_at < a.closed_at)
"""


@pytest.fixture
def campaign():
    """Pairs, threes and fours with golds, of which a fifth of the slots is judged already."""
    campaign = make.make_campaign(
        overlap=3, seed=11, lead=make.make_user("boss"), repeat_percent=10, repeat_after_serves=5
    )
    plan = ["gold" if at % 10 == 0 else "random" if at % 4 == 0 else "coverage" for at in range(50)]
    Campaign.objects.filter(pk=campaign.pk).update(lane_plan=plan)
    for k, n in ((2, 60), (3, 10), (4, 10)):
        for _ in range(n):
            make.make_queued(make.make_item(campaign), k=k)
    for _ in range(6):
        gold = make.make_comparison(campaign=campaign)
        make.make_reference(gold, use="gold")
    campaign.refresh_from_db()
    ann = make.make_member(campaign)
    for _ in range(5):
        make.submit(lease_next(campaign=campaign, annotator=ann).assignments[0], active_ms=0)
    return campaign


def enqueued():
    """The comparisons that want judgments: all but golds."""
    return set(Comparison.objects.filter(references__isnull=True).values_list("pk", flat=True))


def bulk(campaign, n=200, personas=PEOPLE, **options):
    return simulate_in_bulk(campaign=campaign, personas=personas, n_judgments=n, seed=3, **options)


def test_the_audit_and_the_queues_invariants_find_nothing_wrong(campaign):
    result = bulk(campaign)
    assert (
        result.judgments == Judgment.objects.filter(annotator__username__startswith="sim").count()
    )
    assert audit.everything(campaign.slug)["broken"] == []
    check_queue(enqueued=enqueued())
    with connection.cursor() as cursor:
        cursor.execute(MALFORMED)
        assert cursor.fetchall() == []


def test_every_slot_is_filled_where_more_is_wanted_than_is_free(campaign):
    result = bulk(campaign, n=5_000)
    assert result.reason == "done"
    assert not QueueEntry.objects.filter(campaign=campaign, slot__isnull=False).exists()
    assert audit.everything(campaign.slug)["unfilled"] == []
    assert audit.everything(campaign.slug)["broken"] == []


def test_golds_and_repeats_are_answered_by_the_campaigns_shares(campaign):
    bulk(campaign)
    people = {one.username: one for one in people_quality(campaign)}
    for persona in PEOPLE:
        # 200 answers of 12 people: 16 each, a tenth golds and a tenth repeats.
        assert people[persona.name].gold.verdicts.n == 1
        assert people[persona.name].repeats.all.n == 1
    before = QueueEntry.objects.count()
    assert draw_repeats(campaign=campaign) == 0
    assert QueueEntry.objects.count() == before


def test_nobody_works_on_two_comparisons_at_once_and_the_claimed_time_counts(campaign):
    bulk(campaign)
    rows = Judgment.objects.filter(annotator__username__startswith="sim-").order_by("pk")
    times = list(rows.values_list("annotator", "assignment__leased_at", "created_at"))
    assert [ended for *_, ended in times] == sorted(ended for *_, ended in times)
    last = {}
    for person, leased, ended in times:
        assert last.get(person, leased) <= leased < ended
        last[person] = ended
    assert all(row.worked_ms == row.active_ms for row in rows)
    assert not any("impossible_times" in one.flags for one in people_quality(campaign))


def test_people_judge_on_where_the_rows_end(campaign):
    bulk(campaign, n=100)
    person = User.objects.get(username="sim-03")
    (lease,) = lease_next(campaign=campaign, annotator=person).assignments
    make.submit(lease)
    check_queue(enqueued=enqueued())


def test_work_is_shared_evenly_and_orders_stay_balanced(campaign):
    result = bulk(campaign, n=240)
    assert max(result.by_persona.values()) - min(result.by_persona.values()) <= 4
    biases = Membership.objects.filter(user__username__startswith="sim-")
    assert max(abs(one.position_bias_sum) for one in biases) <= 6


class TestVotes:
    def test_ranks_of_many_are_those_of_one_by_one(self):
        draw = np.random.default_rng(1)
        for k in (2, 3, 4):
            values = draw.uniform(1, 4, (300, k)).round(1)
            within = draw.choice([0.0, 0.25, 0.8], 300)
            expected = [
                ranked_one(row, within=gap) for row, gap in zip(values, within, strict=True)
            ]
            assert ranked(values, within).tolist() == [list(row) for row in expected]

    def test_an_exact_expert_answers_as_one_by_one(self):
        exact = Persona("sim-exact", {"": 0.0}, careless=0.0, cannot_judge=0.0)
        draw = np.random.default_rng(2)
        known = {
            pk: Quality({"a": float(draw.uniform(1, 4)), "b": float(draw.uniform(1, 4))})
            for pk in range(8)
        }
        panel = Panel([exact], ["a", "b"], known=known, quality_seed=1, seed=1)
        shown = np.array([draw.permutation(8)[:3] for _ in range(50)])
        none = np.zeros(50, dtype=int)
        votes = panel.vote(none, shown, none.astype(bool), draw)
        for row, scores, ranks in zip(shown, votes.scores, votes.ranks, strict=True):
            one = answer(exact, [(str(pk), known[pk]) for pk in row], ["a", "b"], seed=0)
            assert (scores.tolist(), ranks.tolist()) == (
                [list(line) for line in one.scores],
                list(one.ranks),
            )

    def test_noisy_experts_are_right_as_often_as_one_by_one(self):
        """Over many comparisons of a clear difference; both shares within sampling error."""
        noisy = Persona("sim-noisy", {"": 1.0}, careless=0.1, tie_within=0.0, first_bonus=0.2)
        known = {0: Quality({"a": 2.8, "b": 2.8}), 1: Quality({"a": 2.2, "b": 2.2})}
        n = 4_000
        # Other ids of the same quality, since a persona's error about one candidate lasts.
        panel = Panel(
            [noisy], ["a", "b"], known={pk: known[pk % 2] for pk in range(2 * n)},
            quality_seed=1, seed=1,
        )  # fmt: skip
        draw = np.random.default_rng(3)
        shown = np.arange(2 * n).reshape(n, 2)
        careless = draw.random(n) < noisy.careless
        votes = panel.vote(np.zeros(n, dtype=int), shown, careless, draw)
        many = float((votes.ranks[:, 0] == 1).mean())
        single = [
            answer(noisy, [(f"{at}a", known[0]), (f"{at}b", known[1])], ["a", "b"], seed=at).ranks
            for at in range(n)
        ]
        one = float(np.mean([ranks[0] == 1 for ranks in filter(None, single)]))
        assert many == pytest.approx(one, abs=4 * np.sqrt(0.5 / n))


@pytest.mark.parametrize("how", ["adaptive", "known", "nothing free"])
def test_a_refusal_changes_nothing(campaign, how):
    if how == "adaptive":
        Campaign.objects.filter(pk=campaign.pk).update(stop_early=True)
    elif how == "known":
        simulate(campaign=campaign, personas=PERSONAS[:1], n_judgments=1, seed=0, truth=Truth())
    else:
        QueueEntry.objects.all().delete()
    before = everything(), User.objects.count()
    with pytest.raises(CommandError, match=r"\S") as refusal:
        call_command("simulate", campaign.slug, judgments=10, bulk=True)
    assert refusal.value.returncode == 2
    assert (everything(), User.objects.count()) == before


def test_the_command_says_how_many_a_second(campaign):
    out = StringIO()
    call_command("simulate", campaign.slug, judgments=60, bulk=True, json=True, stdout=out)
    result = json.loads(out.getvalue())
    assert (result["judgments"], result["ended"]) == (60, None)
    assert set(result["by_persona"]) == {one.name for one in PERSONAS}
    assert result["judgments_per_second"] > 0
    assert not Assignment.objects.filter(state="leased").exists()
