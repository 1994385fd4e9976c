"""The rules of an answer in the making, run in the browser's own JavaScript."""

import itertools

import pytest

RUN = """
async ({ url, k, steps, draft, rules }) => {
  const answers = await import(url);
  const levels = [1, 2, 3, 4].map((value) => ({ value }));
  const assignment = {
    id: "a",
    candidates: Array(k).fill({}),
    rubric: { dimensions: [
      { slug: "instruction_following", name: "Instruction following", levels,
        criteria: [{ name: "All" }, { name: "Only" }] },
      { slug: "visual_quality", name: "Visual quality", levels: levels.slice(0, 3) },
    ] },
  };
  const start = answers.resume(answers.begin(assignment, "client", rules), draft);
  const state = steps.reduce(answers.reduce, start);
  return {
    ranks: answers.ranks(state),
    missing: answers.missing(state).map(({ text }) => text),
    answer: answers.answer(state),
    conflict: answers.conflict(state),
    state,
  };
}
"""


def module(name):
    return f"/static/js/judge/{name}"


@pytest.fixture(scope="module")
def blank(browser, gunicorn):
    """Return an empty page of the site, whose modules can be imported."""
    page = browser.new_page()
    page.goto(f"{gunicorn.url}/static/js/theme.js")
    yield page
    page.close()


@pytest.fixture
def run(blank):
    def give(k, *steps, draft=None, rules=None):
        given = {"url": module("state.js"), "k": k, "steps": steps, "draft": draft}
        given["rules"] = rules or {}
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


def scores(*rows):
    """Return score actions: one row (instruction, quality) per edit."""
    slugs = ("instruction_following", "visual_quality")
    return [
        {"type": "score", "slug": slug, "position": position, "value": value}
        for position, row in enumerate(rows)
        for slug, value in zip(slugs, row, strict=True)
    ]


def test_a_verdict_against_the_summed_scores_is_a_conflict(run):
    against = run(2, *scores((2, 1), (4, 3)), *prefer(0))
    assert against["conflict"] == {"better": 0, "worse": 1}
    assert run(2, *scores((2, 1), (4, 3)), *prefer(1))["conflict"] is None
    assert run(2, *scores((4, 1), (2, 3)), *prefer(0))["conflict"] is None
    assert run(2, *scores((2, 1), (4, 3)), {"type": "tie", "kind": "good"})["conflict"] is None
    assert run(2, *scores((2, 1)), *prefer(0))["conflict"] is None
    three = run(3, *scores((4, 3), (1, 1), (2, 2)), *prefer(0, 1))
    assert three["conflict"] == {"better": 1, "worse": 2}


def test_the_same_preference_again_grows_stronger_where_that_is_asked(run):
    asks = {"asks_strength": True}
    strengths = [
        run(2, *prefer(*[0] * n), rules=asks)["answer"]["remarks"].get("strength")
        for n in range(1, 5)
    ]
    assert strengths == [1, 2, 3, 1]
    other = run(2, *prefer(0, 0, 1), rules=asks)["answer"]
    assert (other["verdict"]["ranks"], other["remarks"]["strength"]) == ([2, 1], 1)
    tie = run(2, *prefer(0, 0), {"type": "tie", "kind": "good"}, rules=asks)["answer"]
    assert "strength" not in tie["remarks"]
    assert "strength" not in run(2, *prefer(0, 0))["answer"]["remarks"]
    assert "strength" not in run(3, *prefer(0, 0), rules=asks)["answer"]["remarks"]


def test_failed_criteria_are_chosen_and_taken_back(run):
    flag = {"type": "flagActive", "row": 0, "criterion": 1}
    once = run(2, flag, {"type": "move", "step": 1}, flag)
    assert once["answer"]["remarks"]["flags"] == {"instruction_following": [[1], [1]]}
    assert run(2, flag, flag)["answer"]["remarks"] == {}
    assert run(2, {"type": "flagActive", "row": 1, "criterion": 0})["answer"]["remarks"] == {}


@pytest.mark.parametrize(
    ("drops", "ranks"),
    [
        ([(2, 0, False)], [None, None, 1]),
        ([(2, 0, False), (0, 0, True)], [1, 2, 1]),
        ([(2, 0, False), (0, 1, False)], [2, 3, 1]),
        ([(2, 0, False), (0, 1, False), (1, 0, False)], [3, 1, 2]),
        ([(2, 0, False), (0, 1, False), (1, 1, True)], [2, 2, 1]),
    ],
)
def test_a_letter_dropped_on_a_step_ties_and_between_two_ranks(run, drops, ranks):
    steps = [
        {"type": "place", "position": position, "at": at, "joins": joins}
        for position, at, joins in drops
    ]
    assert run(3, *steps)["ranks"] == ranks


def test_a_box_has_an_area_and_is_changed_and_dropped(run):
    add = {"type": "addDefect", "position": 1, "box": [0.1, 0.2, 0.3, 0.4]}
    defects = run(2, add)["answer"]["remarks"]["defects"]
    box = {"candidate": 1, "box": [0.1, 0.2, 0.3, 0.4], "dimension": None, "criterion": None}
    assert defects == [box]
    assert run(2, add | {"box": [0.1, 0.2, 0, 0.4]})["answer"]["remarks"] == {}
    named = {"type": "changeDefect", "index": 0, "dimension": "visual_quality", "criterion": 0}
    assert run(2, add, named)["answer"]["remarks"]["defects"][0]["dimension"] == "visual_quality"
    assert run(2, add, {"type": "dropDefect", "index": 0})["answer"]["remarks"] == {}


def test_what_cannot_be_judged_can_still_be_flagged(run):
    cannot = {"type": "cannot", "reason": "An image is broken"}
    result = run(2, {"type": "flagged"}, cannot, *prefer(0))
    assert result["answer"]["remarks"] == {"flagged": True}


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
          return bestShape(panes, { width: 1400, height: 610 }, Array(panes).fill(size)).name;
        }""",
        {
            "url": module("layout.js"),
            "panes": panes,
            "size": {"width": width, "height": height},
        },
    )
    assert chosen == shape
