"""Remarks of an answer: what is accepted, where a refusal points, and for whom it is stored."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.answers.context import answer_context
from annotation.answers.parsing import parse_answer
from annotation.answers.remark_parsing import parse_remarks
from annotation.answers.remarks import to_canonical, to_shown
from annotation.errors import InvalidAnswer
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment
from annotation.models import Judgment
from annotation.rubrics.text import Scale
from tests.annotation.invariants import everything
from tests.factories import (
    answer_data,
    let_expire,
    make_assignment,
    make_campaign,
    make_member,
    make_queued,
    submit,
)

FOUR = frozenset((1, 2, 3, 4))
SCALES = [Scale("instruction", FOUR, n_criteria=3), Scale("quality", FOUR)]
BOX = [0.1, 0.2, 0.3, 0.4]
DEFECT = {"candidate": 1, "box": BOX, "dimension": "instruction", "criterion": 2}
FULL = {
    "flags": {"instruction": [[0, 2], []]},
    "strength": 2,
    "reasons": ["Hands"],
    "defects": [DEFECT],
    "flagged": True,
}


def parse(remarks, *, k=2, ranks=(1, 2)):
    return parse_remarks(remarks, k=k, dimensions=SCALES, ranks=ranks)


def refused(remarks, field, *, k=2, ranks=(1, 2)):
    with pytest.raises(InvalidAnswer) as refusal:
        parse(remarks, k=k, ranks=ranks)
    assert refusal.value.field == field
    assert str(refusal.value)


def defect(**changes):
    return {"defects": [DEFECT | changes]}


def test_every_remark_is_kept():
    assert parse(FULL) == FULL


def test_what_says_nothing_is_left_out():
    nothing = {
        "flags": {"instruction": [[], []]},
        "strength": None,
        "reasons": [],
        "defects": [],
        "flagged": False,
    }
    assert parse(nothing) == parse({}) == parse(dict.fromkeys(FULL)) == {}


def test_no_remarks_are_not_empty_remarks():
    assert parse(None) is None


def test_a_client_that_knows_no_remarks_is_answered_as_before():
    scores = {"instruction": [4, 2], "quality": [3, 1]}
    answer = parse_answer(answer_data(scores=scores), k=2, dimensions=SCALES)
    assert answer.remarks is None
    assert answer.canonical_remarks([1, 0]) == {}


def test_who_cannot_judge_can_still_flag_and_no_more():
    assert parse(FULL | {"strength": "?"}, ranks=None) == {"flagged": True}
    refused({"flagged": 1}, "remarks.flagged", ranks=None)


def test_a_defect_needs_no_dimension_and_a_dimension_no_criterion():
    plain = {"candidate": 0, "box": [0, 0, 1, 1]}
    result = plain | {"dimension": None, "criterion": None}
    assert parse({"defects": [plain]}) == {"defects": [result]}
    assert parse({"defects": [plain | {"dimension": "quality"}]})


def test_a_box_that_ends_at_the_edge_in_floating_point_is_inside():
    x, width = 0.001, 0.9990000000000002
    assert x + width > 1
    assert parse(defect(box=[x, 0, width, 1]))["defects"][0]["box"] == [x, 0, width, 1]


@pytest.mark.parametrize("text", ["é" * 60, "Hands, or feet", "مرحبا"])
def test_a_reason_is_text_in_any_words(text):
    assert parse({"reasons": [text]}) == {"reasons": [text]}


@pytest.mark.parametrize(
    ("remarks", "field"),
    [
        ([], "remarks"),
        ("x", "remarks"),
        ({"other": 1}, "remarks.other"),
        ({"flagged": "yes"}, "remarks.flagged"),
        ({"flags": []}, "remarks.flags"),
        ({"flags": {"else": [[], []]}}, "remarks.flags.else"),
        ({"flags": {"instruction": [[]]}}, "remarks.flags.instruction"),
        ({"flags": {"instruction": [[], [], []]}}, "remarks.flags.instruction"),
        ({"flags": {"instruction": [[], 1]}}, "remarks.flags.instruction[1]"),
        ({"flags": {"instruction": [[], [3]]}}, "remarks.flags.instruction[1]"),
        ({"flags": {"instruction": [[-1], []]}}, "remarks.flags.instruction[0]"),
        ({"flags": {"instruction": [[True], []]}}, "remarks.flags.instruction[0]"),
        ({"flags": {"instruction": [[1, 1], []]}}, "remarks.flags.instruction[0]"),
        ({"flags": {"instruction": [["0"], []]}}, "remarks.flags.instruction[0]"),
        ({"flags": {"quality": [[0], []]}}, "remarks.flags.quality[0]"),
        ({"strength": 0}, "remarks.strength"),
        ({"strength": 4}, "remarks.strength"),
        ({"strength": True}, "remarks.strength"),
        ({"strength": 1.0}, "remarks.strength"),
        ({"reasons": "Hands"}, "remarks.reasons"),
        ({"reasons": [str(n) for n in range(13)]}, "remarks.reasons"),
        ({"reasons": ["a", "x" * 61]}, "remarks.reasons[1]"),
        ({"reasons": ["a", 1]}, "remarks.reasons[1]"),
        ({"reasons": [" "]}, "remarks.reasons[0]"),
        ({"reasons": ["a", "a"]}, "remarks.reasons[1]"),
        ({"reasons": ["\0"]}, "remarks.reasons[0]"),
        ({"reasons": ["\ud800"]}, "remarks.reasons[0]"),
        ({"defects": {}}, "remarks.defects"),
        ({"defects": [DEFECT] * 13}, "remarks.defects"),
        ({"defects": [DEFECT, 1]}, "remarks.defects[1]"),
        (defect(more=1), "remarks.defects[0].more"),
        (defect(candidate=2), "remarks.defects[0].candidate"),
        (defect(candidate=-1), "remarks.defects[0].candidate"),
        (defect(candidate=None), "remarks.defects[0].candidate"),
        (defect(candidate=False), "remarks.defects[0].candidate"),
        (defect(dimension="else"), "remarks.defects[0].dimension"),
        (defect(dimension=["instruction"]), "remarks.defects[0].dimension"),
        (defect(criterion=3), "remarks.defects[0].criterion"),
        (defect(criterion="0"), "remarks.defects[0].criterion"),
        (defect(dimension=None, criterion=0), "remarks.defects[0].criterion"),
        (defect(box=None), "remarks.defects[0].box"),
        (defect(box=[0, 0, 1]), "remarks.defects[0].box"),
        (defect(box=[0, 0, 1, "1"]), "remarks.defects[0].box"),
        (defect(box=[0, 0, True, 1]), "remarks.defects[0].box"),
        (defect(box=[0, 0, 0, 1]), "remarks.defects[0].box"),
        (defect(box=[0, 0, 1, 0.0]), "remarks.defects[0].box"),
        (defect(box=[0.5, 0, 0.6, 1]), "remarks.defects[0].box"),
        (defect(box=[0, 0.5, 1, 0.6]), "remarks.defects[0].box"),
        (defect(box=[-0.1, 0, 0.5, 0.5]), "remarks.defects[0].box"),
        (defect(box=[0, 0, float("nan"), 1]), "remarks.defects[0].box"),
        (defect(box=[0, 0, float("inf"), 1]), "remarks.defects[0].box"),
        (defect(box=[0, 0, 10**400, 1]), "remarks.defects[0].box"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(remarks, field):
    refused(remarks, field)


def test_a_strength_is_for_one_of_two_that_is_better():
    refused({"strength": 1}, "remarks.strength", ranks=(1, 1))
    refused({"strength": 1}, "remarks.strength", k=3, ranks=(1, 2, 3))
    assert parse({"strength": None}, ranks=(1, 1)) == {}


@st.composite
def said(draw):
    k = draw(st.integers(2, 4))
    failed = st.lists(st.integers(0, 2), unique=True)
    part = st.floats(0.01, 0.5)
    defects = st.fixed_dictionaries(
        {
            "candidate": st.integers(0, k - 1),
            "box": st.lists(part, min_size=4, max_size=4),
            "dimension": st.sampled_from([None, "instruction", "quality"]),
            "criterion": st.none(),
        }
    )
    remarks = {
        "flags": {"instruction": draw(st.lists(failed, min_size=k, max_size=k))},
        "reasons": draw(st.lists(st.sampled_from("abcdef"), unique=True)),
        "defects": draw(st.lists(defects, max_size=5)),
        "flagged": draw(st.booleans()),
    }
    return draw(st.permutations(range(k))), remarks


@given(said())
def test_each_remark_is_stored_for_the_candidate_that_was_shown_there(case):
    order, remarks = case
    parsed = parse(remarks, k=len(order), ranks=range(1, len(order) + 1))
    stored = to_canonical(parsed, order)
    for position, failed in enumerate(remarks["flags"]["instruction"]):
        flags = stored.get("flags", {"instruction": [[]] * len(order)})
        assert flags["instruction"][order[position]] == sorted(failed)
    for one, canonical in zip(remarks["defects"], stored.get("defects", []), strict=True):
        assert canonical == one | {"candidate": order[one["candidate"]]}
    assert to_shown(stored, order) == parsed


# Through the services: the rubric of the makers has one criterion in each dimension.
SAID = {
    "flags": {"visual_quality": [[0], []]},
    "strength": 3,
    "reasons": ["Not on offer"],
    "defects": [{"candidate": 0, "box": BOX, "dimension": "visual_quality", "criterion": 0}],
    "flagged": True,
}
STORED = SAID | {
    "flags": {"visual_quality": [[], [0]]},
    "defects": [SAID["defects"][0] | {"candidate": 1}],
}


@pytest.fixture
def lease(db):
    return make_assignment(make_queued(campaign=make_campaign()), slot=1, shown_order=[1, 0])


def revise(judgment, **changes):
    context = answer_context(judgment.assignment.public_id, judgment.annotator_id)
    return revise_judgment(
        judgment_public_id=judgment.public_id,
        annotator=judgment.annotator,
        answer=read_answer(context, answer_data() | changes),
    ).judgment


def test_remarks_of_a_live_lease_are_stored_by_canonical_candidate(lease):
    assert submit(lease, remarks=SAID).judgment.remarks == STORED


def test_remarks_of_a_late_answer_are_stored_the_same(lease):
    let_expire(lease)
    late = make_assignment(lease.comparison, make_member(lease.campaign), slot=2, state="expired")
    assert submit(late, remarks=SAID).judgment.remarks["flags"] == SAID["flags"]
    assert submit(lease, remarks=SAID).judgment.remarks == STORED


def test_an_answer_without_remarks_stores_none(lease):
    assert submit(lease).judgment.remarks == {}


def test_cannot_judge_stores_only_that_it_was_flagged(lease):
    stored = submit(lease, cannot_judge="Too dark.", remarks=SAID).judgment
    assert stored.remarks == {"flagged": True}


def test_refused_remarks_store_nothing(lease):
    before = everything()
    with pytest.raises(InvalidAnswer):
        submit(lease, remarks={"flags": {"visual_quality": [[1], []]}})
    assert everything() == before


def test_a_repeat_keeps_the_first_remarks(lease):
    client_id = str(uuid.uuid4())
    first = submit(lease, client_id=client_id, remarks=SAID)
    again = submit(lease, client_id=client_id, remarks={})
    assert (again.public_id, again.created) == (first.public_id, False)
    assert Judgment.objects.get().remarks == STORED


def test_a_revision_without_remarks_keeps_them_and_one_with_replaces_them(lease):
    first = submit(lease, remarks=SAID).judgment
    kept = revise(first, note="Looked again.")
    assert kept.remarks == STORED
    assert revise(kept, remarks={"flagged": True}).remarks == {"flagged": True}


def test_a_revised_verdict_keeps_the_remarks_but_not_the_strength(lease):
    first = submit(lease, remarks=SAID).judgment
    turned = revise(first, verdict={"ranks": [2, 1], "tie_kind": None})
    assert turned.remarks == {name: part for name, part in STORED.items() if name != "strength"}
