// Maps keys to named actions; a person may choose other keys. Key ids: see keynames.js.

import { gettext } from "./words.js";

const ROWS = ["QWER", "ASDF", "TYUI"].map((row) => [...row].map((letter) => `Key${letter}`));

const scoring = ROWS.flatMap((row, at) => row.flatMap((code, step) => [
  { name: `score-${at + 1}-${step + 1}`, key: code, does: { type: "scoreActive", row: at, step } },
  { name: `flag-${at + 1}-${step + 1}`, key: `Shift+${code}`, does: { type: "flagActive", row: at, criterion: step } },
]));

const preferring = [0, 1, 2, 3].flatMap((position) => [
  { name: `prefer-${position + 1}`, key: `Digit${position + 1}`, does: { type: "prefer", position, tied: false } },
  { name: `as-good-${position + 1}`, key: `Shift+Digit${position + 1}`, does: { type: "prefer", position, tied: true } },
]);

const looking = (tool) => ({ type: "view", tool });
const opening = (panel) => ({ type: "open", panel });

// In the order of the help dialog.
const ACTIONS = [
  ...scoring,
  ...preferring,
  { name: "next-edit", key: "BracketRight", does: { type: "move", step: 1 } },
  { name: "previous-edit", key: "BracketLeft", does: { type: "move", step: -1 } },
  // Works on all layouts; on some, Shift and a digit types the digit.
  { name: "as-good-last", key: "KeyL", does: { type: "joinLast" } },
  { name: "tie-good", key: "Digit0", does: { type: "tie", kind: "good" } },
  { name: "tie-bad", key: "Digit9", does: { type: "tie", kind: "bad" } },
  { name: "more-scores", key: "Period", does: { type: "moreRows" } },
  { name: "submit", key: "Enter", does: { type: "submit" } },
  { name: "undo", key: "Backspace", does: { type: "undo" } },
  { name: "source", key: "Space", does: { type: "hold" } },
  { name: "source-toggle", key: "Shift+Space", does: looking("source") },
  { name: "edits-only", key: "KeyO", does: looking("edits-only") },
  { name: "alone", key: "KeyP", does: { type: "alone" } },
  { name: "loupe", key: "Comma", does: looking("loupe") },
  { name: "surround", key: "Quote", does: { type: "surround" } },
  { name: "flicker", key: "KeyX", does: looking("flicker") },
  { name: "next-view", key: "KeyV", does: looking("next-view") },
  { name: "against", key: "KeyB", does: looking("against") },
  { name: "full", key: "KeyZ", does: looking("full") },
  { name: "fit", key: "KeyC", does: looking("fit") },
  { name: "in", key: "Equal", does: looking("in") },
  { name: "out", key: "Minus", does: looking("out") },
  { name: "skip", key: "KeyK", does: opening("skip") },
  { name: "cannot", key: "KeyJ", does: opening("cannot") },
  { name: "note", key: "KeyN", does: opening("note") },
  { name: "flag-discussion", key: "KeyG", does: { type: "flagged" } },
  { name: "mark-defect", key: "KeyM", does: { type: "mark" } },
  { name: "guide", key: "KeyH", does: { type: "guide" } },
  { name: "help", key: "Shift+Slash", does: { type: "help" } },
];

// Keys that cannot be reassigned.
const FIXED = new Set(["Tab", "Escape", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);

// chosen: action name -> key; overrides the default keys.
export function createKeymap(chosen, keyNames) {
  const keys = new Map(ACTIONS.map(({ name, key }) => [name, key]));
  // A chosen key is taken from the action that has it by default.
  for (const [name, key] of keys) if (!(name in chosen) && Object.values(chosen).includes(key)) keys.set(name, "");
  for (const [name, key] of Object.entries(chosen)) if (keys.has(name)) keys.set(name, key);
  const actionAt = (key) => ACTIONS.find(({ name }) => keys.get(name) === key) ?? null;

  return {
    // "?" opens help on every layout.
    actionFor: (event) =>
      keyNames.idsOf(event).map(actionAt).find(Boolean)?.does ?? (event.key === "?" ? { type: "help" } : null),
    keyOf: (name) => keys.get(name),
    // Why a key cannot be assigned to an action; "" if it can.
    refusal(name, key) {
      if (FIXED.has(key.replace("Shift+", ""))) return gettext("This key keeps its meaning.");
      const other = actionAt(key);
      return other && other.name !== name ? other.name : "";
    },
    set: (name, key) => keys.set(name, key),
    reset() {
      for (const { name, key } of ACTIONS) keys.set(name, key);
    },
    // The keys that differ from the defaults.
    chosen: () => Object.fromEntries(
      ACTIONS.filter(({ name, key }) => keys.get(name) && keys.get(name) !== key).map(({ name }) => [name, keys.get(name)]),
    ),
  };
}
