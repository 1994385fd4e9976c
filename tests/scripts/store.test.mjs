import assert from "node:assert/strict";
import { test } from "node:test";

import { createStore } from "../../static/js/judge/store.js";

const count = (state, { type, by = 1 }) => (type === "add" ? { n: state.n + by } : state);

test("an action without an effect goes through the reducer and is announced", () => {
  const store = createStore(count);
  const heard = [];
  store.subscribe((action, before) => heard.push([action.type, before.n]));
  store.open({ id: "a" }, { n: 1 });
  store.dispatch({ type: "add", by: 4 });
  assert.deepEqual(store.answer, { n: 5 });
  assert.deepEqual(heard, [["add", 1]]);
});

test("an action that changes nothing is not announced", () => {
  const store = createStore(count);
  store.open({ id: "a" }, { n: 1 });
  store.subscribe(() => assert.fail("announced"));
  store.dispatch({ type: "unknown" });
  assert.deepEqual(store.answer, { n: 1 });
});

test("an effect runs in place of the reducer, also where no answer is open", () => {
  const store = createStore(count);
  const ran = [];
  store.effects({ add: ({ by }) => ran.push(by) });
  store.dispatch({ type: "add", by: 7 });
  store.open({ id: "a" }, { n: 1 });
  store.dispatch({ type: "add", by: 8 });
  assert.deepEqual(ran, [7, 8]);
  assert.deepEqual(store.answer, { n: 1 });
});

test("a locked answer does not change", () => {
  const store = createStore(count);
  store.open({ id: "a" }, { n: 1 });
  store.lock(true);
  store.dispatch({ type: "add" });
  assert.deepEqual(store.answer, { n: 1 });
  store.lock(false);
  store.dispatch({ type: "add" });
  assert.deepEqual(store.answer, { n: 2 });
});

test("two effects of one action are refused", () => {
  const store = createStore(count);
  store.effects({ add: () => {} });
  assert.throws(() => store.effects({ add: () => {} }), /add already/);
});
