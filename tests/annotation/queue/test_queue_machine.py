"""Any story of people, tabs, clocks and leads goes as the model says."""

import os
import uuid
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

from annotation.answers.context import answer_context
from annotation.campaigns.services import change_state
from annotation.comparisons.services import release_comparison
from annotation.errors import ClientIdUsed, Conflict, DomainError
from annotation.feedback.send_backs import send_back
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment
from annotation.models import Assignment, Comparison, Item, Judgment, QueueEntry
from annotation.people.services import pause_annotator, resume_annotator
from annotation.quality.selectors.reclaim import Selection
from annotation.quality.services.reclaim import restore, set_aside, take_in
from annotation.queue.services.leases import lease_next
from annotation.queue.services.queue import enqueue_comparisons
from annotation.queue.services.returns import expire_leases, heartbeat, release, skip
from tests import factories as make
from tests.annotation.invariants import check_queue, everything
from tests.annotation.queue.queue_model import Lease, QueueModel

INDEX = st.integers(0, 999)
EXAMPLES = int(os.environ.get("EDITJURY_QUEUE_STORIES", "12"))
STEPS = int(os.environ.get("EDITJURY_QUEUE_STEPS", "25"))


class QueueMachine(RuleBasedStateMachine):
    """Three people, three comparisons; every example in a transaction that is rolled back."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())

    def teardown(self):
        transaction.set_rollback(True)
        self.stack.close()

    @initialize(k=st.integers(2, 4), overlap=st.integers(1, 3))
    def start(self, k, overlap):
        # Orders and draws are hashes of seed and id: with both set, a run can be repeated.
        with connection.cursor() as cursor:
            cursor.execute("ALTER SEQUENCE annotation_comparison_id_seq RESTART WITH 1")
        self.campaign = make.make_campaign(k=k, overlap=overlap, seed=1)
        self.people = [make.make_member(self.campaign) for _ in range(3)]
        self.model = QueueModel(k, people=[person.pk for person in self.people])
        self.comparisons = []
        self.reclaims = []
        for _ in range(3):
            self.refill()

    def pick(self, index):
        ids = sorted(self.model.leases)
        pk = ids[index % len(ids)]
        return Assignment.objects.select_related("rubric", "comparison", "annotator").get(pk=pk)

    def has_leases(self):
        return bool(self.model.leases)

    def has_answers(self):
        return bool(self.model.answers)

    @precondition(lambda self: len(self.comparisons) < 6)
    @rule()
    def refill(self):
        comparison = make.make_comparison(campaign=self.campaign)
        self.comparisons.append(comparison)
        self.model.overlap[comparison.pk] = comparison.overlap
        enqueue_comparisons(
            campaign=self.campaign,
            propensities={one.pk: 1.0 for one in self.comparisons},
            policy="all",
        )

    @rule(who=st.integers(0, 2), ahead=st.integers(1, 3))
    def lease(self, who, ahead):
        person = self.people[who]
        wanted = self.model.lease(person.pk, ahead)
        result = lease_next(campaign=self.campaign, annotator=person, ahead=ahead)
        for one in result.assignments:
            if one.pk not in self.model.leases:
                self.model.got(
                    one.pk, Lease(one.comparison_id, person.pk, one.slot, tuple(one.shown_order))
                )
        assert len(result.assignments) == min(wanted, ahead)
        assert {one.pk for one in result.assignments} <= set(self.model.open_leases(person.pk))
        if not result.assignments:
            assert result.reason == self.model.why_nothing(person.pk)

    @precondition(has_leases)
    @rule(index=INDEX, unable=st.sampled_from([False, False, True]))
    def answer(self, index, unable):
        assignment = self.pick(index)
        changes = {"cannot_judge": "unclear"} if unable else {}
        client_id = str(uuid.uuid4())
        foretold = self.model.submit(assignment.pk, unable=unable)
        try:
            result = make.submit(assignment, client_id=client_id, **changes)
        except Conflict:
            assert foretold == "conflict"
        else:
            assert (result.state, result.created) == (foretold, True)
            self.model.answers[result.judgment_id] = {
                "client_id": client_id,
                "assignment": assignment.pk,
                "state": result.state,
                "unable": unable,
            }

    @precondition(has_answers)
    @rule(index=INDEX, other=INDEX)
    def answer_again_under_the_same_client_id(self, index, other):
        first = sorted(pk for pk, one in self.model.answers.items() if "supersedes" not in one)
        judgment = first[index % len(first)]
        payload = self.model.answers[judgment]
        again = make.submit(
            Assignment.objects.get(pk=payload["assignment"]),
            client_id=payload["client_id"],
            note="x",
        )
        assert (again.judgment_id, again.state, again.created) == (
            judgment,
            payload["state"],
            False,
        )
        elsewhere = self.pick(other)
        if elsewhere.pk != payload["assignment"]:
            with pytest.raises(ClientIdUsed):
                make.submit(elsewhere, client_id=payload["client_id"])

    @precondition(has_answers)
    @rule(index=INDEX)
    def change_an_answer(self, index):
        judgment = sorted(self.model.answers)[index % len(self.model.answers)]
        payload = self.model.answers[judgment]
        assignment = Assignment.objects.select_related("rubric", "annotator").get(
            pk=payload["assignment"]
        )
        foretold = self.model.revise(judgment)
        data = make.answer_data(k=self.campaign.k)
        context = answer_context(assignment.public_id, assignment.annotator_id)
        try:
            result = revise_judgment(
                judgment_public_id=Judgment.objects.get(pk=judgment).public_id,
                annotator=assignment.annotator,
                answer=read_answer(context, data),
            )
        except Conflict:
            assert foretold == "conflict"
        else:
            assert (result.state, result.created) == (foretold, True)
            self.model.answers[result.judgment_id] = payload | {
                "client_id": data["client_id"],
                "supersedes": judgment,
            }

    @precondition(has_leases)
    @rule(index=INDEX)
    def run_out(self, index):
        assignment = self.pick(index)
        make.let_expire(assignment)
        self.model.leases[assignment.pk].over = True

    @rule()
    def sweep(self):
        self.model.expire(*self.model.people)
        expire_leases()

    @precondition(has_leases)
    @rule(index=INDEX, end=st.sampled_from([release, skip, heartbeat]))
    def end(self, index, end):
        assignment = self.pick(index)
        reason = {"reason": "because"} if end is skip else {}
        foretold = getattr(self.model, end.__name__)(assignment.pk)
        try:
            end(
                assignment_public_id=assignment.public_id,
                annotator=assignment.annotator,
                **reason,
            )
        except Conflict:
            assert foretold == "conflict"
        else:
            assert foretold == "done"

    @rule(who=st.integers(0, 2))
    def pause_or_resume(self, who):
        person = self.people[who]
        who = {"campaign": self.campaign, "user": person, "actor": None}
        if person.pk in self.model.paused:
            self.model.paused.discard(person.pk)
            resume_annotator(**who)
        else:
            self.model.pause(person.pk)
            pause_annotator(**who, reason="Rushes.")

    @rule()
    def stop_or_open_the_campaign(self):
        if self.model.is_open:
            self.model.stop()
        else:
            self.model.is_open = True
        state = "live" if self.model.is_open else "paused"
        change_state(campaign=self.campaign, state=state, actor=None)

    @rule(who=st.integers(0, 2))
    def opt_out_or_in(self, who):
        person = self.people[who]
        self.model.avoiding ^= {person.pk}
        person.preferences = {"sensitive": "never" if person.pk in self.model.avoiding else "blur"}
        person.save(update_fields=["preferences"])

    @rule(index=INDEX)
    def mark_as_sensitive(self, index):
        comparison = self.comparisons[index % len(self.comparisons)]
        self.model.sensitive.add(comparison.pk)
        Item.objects.filter(pk=comparison.item_id).update(sensitive="wounds")

    @rule(index=INDEX, raised_by=st.integers(1, 2))
    def send_back(self, index, raised_by):
        comparison = Comparison.objects.get(pk=self.comparisons[index % len(self.comparisons)].pk)
        foretold = self.model.send_back(comparison.pk, raised_by)
        result = send_back(comparisons=[comparison], raised_by=raised_by, cause="c", actor=None)
        payload = {"sent": result.sent, "held": result.held, "left_out": list(result.left_out)}
        assert [name for name, ids in payload.items() if ids] == [foretold]

    @precondition(lambda self: bool(self.model.held))
    @rule()
    def hand_back(self):
        pk = min(self.model.held)
        self.model.hand_back(pk)
        release_comparison(comparison=Comparison.objects.get(pk=pk), actor=None)

    @precondition(has_answers)
    @rule(who=st.integers(0, 2))
    def set_answers_aside(self, who):
        person = self.people[who]
        foretold = self.model.set_aside(person.pk)
        how = {"campaign": self.campaign, "user": person, "actor": person}
        if not foretold:
            before = everything()
            with pytest.raises(DomainError, match="decides a label"):
                set_aside(**how, chosen=Selection(), reason="Rushed.")
            assert everything() == before
            return
        reclaim = set_aside(**how, chosen=Selection(), reason="Rushed.")
        assert reclaim.judgment_ids == foretold
        self.reclaims.append(reclaim)

    @precondition(lambda self: bool(self.reclaims))
    @rule(index=INDEX)
    def restore_answers(self, index):
        reclaim = self.reclaims[index % len(self.reclaims)]
        marked = sorted(reclaim.set_asides.values_list("judgment", flat=True))
        foretold = self.model.restore(marked)
        if not marked:
            with pytest.raises(DomainError, match="set aside any more"):
                restore(reclaim=reclaim, actor=self.people[0])
            return
        result = restore(reclaim=reclaim, actor=self.people[0])
        assert (result.n_restored, result.n_left) == (len(foretold), len(marked) - len(foretold))

    @precondition(has_answers)
    @rule(who=st.integers(0, 2))
    def take_surplus_in(self, who):
        person = self.people[who]
        surplus = self.model.newest(person.pk, "surplus")
        foretold = self.model.take_in(person.pk)
        ids = Judgment.objects.filter(pk__in=surplus.values()).values_list("public_id", flat=True)
        how = {"campaign": self.campaign, "user": person, "actor": person, "judgments": list(ids)}
        if not foretold:
            with pytest.raises(DomainError, match="filled these slots"):
                take_in(**how)
            return
        copies = take_in(**how)
        assert [one.assignment_id for one in copies] == foretold
        for one in copies:
            self.model.answers[one.pk] = {
                "client_id": str(one.client_id),
                "assignment": one.assignment_id,
                "state": "counted",
                "unable": False,
                "supersedes": surplus[one.assignment_id],
            }

    @invariant()
    def the_queue_is_whole(self):
        check_queue()

    @invariant()
    def the_database_is_where_the_model_is(self):
        if not hasattr(self, "model"):
            return
        model = self.model
        rows = Comparison.objects.values_list("pk", "overlap", "held_at")
        assert {pk: overlap for pk, overlap, _ in rows} == model.overlap
        assert {pk for pk, _, held_at in rows if held_at} == model.held
        leases = Assignment.objects.values_list("pk", "state", "slot")
        payload = {pk: (state, slot) for pk, state, slot in leases}
        assert payload == {pk: (one.state, one.slot) for pk, one in model.leases.items()}
        free = set(QueueEntry.objects.values_list("comparison_id", "slot"))
        assert free == {(c, slot) for c in model.overlap for slot in model.free(c)}
        stored = dict(Judgment.objects.values_list("pk", "client_id"))
        expected = {pk: uuid.UUID(one["client_id"]) for pk, one in model.answers.items()}
        assert stored == expected


@pytest.mark.django_db
def test_every_story_goes_as_the_model_says():
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
