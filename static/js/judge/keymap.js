// Keys by their place on the keyboard (event.code) to actions. The letters shown follow the layout.

const ROWS = [
  ["KeyQ", "KeyW", "KeyE", "KeyR"],
  ["KeyA", "KeyS", "KeyD", "KeyF"],
  ["KeyT", "KeyY", "KeyU", "KeyI"],
];

const PLAIN = {
  BracketRight: { type: "move", step: 1 },
  BracketLeft: { type: "move", step: -1 },
  Digit0: { type: "tie", kind: "good" },
  Numpad0: { type: "tie", kind: "good" },
  Digit9: { type: "tie", kind: "bad" },
  Numpad9: { type: "tie", kind: "bad" },
  Enter: { type: "submit" },
  NumpadEnter: { type: "submit" },
  KeyK: { type: "open", panel: "skip" },
  KeyJ: { type: "open", panel: "cannot" },
  KeyN: { type: "open", panel: "note" },
  KeyH: { type: "guide" },
  KeyZ: { type: "view", tool: "full" },
  KeyC: { type: "view", tool: "fit" },
  KeyX: { type: "view", tool: "flicker" },
  KeyV: { type: "view", tool: "next-view" },
  KeyB: { type: "view", tool: "against" },
  Equal: { type: "view", tool: "in" },
  Minus: { type: "view", tool: "out" },
};

ROWS.forEach((row, index) =>
  row.forEach((code, step) => {
    PLAIN[code] = { type: "scoreActive", row: index, step };
  }),
);

export function actionFor(event) {
  if (event.key === "?") return { type: "help" };
  const digit = /^(?:Digit|Numpad)([1-4])$/.exec(event.code);
  if (digit) return { type: "prefer", position: Number(digit[1]) - 1, tied: event.shiftKey };
  return event.shiftKey ? null : (PLAIN[event.code] ?? null);
}

export const codeOf = (row, step) => ROWS[row]?.[step];

// What stands on the keys: from the browser where it tells, else as on a US keyboard.
export async function labels() {
  let layout;
  try {
    layout = await navigator.keyboard?.getLayoutMap();
  } catch {
    // Not allowed here, for instance inside a frame.
  }
  return (code) => (layout?.get(code) ?? code.replace("Key", "")).toUpperCase();
}
