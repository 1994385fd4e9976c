// The lines of the dialog of keys: for each dimension one with its levels and one with its criteria.

import { faultLabel } from "./criteria.js";
import { gettext } from "./words.js";

const KEYED = 3; // dimensions that have keys at a time
const LEVELS = 4; // levels and criteria that have keys

const made = (tag, text, className = "") =>
  Object.assign(document.createElement(tag), { textContent: text, className });

export function keyButton(name, title = "") {
  const button = made("button", "", "key");
  [button.type, button.title] = ["button", title];
  button.dataset.key = name;
  return button;
}

// parts: [{name: of the action, value: what its key does}].
function line(title, dimension, parts) {
  const row = made("div", "", "key-row");
  row.append(made("span", title));
  for (const { name, value } of parts) {
    const words = made("span", `${dimension.name}: ${value}`, "visually-hidden");
    words.dataset.name = name;
    row.append(words, keyButton(name, value));
  }
  return row;
}

export function fillRows(rows, rubric) {
  rubric.dimensions.slice(0, KEYED).forEach((dimension, at) => {
    const parts = (kind, list, word) => list.slice(0, LEVELS).map(({ name }, step) =>
      ({ name: `${kind}-${at + 1}-${step + 1}`, value: word(name) }));
    rows.append(line(dimension.name, dimension, parts("score", dimension.levels, (name) => name)));
    const criteria = parts("flag", dimension.criteria ?? [], (name) => faultLabel(name, rubric));
    const title = gettext("%(name)s: what failed?", { name: dimension.name });
    if (criteria.length) rows.append(line(title, dimension, criteria));
  });
}
