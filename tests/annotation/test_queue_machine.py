"""Any story of leases, answers, skips, expiries and send-backs keeps the invariants."""

from contextlib import ExitStack

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from annotation.errors import Conflict
from annotation.models import Assignment, Comparison, Judgment
from annotation.services.leases import lease_next
from annotation.services.queue import enqueue_comparisons
from annotation.services.returns import expire_leases, heartbeat, release, skip
from annotation.services.send_backs import send_back
from tests import factories as make
from tests.annotation.invariants import check_queue

INDEX = st.integers(0, 999)


class QueueMachine(RuleBasedStateMachine):
    """Three people, three comparisons; every example in a transaction that is rolled back."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.accepted = {}

    def teardown(self):
        transaction.set_rollback(True)
        self.stack.close()

    @initialize(k=st.integers(2, 4), overlap=st.integers(1, 3))
    def start(self, k, overlap):
        # Draws are hashes of seed and id: with both set, a story can be told again.
        with connection.cursor() as cursor:
            cursor.execute("ALTER SEQUENCE annotation_comparison_id_seq RESTART WITH 1")
        self.campaign = make.make_campaign(k=k, overlap=overlap, seed=1)
        self.people = [make.make_member(self.campaign) for _ in range(3)]
        self.comparisons = [make.make_comparison(campaign=self.campaign) for _ in range(3)]
        enqueue_comparisons(
            campaign=self.campaign,
            propensities={comparison.pk: 1.0 for comparison in self.comparisons},
            policy="all",
        )

    def any_assignment(self, index, **columns):
        found = Assignment.objects.filter(**columns).order_by("pk")
        ids = list(found.values_list("pk", flat=True))
        return Assignment.objects.select_related("rubric", "comparison", "annotator").get(
            pk=ids[index % len(ids)]
        )

    def has_assignments(self):
        return Assignment.objects.exists()

    def has_live_leases(self):
        return Assignment.objects.filter(state="leased").exists()

    @rule(index=INDEX, ahead=st.integers(1, 3))
    def lease(self, index, ahead):
        person = self.people[index % 3]
        before = Assignment.objects.filter(state="leased").count()
        result = lease_next(campaign=self.campaign, annotator=person, ahead=ahead)
        assert bool(result.assignments) == (result.reason is None)
        assert all(a.annotator_id == person.pk for a in result.assignments)
        assert len({a.comparison_id for a in result.assignments}) == len(result.assignments)
        if result.reason == "done":
            assert Assignment.objects.filter(state="leased").count() <= before

    @precondition(has_assignments)
    @rule(index=INDEX, unable=st.booleans())
    def answer(self, index, unable):
        assignment = self.any_assignment(index)
        closed = assignment.state in {"submitted", "surplus", "skipped"}
        changes = {"cannot_judge": "unclear"} if unable else {}
        try:
            result = make.submit(assignment, **changes)
        except Conflict:
            assert closed
        else:
            assert not closed
            assert assignment.state != "leased" or result.state == "counted"
            self.accepted[result.judgment.pk] = result.judgment.client_id

    @precondition(has_live_leases)
    @rule(index=INDEX)
    def run_out(self, index):
        make.let_expire(self.any_assignment(index, state="leased"))

    @precondition(has_live_leases)
    @rule(index=INDEX, who=st.integers(0, 2), unable=st.booleans())
    def answer_after_somebody_else_may_have_the_place(self, index, who, unable):
        old = self.any_assignment(index, state="leased")
        make.let_expire(old)
        lease_next(campaign=self.campaign, annotator=self.people[who], ahead=3)
        changes = {"cannot_judge": "unclear"} if unable else {}
        result = make.submit(old, **changes)
        self.accepted[result.judgment.pk] = result.judgment.client_id

    @rule()
    def sweep(self):
        expire_leases()
        assert Assignment.objects.filter(state="expired", closed_at=None).count() == 0

    @precondition(has_assignments)
    @rule(index=INDEX, end=st.sampled_from([release, skip, heartbeat]))
    def end(self, index, end):
        assignment = self.any_assignment(index)
        reason = {"reason": "because"} if end is skip else {}
        try:
            end(
                assignment_public_id=assignment.public_id,
                annotator=assignment.annotator,
                **reason,
            )
        except Conflict:
            assert assignment.state != "leased"

    @rule(index=INDEX, raised_by=st.integers(1, 2))
    def send_back(self, index, raised_by):
        comparison = Comparison.objects.get(pk=self.comparisons[index % 3].pk)
        result = send_back(comparisons=[comparison], raised_by=raised_by, cause="c", actor=None)
        assert len(result.sent) + len(result.held) + len(result.left_out) == 1

    @invariant()
    def the_queue_is_whole(self):
        check_queue()

    @invariant()
    def no_accepted_answer_is_lost_or_changed(self):
        assert dict(Judgment.objects.values_list("pk", "client_id")) == self.accepted


@pytest.mark.django_db
def test_every_story_keeps_the_invariants():
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
