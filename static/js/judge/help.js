// The dialog that lists the keys and lets a person change them.

import { faultLabel } from "./criteria.js";
import { gettext } from "./words.js";

const made = (tag, text, className = "") =>
  Object.assign(document.createElement(tag), { textContent: text, className });

// The name of each action is in the template: <dt data-name="flicker">.
export function createHelp({ dialog, rubric, keymap, keyNames, preferences, onChange, announce }) {
  const { label } = keyNames;
  const message = dialog.querySelector("#keys-message");
  let waiting = null; // the button of the action that gets the next key

  const nameOf = (name) =>
    dialog.querySelector(`[data-name="${name}"]`)?.textContent.trim() ?? name;

  // One line per dimension with its levels, one with its criteria.
  function fillScores() {
    const rows = dialog.querySelector("#help-rows");
    rubric.dimensions.slice(0, 3).forEach((dimension, at) => {
      const lines = [["score", dimension.levels], ["flag", dimension.criteria ?? []]];
      for (const [kind, parts] of lines) {
        if (!parts.length) continue;
        const title = kind === "score" ? dimension.name : gettext("%(name)s: what failed?", { name: dimension.name });
        const line = made("div", "", "key-row");
        line.append(made("span", title));
        parts.slice(0, 4).forEach((part, step) => {
          const name = `${kind}-${at + 1}-${step + 1}`;
          const value = kind === "score" ? part.name : faultLabel(part.name, rubric);
          const words = made("span", `${dimension.name}: ${value}`, "visually-hidden");
          words.dataset.name = name;
          line.append(words, keyButton(name, value));
        });
        rows.append(line);
      }
    });
  }

  function keyButton(name, title = "") {
    const button = made("button", "", "key");
    [button.type, button.title] = ["button", title];
    button.dataset.key = name;
    return button;
  }

  for (const cell of dialog.querySelectorAll("dd[data-key-of]")) {
    cell.append(...cell.dataset.keyOf.split(" ").map((name) => keyButton(name)));
  }
  fillScores();

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

  function take(event) {
    const name = waiting.dataset.key;
    const [key] = keyNames.idsOf(event, { taking: true });
    const refusal = key && keymap.refusal(name, key);
    waiting = null;
    if (event.key === "Escape") report(gettext("Nothing was changed."));
    else if (!key) report(gettext("This key cannot be distinguished from others. Choose another one."));
    else if (refusal) {
      const other = nameOf(refusal);
      const what = label(key);
      report(other === refusal ? refusal : gettext("%(what)s is the key of “%(other)s”. Change that one first.", { what, other }));
    } else {
      keymap.set(name, key);
      report(gettext("%(what)s: %(action)s", { what: label(key), action: nameOf(name) }));
      changed({ keys: keymap.chosen() });
      return;
    }
    render();
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
    const value = target.type === "checkbox" ? target.checked
      : target.type === "number" ? Math.max(0, Math.min(Number(target.max), Math.round(Number(target.value) || 0)))
        : target.value;
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
