import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, flaggedTop, missing, reduce } from "../../static/js/judge/state.js";

function start({ k = 2, dimensions = 2, advance = true } = {}) {
  const levels = [1, 2, 3, 4].map((value) => ({ value }));
  const criteria = [{ name: "All" }, { name: "Only" }];
  const rubric = {
    dimensions: [...Array(dimensions).keys()].map((at) => ({ slug: `d${at}`, name: `D${at}`, levels, criteria })),
  };
  return begin({ id: "a", candidates: Array(k).fill({}), rubric }, "client", { advance });
}

const score = (row, step = 0) => ({ type: "scoreActive", row, step });
const move = (step) => ({ type: "move", step });
const after = (state, ...actions) => actions.reduce(reduce, state);

for (const [k, keys] of [[2, 6], [3, 9], [4, 12]]) {
  test(`a whole judgment of ${k} edits takes ${keys} keys`, () => {
    const scores = Array.from({ length: k }, () => [score(0, 2), score(1, 1)]).flat();
    const ranks = [...Array(k - 1).keys()].map((position) => ({ type: "prefer", position, tied: false }));
    const state = after(start({ k }), ...scores, ...ranks);
    assert.deepEqual(missing(state), []);
    assert.equal(scores.length + ranks.length + 1, keys); // and Enter
  });
}

test("the last score of an edit outlines the next one that is incomplete", () => {
  const state = after(start({ k: 3 }), move(1), score(0), score(1));
  assert.equal(state.active, 2);
  assert.equal(after(state, score(0), score(1)).active, 0);
});

test("changing a score of a complete edit moves nothing", () => {
  const both = after(start(), score(0), score(1), move(-1), score(0, 3));
  assert.equal(both.active, 0);
  assert.deepEqual(both.scores.d0, [4, null]);
});

test("a Tab by habit after the last score leaves the outline on the next edit", () => {
  const state = after(start(), score(0), score(1), move(1), score(0, 3));
  assert.deepEqual(state.scores.d0, [1, 4]);
  // Only that one Tab: the next moves on.
  assert.equal(after(start({ k: 3 }), score(0), score(1), move(1), move(1)).active, 2);
});

test("going back after the automatic step comes to the edit before", () => {
  assert.equal(after(start({ k: 3 }), score(0), score(1), move(-1)).active, 0);
});

test("without the setting the outline stays until it is moved", () => {
  const state = after(start({ advance: false }), score(0), score(1));
  assert.equal(state.active, 0);
  assert.equal(after(state, move(1)).active, 1);
});

test("eight dimensions are all within reach of the keys", () => {
  const one = [score(0), score(1), score(2)];
  const state = after(start({ dimensions: 8 }), ...one, ...one, score(0), score(1));
  assert.equal(state.active, 1);
  assert.ok(Object.values(state.scores).every(([first]) => first === 1));
  assert.equal(state.firstRow, 0);
});

test("a key gives the score keys to further dimensions, and back", () => {
  const further = after(start({ dimensions: 4 }), { type: "moreRows" });
  assert.equal(after(further, score(0, 2)).scores.d3[0], 3);
  assert.equal(after(further, { type: "moreRows" }).firstRow, 0);
});

test("a top score with a failed criterion is found, any other score is not", () => {
  const flag = { type: "flag", slug: "d1", position: 1, criterion: 0 };
  const scored = (value) => after(start(), { type: "score", slug: "d1", position: 1, value }, flag);
  assert.deepEqual(flaggedTop(scored(4)), { position: 1, name: "D1" });
  assert.equal(flaggedTop(scored(3)), null);
  assert.equal(flaggedTop(after(scored(4), { type: "cannot", reason: "broken" })), null);
});

test("where one picture is shown at a time, a score changes no picture", () => {
  const state = after(start(), score(0), { ...score(1), stays: true });
  assert.equal(state.active, 0);
  assert.deepEqual(state.scores.d1, [1, null]);
});
