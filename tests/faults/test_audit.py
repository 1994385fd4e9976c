"""What the storm reads from the rows names every breakage that is planted in them."""

import pytest
from django.db import connection

from annotation.models import Assignment, Comparison, Membership, QueueEntry
from annotation.queue.services.leases import lease_next
from tests import factories as make
from tests.faults import audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    """Three comparisons of two places, one of them answered twice and one once."""
    campaign = make.make_campaign(overlap=2)
    for _ in range(3):
        make.make_queued(campaign=campaign)
    for n_answers in (2, 1):
        person = make.make_member(campaign)
        for _ in range(n_answers):
            make.submit(lease_next(campaign=campaign, annotator=person).assignments[0])
    assert audit.everything(campaign.slug)["broken"] == []
    return campaign


@pytest.fixture
def without_triggers(campaign):
    """No constraint of another table, and no trigger, stands in the way of a planted row."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def free_a_held_place():
    held = Assignment.objects.filter(state="submitted", comparison__queue__isnull=False).get()
    QueueEntry.objects.filter(comparison=held.comparison_id).update(slot=held.slot)


def lose_a_place():
    QueueEntry.objects.first().delete()


def lose_an_answer():
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM annotation_judgment WHERE id IN (SELECT min(id) FROM annotation_judgment)"
        )


def want_fewer_than_there_are():
    full = Comparison.objects.filter(queue__isnull=True)
    Comparison.objects.filter(pk=full.get().pk).update(overlap=1)


def turn_an_order():
    place = Assignment.objects.filter(comparison__queue__isnull=True).first()
    Assignment.objects.filter(pk=place.pk).update(shown_order=place.shown_order[::-1])


def forget_a_serve():
    Membership.objects.filter(serves=2).update(serves=1)


def lean_without_cause():
    Membership.objects.filter(serves=2).update(position_bias_sum=21)


def count_more_than_passed():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE annotation_judgment SET active_ms = 9000000, worked_ms = 500000")


def count_two_answers_at_once():
    """Each lies within its lease, but both cannot have been worked on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotation_assignment SET leased_at = closed_at - interval '10 minutes'"
        )
        cursor.execute("UPDATE annotation_judgment SET active_ms = 590000, worked_ms = 590000")


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (free_a_held_place, "places [("),
        (lose_a_place, "places [("),
        (lose_an_answer, "its answer: None"),
        (want_fewer_than_there_are, ": 2 of 1"),
        (turn_an_order, "unbalanced over its first 2 places"),
        (forget_a_serve, "but the leases say"),
        (lean_without_cause, "leans by 21"),
        (count_two_answers_at_once, "counts 1180000 ms of work while"),
        (count_more_than_passed, "counts 500000 ms of work"),
    ],
)
def test_a_planted_breakage_is_named(campaign, without_triggers, plant, said):
    plant()
    broken = audit.everything(campaign.slug)["broken"]
    assert any(said in words for words in broken), broken


def test_a_comparison_that_lacks_a_judgment_is_named(campaign):
    unfilled = audit.everything(campaign.slug)["unfilled"]
    waiting = set(QueueEntry.objects.values_list("comparison", flat=True))
    assert {f"comparison {pk}" for pk in waiting} == {words.split(":")[0] for words in unfilled}
