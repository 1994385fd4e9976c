"""Parsing an answer: what is accepted, and which field a refusal names."""

import uuid
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.answers.parsing import Scale, dense_ranks, parse_answer, parse_reason
from annotation.errors import InvalidAnswer
from tests.factories import answer_data

FOUR = frozenset((1, 2, 3, 4))
SCALES = [Scale("instruction_following", FOUR), Scale("visual_quality", frozenset((1, 2, 3)))]


def parse(data, k=2):
    return parse_answer(data, k=k, dimensions=SCALES)


def valid(**changes):
    scores = {"instruction_following": [4, 2], "visual_quality": [3, 1]}
    return answer_data(scores=scores) | changes


def with_path(path, value):
    """Return a valid answer in which the value at the path is replaced."""
    data = valid()
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return data


def test_scores_become_rows_of_candidates_in_the_rubrics_order():
    answer = parse(valid(note="ok", active_ms=5, evidence={"zoomed": True}))
    assert answer.scores == ((4, 3), (2, 1))
    assert answer.ranks == (1, 2)
    assert (answer.tie_kind, answer.cannot_judge) == (None, "")
    assert (answer.note, answer.active_ms, answer.evidence) == ("ok", 5, {"zoomed": True})


def test_canonical_rows_undo_the_shown_order():
    scores = {"instruction_following": [4, 3, 2], "visual_quality": [3, 2, 1]}
    data = answer_data(scores=scores, verdict={"ranks": [1, 2, 3], "tie_kind": None})
    answer = parse(data, k=3)
    # Screen positions 0, 1, 2 showed the canonical candidates 2, 0, 1.
    assert answer.canonical_scores([2, 0, 1]) == [[3, 2], [2, 1], [4, 3]]
    assert answer.canonical_ranks([2, 0, 1]) == [2, 3, 1]


@given(st.integers(2, 4).flatmap(lambda k: st.permutations(range(k))), st.data())
def test_what_stood_at_a_position_is_stored_for_the_candidate_shown_there(order, data):
    k = len(order)
    column = st.lists(st.integers(1, 3), min_size=k, max_size=k)
    scores = {scale.slug: data.draw(column) for scale in SCALES}
    ranks = dense_ranks(list(range(1, k + 1)))
    answer = parse(answer_data(scores=scores, verdict={"ranks": list(ranks)}), k=k)
    stored, stored_ranks = answer.canonical_scores(order), answer.canonical_ranks(order)
    for position, candidate in enumerate(order):
        assert stored[candidate] == [scores[scale.slug][position] for scale in SCALES]
        assert stored_ranks[candidate] == ranks[position]


@pytest.mark.parametrize(
    ("given_ranks", "dense"),
    [
        ([1, 2], (1, 2)),
        ([2, 1], (2, 1)),
        ([1, 1], (1, 1)),
        ([1, 1, 3], (1, 1, 2)),
        ([1, 1, 2], (1, 1, 2)),
        ([1, 2, 2, 4], (1, 2, 2, 3)),
        ([3, 1, 1, 4], (2, 1, 1, 3)),
        ([1, 2, 2, 3], (1, 2, 2, 3)),
    ],
)
def test_dense_and_competition_ranks_are_stored_dense(given_ranks, dense):
    assert dense_ranks(given_ranks) == dense


@given(st.lists(st.integers(-1, 5), min_size=2, max_size=4))
def test_ranks_are_accepted_exactly_when_they_are_dense_or_competition(values):
    weak_orders = set()
    for levels in permutations(range(1, len(values) + 1)):
        for cut in range(2 ** (len(values) - 1)):
            position, rank, dense, competition = {}, 0, [], []
            for index, level in enumerate(levels):
                if index == 0 or cut >> (index - 1) & 1:
                    rank += 1
                    first = index + 1
                position[level - 1] = (rank, first)
            dense = tuple(position[i][0] for i in range(len(values)))
            competition = tuple(position[i][1] for i in range(len(values)))
            weak_orders |= {dense, competition}
    if tuple(values) in weak_orders:
        assert len(dense_ranks(values)) == len(values)
    else:
        with pytest.raises(InvalidAnswer, match=r"[Rr]ank"):
            dense_ranks(values)


@pytest.mark.parametrize("kind", ["good", "bad"])
def test_equal_ranks_carry_a_tie_kind(kind):
    answer = parse(valid(verdict={"ranks": [1, 1], "tie_kind": kind}))
    assert (answer.ranks, answer.tie_kind) == ((1, 1), kind)


def test_a_reason_not_to_judge_needs_no_scores_and_keeps_none():
    data = {"client_id": str(uuid.uuid4()), "cannot_judge": " blurred "}
    assert parse(data).cannot_judge == "blurred"
    half = parse(valid(cannot_judge="blurred", verdict=None))
    assert half.scores is None
    assert half.ranks is None
    assert half.canonical_scores([1, 0]) is None


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["client_id"], None, "client_id"),
        (["client_id"], "no uuid", "client_id"),
        (["client_id"], 7, "client_id"),
        (["scores"], None, "scores"),
        (["scores"], [1, 2], "scores"),
        (["scores", "visual_quality"], None, "scores.visual_quality"),
        (["scores", "visual_quality"], [1], "scores.visual_quality"),
        (["scores", "visual_quality"], [1, 2, 3], "scores.visual_quality"),
        (["scores", "visual_quality"], [1, 4], "scores.visual_quality[1]"),
        (["scores", "visual_quality"], [0, 1], "scores.visual_quality[0]"),
        (["scores", "visual_quality"], [1, True], "scores.visual_quality[1]"),
        (["scores", "visual_quality"], [1, 2.0], "scores.visual_quality[1]"),
        (["scores", "visual_quality"], ["1", 2], "scores.visual_quality[0]"),
        (["scores", "visual_quality"], [[1], 2], "scores.visual_quality[0]"),
        (["scores", "loudness"], [1, 2], "scores.loudness"),
        (["verdict"], None, "verdict"),
        (["verdict"], [1, 2], "verdict"),
        (["verdict", "ranks"], None, "verdict.ranks"),
        (["verdict", "ranks"], [1, 3], "verdict.ranks[1]"),
        (["verdict", "ranks"], [2, 2], "verdict.ranks"),
        (["verdict", "ranks"], [1, "2"], "verdict.ranks[1]"),
        (["verdict", "ranks"], [1, True], "verdict.ranks[1]"),
        (["verdict", "ranks"], [1, 1], "verdict.tie_kind"),
        (["verdict", "tie_kind"], "good", "verdict.tie_kind"),
        (["verdict", "winner"], 0, "verdict.winner"),
        (["cannot_judge"], "  ", "cannot_judge"),
        (["cannot_judge"], 3, "cannot_judge"),
        (["cannot_judge"], "x" * 201, "cannot_judge"),
        (["note"], "x" * 4001, "note"),
        (["note"], 5, "note"),
        (["note"], "a\0b", "note"),
        (["note"], "a\ud800b", "note"),
        (["active_ms"], -1, "active_ms"),
        (["active_ms"], 86_400_001, "active_ms"),
        (["active_ms"], 1.5, "active_ms"),
        (["active_ms"], True, "active_ms"),
        (["evidence"], [], "evidence"),
        (["evidence"], {"a": "x" * 8200}, "evidence"),
        (["evidence"], {"a": ["ä" * 4100]}, "evidence"),
        (["evidence"], {"a": {"b\0": 1}}, "evidence"),
        (["evidence"], {"a": float("nan")}, "evidence"),
        (["evidence"], {"a": [[[[[[[[[1]]]]]]]]]}, "evidence"),
        (["seen"], 1, "seen"),
        (["\ud800"], 1, "?"),
    ],
)
def test_a_malformed_field_is_named(path, value, field):
    with pytest.raises(InvalidAnswer) as refusal:
        parse(with_path(path, value))
    assert refusal.value.field == field
    assert str(refusal.value).encode()


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_an_answer_that_is_no_object_is_refused(value):
    with pytest.raises(InvalidAnswer) as refusal:
        parse(value)
    assert refusal.value.field == ""


def test_a_tie_kind_must_be_known():
    with pytest.raises(InvalidAnswer) as refusal:
        parse(valid(verdict={"ranks": [1, 1], "tie_kind": "ugly"}))
    assert refusal.value.field == "verdict.tie_kind"


def test_limits_are_reached_and_not_passed():
    longest = {"a": "x" * (8192 - len('{"a": ""}'))}
    answer = parse(valid(note="ü" * 4000, active_ms=86_400_000, evidence=longest))
    assert len(answer.note) == 4000
    assert answer.evidence == longest


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def answer_or_field(data):
    """Return the answer, or the field that the refusal names."""
    try:
        return parse(data)
    except InvalidAnswer as refusal:
        return refusal.field


@given(st.dictionaries(st.sampled_from([*answer_data(), "other"]), JSON) | JSON)
def test_anything_is_either_an_answer_or_a_named_refusal(data):
    found = answer_or_field(data)
    assert isinstance(found, str) or (found.scores is None) == bool(found.cannot_judge)


@given(
    st.sampled_from(
        [["client_id"], ["scores"], ["scores", "visual_quality"], ["verdict"], ["verdict", "ranks"]]
    ),
    JSON,
)
def test_garbage_inside_an_answer_never_passes(path, value):
    found = answer_or_field(with_path(path, value))
    if isinstance(found, str):
        assert found.startswith(path[0])
    else:
        assert all(score in {1, 2, 3} for _, score in found.scores)


@pytest.mark.parametrize("value", [None, "", " \n", 3, "x" * 201, "a\0"])
def test_a_required_reason_is_asked_for(value):
    with pytest.raises(InvalidAnswer) as refusal:
        parse_reason(value, "reason")
    assert refusal.value.field == "reason"
