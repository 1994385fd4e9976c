// Names of keys. A key triggers the action that the page shows for the character it produces.
// An id is a KeyboardEvent.code, with "Shift+" before it if Shift is held. If the browser provides
// the layout, an id is a physical key, and its name is the layout's character there. Otherwise an id
// is the character of that key on a US keyboard, wherever the person's keyboard has it.

import { gettext } from "./words.js";

const US = new Map([
  ...[..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => [`Key${letter}`, letter]),
  ["Minus", "-"], ["Equal", "="], ["BracketLeft", "["], ["BracketRight", "]"], ["Backslash", "\\"],
  ["Semicolon", ";"], ["Quote", "'"], ["Backquote", "`"], ["Comma", ","], ["Period", "."], ["Slash", "/"],
]);
const NAMES = {
  Space: gettext("Space"), Enter: gettext("Enter"), Backspace: "⌫", Delete: gettext("Delete"),
};
const SHOWN = { "Equal =": "+", "Minus -": "−" };
const DIGIT = /^(?:Digit|Numpad)([0-9])$/;

// The main key for a key of the number pad.
const onMainKeys = (code) => ({
  NumpadEnter: "Enter", NumpadAdd: "Equal", NumpadSubtract: "Minus",
})[code] ?? code.replace(DIGIT, "Digit$1");

// Upper case, unless that is several characters.
const fold = (char) => (char.toUpperCase().length === char.length ? char.toUpperCase() : char);
const isLetter = (char) => /\p{L}/u.test(char);
const isForeign = (char) => isLetter(char) && !/\p{Script=Latin}/u.test(char);

// The digit of a key, as a number; null: none. Accepts it with and without Shift.
export function digitOf({ key, code }) {
  const digit = /^[0-9]$/.test(key) ? key : DIGIT.exec(code)?.[1];
  return digit === undefined ? null : Number(digit);
}

// store: {get(), put(names)}: characters learned from key presses. readLayout(): a Map or undefined.
export async function createKeyNames({ store, readLayout }) {
  let layout = await readLayout();
  let onChange = () => {};
  const learned = store.get(); // id -> character
  const names = new Map(); // id -> the character shown
  const ids = new Map(); // character -> id

  function build() {
    names.clear();
    ids.clear();
    for (const [id, char] of US) names.set(id, fold(layout?.get(id) ?? char));
    for (const [id, char] of names) if (!ids.has(char)) ids.set(char, id);
    for (const [id, char] of Object.entries(learned)) {
      if (ids.has(char) || !US.has(id)) continue;
      names.set(id, char);
      ids.set(char, id);
    }
    // Keys of a non-Latin layout also accept their Latin letters.
    for (const [id, char] of US) if (!ids.has(char) && isForeign(names.get(id))) ids.set(char, id);
  }

  function learn(id, char) {
    if (learned[id] === char) return;
    learned[id] = char;
    store.put(learned);
    build();
    onChange();
  }

  // The person may have switched the layout.
  async function refresh() {
    const next = await readLayout();
    if (!next || [...US.keys()].every((id) => layout?.get(id) === next.get(id))) return;
    layout = next;
    build();
    onChange();
  }

  function learnFrom({ shiftKey, code }, char) {
    if (shiftKey) return;
    if (/^Digit/.test(code)) learn(code, char);
    else if (ids.has(char)) forget(ids.get(char), char);
    else if (US.has(code) && (isForeign(char) || (!layout && !code.startsWith("Key")))) learn(code, char);
    if (layout && US.has(code) && ids.get(char) !== code) refresh();
  }

  // After switching back from another script, show the previous letter.
  function forget(id, char) {
    if (names.get(id) === char || !(id in learned)) return;
    delete learned[id];
    store.put(learned);
    build();
    onChange();
  }

  function idsOf(char, { shiftKey, code }) {
    if (char === "?") return ["Shift+Slash"];
    if (/^[0-9]$/.test(char)) return [`Digit${char}`];
    const shifted = (id) => (shiftKey ? `Shift+${id}` : id);
    const found = [];
    if (ids.has(char)) found.push(isLetter(char) ? shifted(ids.get(char)) : ids.get(char));
    else if (isForeign(char) && US.has(code)) found.push(shifted(code));
    else if (char === "+" && names.get("Equal") === "=") found.push("Equal");
    else if (shiftKey && layout?.has(code) && US.has(code) && code !== "Slash") found.push(shifted(code));
    // These keys always accept their digit.
    if (/^Digit/.test(code)) found.push(shifted(code), code);
    return found;
  }

  const digitsAreShifted = () => {
    const char = layout?.get("Digit1") ?? learned.Digit1;
    return char === undefined ? null : char !== "1";
  };

  build();
  return {
    // The possible ids of a press, best first; empty: none. taking: a key is being assigned, so that
    // unknown keys count too.
    idsOf(event, { taking = false } = {}) {
      const code = onMainKeys(event.code);
      const shifted = (event.shiftKey ? "Shift+" : "") + code;
      if (event.key === "Dead") return layout?.has(code) ? [shifted] : [];
      if (["Process", "Unidentified", "Compose"].includes(event.key)) return [];
      if ([...event.key].length !== 1 || event.key === " ") return [shifted];
      const char = fold(event.key);
      const pressed = { shiftKey: event.shiftKey, code };
      if (event.getModifierState("AltGraph")) return isLetter(char) ? [] : idsOf(char, { shiftKey: false, code: "" });
      const known = ids.has(char) || isForeign(char) || taking;
      const before = known ? null : idsOf(char, pressed);
      if (!event.getModifierState("CapsLock") || isLetter(char)) learnFrom(pressed, char);
      return before ?? idsOf(char, pressed);
    },
    // "" for a key that the known layouts cannot press.
    label(key) {
      if (key === "Shift+Slash") return "?";
      const id = key.replace("Shift+", "");
      if (key !== id && DIGIT.test(id) && digitsAreShifted() !== false) return "";
      const char = names.get(id) ?? id.replace(DIGIT, "$1");
      const name = NAMES[id] ?? SHOWN[`${id} ${char}`] ?? char;
      return key === id ? name : gettext("Shift %(key)s", { key: name });
    },
    refresh,
    whenChanged: (listener) => (onChange = listener),
  };
}

// Chromium provides the layout on https and localhost.
export async function readLayout() {
  try {
    return await navigator.keyboard?.getLayoutMap();
  } catch {
    return undefined; // not allowed here, for instance inside a frame
  }
}
