"""Change an own answer: what is stored, what counts afterwards, and every refusal."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.http import Http404
from django.utils import timezone

from annotation.answers.context import answer_context
from annotation.campaigns.progress import shares_of
from annotation.errors import ClientIdUsed, NotRevisable
from annotation.judging.selectors import last_revisable, own_judgment, own_judgments
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import MAX_REVISIONS, revise_judgment
from annotation.models import Campaign, Comparison, Judgment, Membership, SetAside
from annotation.quality.selectors.outcomes import answers
from annotation.queue.selectors.work import progress_of
from tests.annotation.invariants import everything
from tests.factories import (
    answer_data,
    make_assignment,
    make_campaign,
    make_comparison,
    make_judgment,
    make_member,
    make_queued,
    make_user,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make_campaign(revise_minutes=60)


@pytest.fixture
def first(campaign):
    """Return a counted answer in which the canonically first candidate won, shown on the right."""
    lease = make_assignment(make_queued(campaign=campaign), slot=1, shown_order=[1, 0])
    return submit(lease, verdict={"ranks": [2, 1], "tie_kind": None}).judgment


def revise(judgment, annotator=None, **changes):
    annotator = annotator or judgment.annotator
    context = answer_context(judgment.assignment.public_id, judgment.annotator_id)
    slugs = list(judgment.rubric.dimensions.values_list("slug", flat=True))
    data = answer_data(k=judgment.comparison.k, dimensions=slugs) | changes
    return revise_judgment(
        judgment_public_id=judgment.public_id,
        annotator=annotator,
        answer=read_answer(context, data),
    )


def answered(campaign, *, minutes_ago):
    """Return a counted answer of some time ago."""
    given_at = timezone.now() - timedelta(minutes=minutes_ago)
    return make_judgment(make_comparison(campaign=campaign), created_at=given_at)


def refused(judgment, *, says, annotator=None, **changes):
    before = everything()
    with pytest.raises(NotRevisable, match=says):
        revise(judgment, annotator, **changes)
    assert everything() == before


def test_a_changed_answer_stands_beside_the_first_in_the_order_shown_then(first):
    result = revise(first, verdict={"ranks": [1, 2], "tie_kind": None}, note="Looked again.")
    new = result.judgment
    assert (result.created, result.state) == (True, "counted")
    assert (first.ranks, new.ranks) == ([1, 2], [2, 1])
    assert (new.supersedes_id, new.assignment_id, new.lane) == (
        first.pk,
        first.assignment_id,
        first.lane,
    )
    assert new.note == "Looked again."
    assert list(Judgment.objects.in_force()) == [new]


def test_the_newest_answer_can_be_changed_again_and_only_it(first):
    second = revise(first).judgment
    refused(first, says="change the newest")
    third = revise(second).judgment
    assert list(Judgment.objects.in_force()) == [third]


def test_an_answer_is_changed_ten_times_and_no_more(first):
    newest = first
    for _ in range(MAX_REVISIONS):
        newest = revise(newest).judgment
    refused(newest, says="it was changed 10 times")


def test_the_same_client_id_again_is_the_first_change(first):
    client_id = str(uuid.uuid4())
    stored = revise(first, client_id=client_id)
    before = everything()
    again = revise(first, client_id=client_id, note="Another text.")
    assert (again.public_id, again.created) == (stored.public_id, False)
    assert everything() == before


def test_a_client_id_of_another_answer_is_refused_and_changes_nothing(first):
    other = make_judgment(make_comparison(campaign=first.campaign))
    before = everything()
    for taken in (other.client_id, first.client_id):
        with pytest.raises(ClientIdUsed):
            revise(first, client_id=str(taken))
    assert everything() == before


def test_the_window_counts_from_the_first_answer(campaign):
    assert revise(answered(campaign, minutes_ago=59)).created
    late = answered(campaign, minutes_ago=61)
    refused(late, says="time in which")
    columns = ("assignment", "comparison", "annotator", "rubric", "lane", "scores", "ranks")
    newer = Judgment.objects.create(
        campaign=campaign,
        supersedes=late,
        client_id=uuid.uuid4(),
        **{name: getattr(late, name) for name in columns},
    )
    refused(newer, says="time in which")


def test_a_window_of_nothing_is_never_open(first):
    Campaign.objects.update(revise_minutes=0)
    refused(first, says="time in which")


def test_what_counts_for_nothing_is_not_changed(campaign, first):
    late = make_judgment(first.comparison, state="surplus")
    refused(late, says="surplus")
    SetAside.objects.create(judgment=first, reason="Rushed.", actor=make_user())
    refused(first, says="set it aside")


def test_could_not_judge_goes_neither_way(campaign, first):
    unable = make_judgment(make_comparison(campaign=campaign), cannot_judge="Too dark.")
    refused(unable, says="could not judge")
    refused(first, says="cannot judge", cannot_judge="Too dark.")


def test_somebody_who_was_removed_changes_nothing(first):
    Membership.objects.filter(user=first.annotator).update(removed_at=Now())
    refused(first, says="no annotator here")


def test_an_answer_to_something_withdrawn_stays(first):
    Comparison.objects.update(withdrawn_at=Now())
    refused(first, says="withdrawn")


def test_an_answer_to_a_withdrawn_candidate_stays(first):
    first.comparison.item.candidates.update(withdrawn_at=Now())
    refused(first, says="withdrawn")


def test_another_persons_answer_does_not_exist(campaign, first):
    other = make_member(campaign)
    before = everything()
    with pytest.raises(Http404):
        revise(first, other)
    assert everything() == before


def test_only_the_newest_answer_counts_anywhere(campaign, first):
    before = shares_of([campaign.pk]), progress_of(campaign, first.annotator)
    revise(first, verdict={"ranks": [1, 2], "tie_kind": None})
    assert (shares_of([campaign.pk]), progress_of(campaign, first.annotator)) == before
    counted = answers(campaign)
    assert counted.ranks[:, :2].tolist() == [[2, 1]]


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_one_is_stored(first):
    barrier, results = threading.Barrier(2), []

    def change():
        try:
            barrier.wait(10)
            results.append(revise(first).state)
        except NotRevisable:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=change) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["counted", "refused"]
    assert Judgment.objects.in_force().count() == 1


def test_history_is_the_persons_own_newest_first_in_the_order_shown(campaign, first):
    second = revise(first, verdict={"ranks": [1, 2], "tie_kind": None}).judgment
    make_judgment(make_comparison(campaign=campaign))
    page = own_judgments(campaign, first.annotator)
    assert [one.public_id for one in page.judgments] == [second.public_id, first.public_id]
    newest, oldest = page.judgments
    assert (newest.ranks, oldest.ranks) == ([1, 2], [2, 1])
    assert (newest.state, oldest.state) == ("counted", "superseded")
    assert (newest.verdict, oldest.verdict) == ("A, then B", "B, then A")
    assert newest.revises == first.public_id
    assert newest.revisable_until > timezone.now()
    assert oldest.revisable_until is None
    assert last_revisable(campaign, first.annotator) == second.public_id


def test_history_pages_meet_without_gap_or_overlap_though_times_are_equal(campaign):
    alice = make_member(campaign)
    made = [make_judgment(make_comparison(campaign=campaign), alice).public_id for _ in range(7)]
    seen, before = [], None
    while True:
        page = own_judgments(campaign, alice, before=before, at_most=3)
        seen += [one.public_id for one in page.judgments]
        if (before := page.older) is None:
            break
    assert seen == made[::-1]


def test_history_asks_the_database_the_same_for_any_number(campaign, django_assert_max_num_queries):
    alice = make_member(campaign)
    for _ in range(6):
        make_judgment(make_comparison(campaign=campaign), alice)
    own_judgments(campaign, alice)
    with django_assert_max_num_queries(5):
        assert len(own_judgments(campaign, alice).judgments) == 6


def test_another_persons_answer_is_no_place_in_a_history(campaign, first):
    stranger = make_member(campaign)
    with pytest.raises(Http404):
        own_judgments(campaign, stranger, before=first.public_id)
    with pytest.raises(Http404):
        own_judgment(campaign, stranger, first.public_id)


def test_what_cannot_be_changed_is_not_offered(campaign, first):
    late = answered(campaign, minutes_ago=61)
    assert last_revisable(campaign, late.annotator) is None
    assert own_judgment(campaign, late.annotator, late.public_id).revisable_until is None
    unable = make_judgment(
        make_comparison(campaign=campaign), first.annotator, cannot_judge="Too dark."
    )
    payload = own_judgment(campaign, first.annotator, unable.public_id)
    assert (payload.revisable_until, payload.verdict, payload.scores) == (None, "", None)
