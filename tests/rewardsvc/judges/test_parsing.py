"""Replies of a judge, read strictly."""

import json
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.judges.parsing import POINTS, Unreadable, parse_pair, parse_points


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ('{"better": "one"}', 1),
        ('{"better": "two", "reason": "the hat is red"}', -1),
        ('{"reason": "better: one", "better": "tie"}', 0),
        (' \n{"better": "one"}\n', 1),
        ('```json\n{"better": "two"}\n```', -1),
        ('```\n{"better": "two"}```', -1),
    ],
)
def test_one_object_in_any_order_of_keys_is_read(reply, outcome):
    assert parse_pair(reply) == outcome


@pytest.mark.parametrize(
    "reply",
    [
        "", "one", "[[A>B]]", "both are equal", '{"better": "One"}', '{"better": "first"}',
        '{"better": null}', '{"better": ["one"]}', '{"winner": "one"}', '["one"]',
        '{"better": "one"',
        'I think {"better": "one"}', '{"better": "one"} {"better": "two"}',
        '{"better": "one", "better": "two"}', '"one"', "null",
    ],
)  # fmt: skip
def test_anything_else_is_unreadable_never_a_tie(reply):
    with pytest.raises(Unreadable):
        parse_pair(reply)


@given(st.lists(st.integers(0, 10), min_size=4, max_size=4), st.permutations(range(4)))
def test_points_are_the_root_of_the_two_smaller_numbers(numbers, order):
    reply = json.dumps({POINTS[n]: numbers[n] for n in order})
    expected = sqrt(min(numbers[:2]) * min(numbers[2:]))
    assert parse_points(reply) == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clean": 11}, "clean is 11"),
        ({"clean": -1}, "clean is -1"),
        ({"clean": "7"}, "clean is '7'"),
        ({"clean": True}, "clean is True"),
        ({"natural": None}, "natural is None"),
        ({"success": float("nan")}, "success is nan"),
    ],
)
def test_a_number_outside_the_scale_is_unreadable(change, message):
    whole = dict.fromkeys(POINTS, 5)
    assert parse_points(json.dumps(whole)) == 5
    with pytest.raises(Unreadable, match=message):
        parse_points(json.dumps(whole | change))
