"""The rules of an answer in the making, run in the browser's own JavaScript."""

import base64
import itertools
from pathlib import Path

import pytest

MODULES = Path(__file__).resolve().parents[2] / "static" / "js" / "judge"
RUN = """
async ({ url, k, steps, draft }) => {
  const answers = await import(url);
  const levels = [1, 2, 3, 4].map((value) => ({ value }));
  const assignment = {
    id: "a",
    candidates: Array(k).fill({}),
    rubric: { dimensions: [
      { slug: "instruction_following", name: "Instruction following", levels },
      { slug: "visual_quality", name: "Visual quality", levels: levels.slice(0, 3) },
    ] },
  };
  const start = answers.resume(answers.begin(assignment, "client"), draft);
  const state = steps.reduce(answers.reduce, start);
  return {
    ranks: answers.ranks(state),
    missing: answers.missing(state).map(({ text }) => text),
    answer: answers.answer(state),
    state,
  };
}
"""


def module(name):
    text = (MODULES / name).read_bytes()
    return f"data:text/javascript;base64,{base64.b64encode(text).decode()}"


@pytest.fixture(scope="module")
def blank(browser):
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def run(blank):
    def give(k, *steps, draft=None):
        given = {"url": module("state.js"), "k": k, "steps": steps, "draft": draft}
        return blank.evaluate(RUN, given)

    return give


def prefer(*positions):
    """Return key presses; a negative position is pressed with Shift (~0 is A)."""
    return [{"type": "prefer", "position": p if p >= 0 else ~p, "tied": p < 0} for p in positions]


@pytest.mark.parametrize(
    ("k", "pressed", "ranks"),
    [
        (2, [0], [1, 2]),
        (2, [1], [2, 1]),
        (2, [0, 1], [2, 1]),
        (3, [1], [None, 1, None]),
        (3, [1, 0], [2, 1, 3]),
        (3, [1, 0, 2], [2, 1, 3]),
        (3, [2, ~0], [1, 2, 1]),
        (3, [2, 0, ~1], [2, 2, 1]),
        (3, [2, 0, ~0], [1, 2, 1]),
        (4, [3, 0, 1], [2, 3, 4, 1]),
        (4, [3, ~2, ~1, 0], [2, 1, 1, 1]),
        (4, [3, 0, 3], [None, None, None, 1]),
        (4, [~1], [None, 1, None, None]),
    ],
)
def test_number_keys_rank_best_first(run, k, pressed, ranks):
    assert run(k, *prefer(*pressed))["ranks"] == ranks


@pytest.mark.parametrize("k", [2, 3, 4])
def test_every_order_can_be_keyed_and_keyed_again(run, k):
    for order in itertools.permutations(range(k)):
        expected = [order.index(position) + 1 for position in range(k)]
        assert run(k, *prefer(*order[: k - 1]))["ranks"] == expected
        again = run(k, *prefer(*(range(k) if k > 2 else [0])), *prefer(*order[: k - 1]))
        assert again["ranks"] == expected


@pytest.mark.parametrize("k", [3, 4])
def test_ranks_are_dense_whatever_is_pressed(run, k):
    keys = [*range(k), *(~p for p in range(k))]
    for pressed in itertools.product(keys, repeat=3):
        given = [rank for rank in run(k, *prefer(*pressed))["ranks"] if rank]
        assert sorted(set(given)) == list(range(1, len(set(given)) + 1))


def test_equal_ranks_need_their_kind(run):
    everything = run(3, *prefer(0, ~1, ~2))
    assert everything["ranks"] == [1, 1, 1]
    assert "tie: good or bad?" in everything["missing"]
    decided = run(3, *prefer(0, ~1, ~2), {"type": "tie", "kind": "bad"})
    assert decided["answer"]["verdict"] == {"ranks": [1, 1, 1], "tie_kind": "bad"}


def test_a_preference_takes_a_tie_back(run):
    result = run(2, {"type": "tie", "kind": "good"}, *prefer(1))
    assert result["answer"]["verdict"] == {"ranks": [2, 1], "tie_kind": None}


def test_a_key_beyond_the_last_level_does_nothing(run):
    result = run(2, {"type": "scoreActive", "row": 1, "step": 3})
    assert result["answer"]["scores"]["visual_quality"] == [None, None]
    assert run(2, {"type": "scoreActive", "row": 2, "step": 0})["answer"] == result["answer"]


def test_moving_on_from_the_last_edit_comes_to_the_first(run):
    step = {"type": "move", "step": 1}
    assert run(3, step, step, step)["state"]["active"] == 0
    assert run(3, {"type": "move", "step": -1})["state"]["active"] == 2


def test_cannot_judge_needs_and_sends_no_scores(run):
    result = run(2, *prefer(0), {"type": "cannot", "reason": "An image is broken"})
    assert result["missing"] == []
    assert result["answer"]["verdict"] is None
    assert result["answer"]["scores"] == {}


def test_a_draft_of_another_rubric_or_comparison_is_left_alone(run):
    kept = {"id": "a", "k": 2, "scores": {"style": [1, 2]}, "groups": [[0], [1]]}
    assert run(2, draft=kept)["ranks"] == [None, None]
    assert run(2, draft=kept | {"id": "b"})["ranks"] == [None, None]


@pytest.mark.parametrize(
    ("panes", "picture", "shape"),
    [
        (3, (1024, 1024), ""),
        (3, (900, 1400), ""),
        (3, (2400, 900), "two-rows"),
        (3, (4000, 500), "one-column"),
        (5, (1600, 1067), "two-rows"),
        (5, (900, 1400), ""),
    ],
)
def test_panes_are_set_out_for_the_largest_pictures(blank, panes, picture, shape):
    width, height = picture
    chosen = blank.evaluate(
        """async ({ url, panes, size }) => {
          const { bestShape } = await import(url);
          return bestShape(panes, { width: 1400, height: 610 }, Array(panes).fill(size));
        }""",
        {
            "url": module("layout.js"),
            "panes": panes,
            "size": {"width": width, "height": height},
        },
    )
    assert chosen == shape
