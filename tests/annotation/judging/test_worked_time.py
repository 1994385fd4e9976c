"""The server counts the time at work: no claim and no number of leases makes more of it."""

import threading
import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.db import connections
from django.db.models.functions import Now

from annotation.answers.context import answer_context
from annotation.errors import InvalidAnswer
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment
from annotation.models import Assignment, Judgment
from annotation.queue.services.leases import lease_next
from tests.factories import (
    answer_data,
    make_assignment,
    make_campaign,
    make_comparison,
    make_member,
    make_queued,
    submit,
)

MINUTE = 60_000
# What the test itself may take on a busy machine; a doubled time is more.
SLOW = 30_000


def leased(campaign, person, n, *, ago):
    """Lease n comparisons that were handed out so many seconds ago."""
    for _ in range(n):
        make_queued(campaign=campaign)
    found = lease_next(campaign=campaign, annotator=person, ahead=n).assignments
    at = Now() - timedelta(seconds=ago)
    Assignment.objects.filter(pk__in=[one.pk for one in found]).update(leased_at=at)
    return found


def worked(result):
    return Judgment.objects.get(pk=result.judgment_id).worked_ms


def stored(campaign, person, *, lease, claim, submit_at):
    """Store an answer by its times in seconds after `campaign.created_at`."""
    begin = campaign.created_at
    assignment = make_assignment(
        make_comparison(campaign=campaign),
        person,
        state="submitted",
        leased_at=begin + timedelta(seconds=lease),
    )
    return Judgment.objects.create(
        assignment=assignment,
        campaign=campaign,
        comparison=assignment.comparison,
        annotator=person,
        rubric=assignment.rubric,
        lane=assignment.lane,
        client_id=uuid.uuid4(),
        ranks=[1, 2],
        scores=[[4, 4], [3, 3]],
        active_ms=None if claim is None else int(claim * 1000),
        created_at=begin + timedelta(seconds=submit_at),
    )


def counted(answer):
    answer.refresh_from_db()
    return None if answer.worked_ms is None else answer.worked_ms / 1000


@pytest.mark.django_db
class TestOneAnswer:
    def test_a_claim_within_the_lease_counts_whole(self):
        campaign = make_campaign()
        (one,) = leased(campaign, make_member(campaign), 1, ago=100)
        assert worked(submit(one, active_ms=40_000)) == 40_000

    def test_a_claim_counts_for_no_more_than_the_time_since_the_lease(self):
        campaign = make_campaign()
        (one,) = leased(campaign, make_member(campaign), 1, ago=20)
        assert 20_000 <= worked(submit(one, active_ms=24 * 60 * MINUTE)) < 20_000 + SLOW

    def test_a_comparison_counts_for_ten_minutes_at_most(self):
        campaign = make_campaign()
        (one,) = leased(campaign, make_member(campaign), 1, ago=3_600)
        assert worked(submit(one, active_ms=50 * MINUTE)) == 10 * MINUTE

    def test_an_answer_without_a_claim_has_no_time(self):
        campaign = make_campaign()
        (one,) = leased(campaign, make_member(campaign), 1, ago=100)
        assert worked(submit(one, active_ms=None)) is None

    def test_cannot_judge_takes_time_too(self):
        campaign = make_campaign()
        (one,) = leased(campaign, make_member(campaign), 1, ago=100)
        changes = {"cannot_judge": "Broken.", "scores": None, "verdict": None}
        assert worked(submit(one, active_ms=9_000, **changes)) == 9_000

    def test_a_client_cannot_say_what_the_server_counts(self):
        campaign = make_campaign()
        (one,) = leased(campaign, make_member(campaign), 1, ago=100)
        context = answer_context(one.public_id, one.annotator_id)
        with pytest.raises(InvalidAnswer, match="worked_ms"):
            read_answer(context, answer_data(worked_ms=9_000))
        assert not Judgment.objects.exists()


@pytest.mark.django_db
class TestSeveralAnswers:
    def test_leases_that_a_page_holds_do_not_multiply_the_time(self):
        campaign = make_campaign()
        three = leased(campaign, make_member(campaign), 3, ago=60)
        counted = [worked(submit(one, active_ms=50_000)) for one in three]
        assert counted[0] == 50_000
        assert 60_000 <= sum(counted) < 60_000 + SLOW

    def test_answers_that_were_kept_offline_count_whole(self):
        campaign = make_campaign()
        three = leased(campaign, make_member(campaign), 3, ago=600)
        assert [worked(submit(one, active_ms=90_000)) for one in three] == [90_000] * 3

    def test_a_changed_answer_is_more_work_but_no_more_than_passed(self):
        campaign = make_campaign()
        person = make_member(campaign)
        (one,) = leased(campaign, person, 1, ago=60)
        first = submit(one, active_ms=50_000)
        again = read_answer(answer_context(one.public_id, person.pk), answer_data(active_ms=50_000))
        second = revise_judgment(judgment_public_id=first.public_id, annotator=person, answer=again)
        assert 10_000 <= worked(second) < 10_000 + SLOW

    def test_people_and_campaigns_are_counted_apart(self):
        campaign, other = make_campaign(), make_campaign()
        ann, bob = make_member(campaign), make_member(campaign)
        make_member(other, ann)
        for place, person in ((campaign, ann), (campaign, bob), (other, ann)):
            (one,) = leased(place, person, 1, ago=60)
            assert worked(submit(one, active_ms=50_000)) == 50_000

    @pytest.mark.parametrize("seed", range(5))
    def test_the_time_counted_is_that_of_work_done_one_after_the_other(self, seed):
        draw = np.random.default_rng(seed)
        campaign = make_campaign()
        person = make_member(campaign)
        now, busy_until, expected, found = 0.0, -np.inf, [], []
        for _ in range(30):
            now = round(now + float(draw.exponential(20)), 3)
            lease = round(now - float(draw.exponential(30)), 3)
            claim = round(float(draw.exponential(25)), 3) if draw.random() < 0.9 else None
            found.append(stored(campaign, person, lease=lease, claim=claim, submit_at=now))
            begins = max(lease, busy_until)
            spent = None if claim is None else max(0.0, min(claim, now - begins))
            busy_until = begins + (spent or 0.0)
            expected.append(spent)
        for answer, spent in zip(found, expected, strict=True):
            assert counted(answer) == (None if spent is None else pytest.approx(spent, abs=0.03))
        assert sum(filter(None, expected)) <= now + 60


@pytest.mark.django_db(transaction=True)
def test_answers_that_are_sent_side_by_side_do_not_multiply_the_time():
    campaign = make_campaign()
    leases = leased(campaign, make_member(campaign), 3, ago=60)
    gate, results, failures = threading.Barrier(3), [], []

    def send(one):
        try:
            gate.wait()
            results.append(worked(submit(one, active_ms=50_000)))
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=[one]) for one in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert 60_000 <= sum(results) < 60_000 + SLOW
