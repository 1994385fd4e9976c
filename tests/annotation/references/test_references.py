"""Reference answers: a pool of their own, in use as examples, training and gold."""

import pytest
from django.db.models.functions import Now

from annotation.campaigns.progress import progress_of
from annotation.comparisons.services import (
    discard_comparisons,
    release_comparison,
    withdraw_comparison,
)
from annotation.errors import DomainError, InvalidAnswer, InvalidSetting
from annotation.feedback.send_backs import send_back
from annotation.models import (
    Assignment,
    Campaign,
    CampaignEvent,
    Comparison,
    Judgment,
    QueueEntry,
    ReferenceAnswer,
)
from annotation.quality.selectors.agreement import agreement_report
from annotation.quality.selectors.outcomes import answers
from annotation.queue.services.leases import lease_next
from annotation.queue.services.slots import hold
from annotation.references.selectors import examples_for
from annotation.references.services import create_reference, withdraw_reference
from annotation.snapshots.rows import judged_chunks
from tests.annotation.invariants import check_queue, everything
from tests.factories import (
    answer_data,
    let_expire,
    make_assignment,
    make_campaign,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_queued,
    make_reference,
    make_user,
    submit,
)

pytestmark = pytest.mark.django_db
EVERY_USE = ("example", "training", "gold")


@pytest.fixture
def campaign():
    return make_campaign(overlap=2)


@pytest.fixture
def bob(campaign):
    return make_member(campaign, make_user("bob"))


def serve_only(campaign, *lanes):
    plan = (list(lanes) * 50)[:50]
    Campaign.objects.filter(pk=campaign.pk).update(lane_plan=plan)


def answer_all(campaign, person, **changes):
    """Answer everything a person is served; return (lane, comparison) of each."""
    done = []
    while leases := lease_next(campaign=campaign, annotator=person).assignments:
        for lease in leases:
            submit(lease, **changes)
            done.append((lease.lane, lease.comparison_id))
    return done


@pytest.mark.parametrize("use", EVERY_USE)
def test_its_comparison_leaves_the_counting_lanes_and_is_offered_in_its_own(campaign, bob, use):
    reference, other = make_queued(campaign=campaign), make_queued(campaign=campaign)
    made = make_reference(reference, use=use)
    waiting = set(QueueEntry.objects.values_list("comparison", "lane", "policy"))
    own = {(reference.pk, use, "reference")} if use != "example" else set()
    assert waiting == {(other.pk, "coverage", "all"), *own}
    assert (made.scores, made.ranks, made.tie_kind) == ([[4, 4], [3, 3]], [1, 2], None)
    serve_only(campaign, "gold", "training")
    assert {pk for _, pk in answer_all(campaign, bob)} == (
        {reference.pk, other.pk} if own else {other.pk}
    )
    check_queue()
    event = CampaignEvent.objects.get()
    assert (event.verb, event.detail["use"]) == ("reference_created", use)


@pytest.mark.parametrize("use", EVERY_USE)
def test_nothing_brings_it_back_into_the_counting_lanes(campaign, use):
    comparison = make_queued(campaign=campaign)
    make_member(campaign)
    actor = make_user()
    make_reference(comparison, use=use)
    before = set(QueueEntry.objects.values_list("comparison", "lane"))
    result = send_back(comparisons=[comparison], cause="Odd.", actor=actor)
    assert list(result.left_out) == [comparison.pk]
    assert "reference" in result.left_out[comparison.pk]
    hold([comparison.pk], reason="Nobody could judge it.")
    release_comparison(comparison=comparison, actor=actor)
    assert not QueueEntry.objects.filter(slot__isnull=False).exists()
    assert {lane for _, lane in before} == ({use} if use != "example" else set())


def test_answers_in_training_and_gold_are_in_no_label_no_agreement_and_no_export(campaign, bob):
    for use in ("training", "gold"):
        make_reference(make_queued(campaign=campaign), use=use)
    make_queued(campaign=campaign)
    serve_only(campaign, "training", "gold")
    carol = make_member(campaign)
    for person in (bob, carol):
        served = answer_all(campaign, person)
        assert sorted(lane for lane, _ in served) == ["coverage", "gold", "training"]
    counted = set(Judgment.objects.counting().values_list("comparison", flat=True))
    assert len(counted) == 1
    data = answers(campaign)
    assert set(data.comparison) == counted
    assert agreement_report(campaign, n_replicates=50).n_judgments == 2
    chunks = list(judged_chunks(campaign))
    labels = [row for _, of_labels in chunks for row in of_labels]
    assert len(labels) == 1
    assert labels[0]["n_judgments"] == 2
    progress = progress_of(campaign)
    assert (progress.n_judged, progress.n_wanted, progress.n_comparisons) == (2, 2, 1)


def refuse(comparison, match, *, use="gold"):
    """Assert that a reference is refused for a reason and nothing changed."""
    before = everything()
    n = ReferenceAnswer.objects.count()
    with pytest.raises(DomainError, match=match):
        make_reference(comparison, use=use)
    assert everything() == before
    assert ReferenceAnswer.objects.count() == n


@pytest.mark.parametrize("use", EVERY_USE)
def test_a_comparison_with_judgments_in_force_is_refused(campaign, use):
    comparison = make_queued(campaign=campaign)
    make_judgment(comparison, slot=1)
    refuse(comparison, "judgments already", use=use)


@pytest.mark.parametrize("use", EVERY_USE)
def test_a_comparison_that_somebody_is_judging_is_refused(campaign, use):
    comparison = make_queued(campaign=campaign)
    make_assignment(comparison, slot=1)
    refuse(comparison, "judging this comparison now", use=use)


@pytest.mark.parametrize("use", EVERY_USE)
def test_a_held_out_source_is_refused(campaign, use):
    refuse(make_queued(make_item(campaign, held_out=True)), "held-out", use=use)


def test_withdrawn_comparisons_and_second_references_are_refused(campaign):
    comparison = make_queued(campaign=campaign)
    make_reference(comparison)
    refuse(comparison, "withdraw that one first")
    withdrawn = make_comparison(campaign=campaign, withdrawn_at=Now())
    refuse(withdrawn, "was withdrawn")


def test_a_closed_campaign_and_one_without_a_rubric_take_none():
    closed = make_campaign(state="closed")
    refuse(make_comparison(campaign=closed), "closed")
    bare = make_campaign(rubric=False)
    with pytest.raises(DomainError, match="Publish a rubric"):
        create_reference(
            comparison=make_comparison(campaign=bare), use="gold", answer={}, explanation="x",
            actor=make_user(),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scores": {"instruction_following": [4, 3]}}, "scores.visual_quality"),
        ({"verdict": {"ranks": [1, 3], "tie_kind": None}}, "verdict.ranks[1]"),
        ({"verdict": {"ranks": [1, 1], "tie_kind": None}}, "verdict.tie_kind"),
        ({"explanation": " "}, "explanation"),
        ({"explanation": "x" * 2001}, "explanation"),
        ({"explanation": "a\0b"}, "explanation"),
    ],
)
def test_an_incomplete_answer_is_refused_by_field_and_changes_nothing(campaign, changes, field):
    comparison = make_queued(campaign=campaign)
    before = everything()
    with pytest.raises((InvalidAnswer, InvalidSetting)) as refusal:
        make_reference(comparison, **changes)
    assert refusal.value.field == field
    assert everything() == before


def test_another_use_and_other_fields_are_refused(campaign):
    comparison = make_queued(campaign=campaign)
    with pytest.raises(InvalidSetting) as refusal:
        make_reference(comparison, use="bronze")
    assert refusal.value.field == "use"
    with pytest.raises(InvalidAnswer):
        create_reference(
            comparison=comparison, use="gold", answer=answer_data(), explanation="x",
            actor=make_user(),
        )  # fmt: skip
    assert not ReferenceAnswer.objects.exists()


def test_a_late_answer_from_before_is_kept_as_surplus(campaign, bob):
    comparison = make_queued(campaign=campaign)
    [lease] = lease_next(campaign=campaign, annotator=bob).assignments
    let_expire(lease)
    assert lease_next(campaign=campaign, annotator=make_member(campaign), ahead=1).leases
    Assignment.objects.filter(state="leased").update(state="released", closed_at=Now())
    make_reference(comparison, use="gold")
    assert submit(lease).state == "surplus"
    check_queue()


@pytest.mark.parametrize("use", ["training", "gold"])
def test_one_that_nobody_was_served_goes_back_to_the_counting_lanes(campaign, bob, use):
    comparison = make_queued(campaign=campaign)
    made = make_reference(comparison, use=use)
    assert withdraw_reference(reference=made, actor=None) is True
    check_queue()
    assert [lane for lane, _ in answer_all(campaign, bob)] == ["coverage"]
    with pytest.raises(DomainError, match="withdrawn before"):
        withdraw_reference(reference=made, actor=None)


@pytest.mark.parametrize("use", EVERY_USE)
def test_one_whose_answer_may_be_known_never_counts_again(campaign, bob, use):
    comparison = make_queued(campaign=campaign)
    made = make_reference(comparison, use=use)
    serve_only(campaign, "gold" if use == "gold" else "training")
    answer_all(campaign, bob)
    assert withdraw_reference(reference=made, actor=None) is False
    assert not QueueEntry.objects.exists()
    result = send_back(comparisons=[comparison], cause="Odd.", actor=None)
    assert result.sent == []
    if use != "gold":
        refuse(comparison, "seen its answer")
    make_reference(comparison, use="example")


def test_a_draft_is_discarded_with_its_references():
    draft = make_campaign(state="draft")
    make_reference(make_queued(campaign=draft))
    assert discard_comparisons(campaign=draft, actor=None) == 1
    assert not ReferenceAnswer.objects.exists()
    assert not Comparison.objects.exists()


def test_examples_say_scores_in_words_and_carry_no_name(campaign, bob):
    reference = make_reference(
        make_comparison(campaign=campaign),
        scores={"instruction_following": [2, 4], "visual_quality": [1, 1]},
        verdict={"ranks": [1, 1], "tie_kind": "bad"},
    )
    [example] = examples_for(campaign, bob)
    assert [edit.letter for edit in example.edits] == ["A", "B"]
    assert example.edits[0].levels == [
        ("Instruction following", 2, "Level 2"),
        ("Visual quality", 1, "Level 1"),
    ]
    assert [edit.rank for edit in example.edits] == [1, 1]
    assert (example.tie_kind, example.explanation) == ("bad", reference.explanation)
    assert example.source["url"] == f"/media/r/{reference.public_id}/source/fit.webp"
    assert example.edits[1].picture["full_url"] == f"/media/r/{reference.public_id}/1/full.webp"


def test_only_standing_examples_of_this_campaign_are_in_the_guide(campaign, bob):
    kept = make_reference(make_comparison(campaign=campaign))
    make_reference(make_comparison(campaign=campaign), use="gold")
    make_reference(make_comparison(campaign=campaign), use="training")
    make_reference(make_comparison(campaign=make_campaign()))
    gone = make_reference(make_comparison(campaign=campaign))
    withdraw_reference(reference=gone, actor=None)
    hidden = make_reference(make_comparison(campaign=campaign))
    withdraw_comparison(comparison=hidden.comparison, reason="Blurred.", actor=None)
    assert [example.public_id for example in examples_for(campaign, bob)] == [kept.public_id]


def test_a_sensitive_example_is_left_out_for_who_opted_out(campaign, bob):
    make_reference(make_comparison(make_item(campaign, sensitive="wounds")))
    assert [example.sensitive for example in examples_for(campaign, bob)] == ["wounds"]
    bob.preferences = {"sensitive": "never"}
    assert examples_for(campaign, bob) == []
