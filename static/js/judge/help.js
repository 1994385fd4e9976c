// The dialog that lists the keys and lets a person change them.

import { faultLabel } from "./criteria.js";
import { gettext } from "./words.js";

const KEYED = 3; // dimensions that have keys at a time
const LEVELS = 4; // levels and criteria that have keys

const made = (tag, text, className = "") =>
  Object.assign(document.createElement(tag), { textContent: text, className });

function keyButton(name, title = "") {
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

function fillRows(rows, rubric) {
  rubric.dimensions.slice(0, KEYED).forEach((dimension, at) => {
    const parts = (kind, list, word) => list.slice(0, LEVELS).map(({ name }, step) =>
      ({ name: `${kind}-${at + 1}-${step + 1}`, value: word(name) }));
    rows.append(line(dimension.name, dimension, parts("score", dimension.levels, (name) => name)));
    const criteria = parts("flag", dimension.criteria ?? [], (name) => faultLabel(name, rubric));
    const title = gettext("%(name)s: what failed?", { name: dimension.name });
    if (criteria.length) rows.append(line(title, dimension, criteria));
  });
}

const number = (field) => Math.max(0, Math.min(Number(field.max), Math.round(Number(field.value) || 0)));
const readers = { checkbox: (field) => field.checked, number };
const valueOf = (field) => (readers[field.type] ?? (({ value }) => value))(field);

// The name of each action is in the template: <dt data-name="flicker">.
export function createHelp({ dialog, rubric, keymap, keyNames, preferences, onChange, announce }) {
  const { label } = keyNames;
  const message = dialog.querySelector("#keys-message");
  let waiting = null; // the button of the action that gets the next key

  const nameOf = (name) =>
    dialog.querySelector(`[data-name="${name}"]`)?.textContent.trim() ?? name;

  for (const cell of dialog.querySelectorAll("dd[data-key-of]")) {
    cell.append(...cell.dataset.keyOf.split(" ").map((name) => keyButton(name)));
  }
  fillRows(dialog.querySelector("#help-rows"), rubric);

  function render() {
    for (const button of dialog.querySelectorAll("[data-key]")) {
      const name = button.dataset.key;
      button.textContent = button === waiting ? gettext("press a key") : label(keymap.keyOf(name)) || gettext("none");
      button.ariaLabel = gettext("%(action)s: %(key)s. Change", { action: nameOf(name), key: button.textContent });
    }
    for (const field of dialog.querySelectorAll("[data-preference]")) {
      const value = preferences.value[field.dataset.preference];
      if (field.type === "checkbox") field.checked = value;
      else field.value = String(value);
    }
  }

  function report(text) {
    message.textContent = text;
    announce(text);
  }

  async function changed(changes) {
    onChange();
    render();
    const saved = await preferences.change(changes);
    if (!saved) report(gettext("Kept in this browser; it will be saved when the server answers."));
  }

  // Why a key cannot be taken, in words; "" if it can.
  function refusal(name, key, event) {
    if (event.key === "Escape") return gettext("Nothing was changed.");
    if (!key) return gettext("This key cannot be distinguished from others. Choose another one.");
    const reason = keymap.refusal(name, key);
    const other = nameOf(reason);
    if (!reason || other === reason) return reason;
    return gettext("%(what)s is the key of “%(other)s”. Change that one first.", { what: label(key), other });
  }

  function take(event) {
    const name = waiting.dataset.key;
    const [key] = keyNames.idsOf(event, { taking: true });
    waiting = null;
    const refused = refusal(name, key, event);
    if (refused) {
      report(refused);
      render();
      return;
    }
    keymap.set(name, key);
    report(gettext("%(what)s: %(action)s", { what: label(key), action: nameOf(name) }));
    changed({ keys: keymap.chosen() });
  }

  dialog.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-key]");
    if (button) {
      waiting = waiting === button ? null : button;
      render();
    } else if (target.closest("#keys-reset")) {
      keymap.reset();
      report(gettext("All keys are as they were at first."));
      changed({ keys: {} });
    }
  });
  dialog.addEventListener("keydown", (event) => {
    if (!waiting || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    take(event);
  });
  dialog.addEventListener("change", ({ target }) => {
    const name = target.dataset.preference;
    if (!name) return;
    const value = valueOf(target);
    preferences.value[name] = value;
    changed({ [name]: value });
  });
  dialog.addEventListener("cancel", (event) => {
    if (!waiting) return;
    event.preventDefault(); // Escape ends the capture, not the dialog
    waiting = null;
    render();
  });
  render();

  return { render };
}
