// Which tools of the viewer are pressed and which are hidden.

import assert from "node:assert/strict";
import test from "node:test";

import { toolbarState } from "../../static/js/judge/viewer/toolbar-state.js";

const scene = { view: "side", camera: { zoom: 1 }, holding: false, edits: false, follows: false };
const plain = { state: scene, isReal: false, keepsZoom: false, isLoupeOn: false, offersOutside: false, isNudged: false };
const sorted = (names) => [...names].sort();

test("at first the view side by side and fit are pressed", () => {
  const { pressed, hidden } = toolbarState(plain);
  assert.deepEqual(sorted(pressed), ["fit", "side"]);
  assert.deepEqual(sorted(hidden), ["against", "follow", "gain", "nudge-reset", "outside", "turn"]);
});

test("every switch that is on is pressed", () => {
  const state = { ...scene, camera: { zoom: 2 }, holding: true, edits: true, follows: true };
  const { pressed } = toolbarState({ ...plain, state, isReal: true, keepsZoom: true, isLoupeOn: true });
  assert.deepEqual(sorted(pressed), ["edits-only", "follow", "full", "keep-zoom", "loupe", "side", "source"]);
});

test("each view offers its own tools", () => {
  const hiddenIn = (view) => toolbarState({ ...plain, state: { ...scene, view } }).hidden;
  assert.deepEqual(sorted(hiddenIn("wipe")), ["edits-only", "gain", "nudge-reset", "outside"]);
  assert.deepEqual(sorted(hiddenIn("overlay")), ["edits-only", "follow", "gain", "nudge-reset", "outside", "turn"]);
  assert.ok(!hiddenIn("difference").has("gain"));
  assert.ok(!toolbarState({ ...plain, offersOutside: true, isNudged: true }).hidden.has("outside"));
  assert.ok(!toolbarState({ ...plain, isNudged: true }).hidden.has("nudge-reset"));
});
