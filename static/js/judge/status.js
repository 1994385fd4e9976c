// Status messages: saved state in the bar, toasts, text for screen readers.

import { gettext, ngettext } from "./words.js";

const REST_MS = 150;
const TOAST_MS = 8_000;

export function createStatus({ saved, toasts, announcer, signIn }) {
  let reportedSignedOut = false;
  let speaking = null;
  saved.querySelector("button").addEventListener("click", signIn);

  function toast(text) {
    const node = document.createElement("div");
    node.className = "toast";
    node.append(text);
    toasts.append(node);
    setTimeout(() => node.remove(), TOAST_MS);
  }

  function describe({ waiting, trouble, kept }) {
    if (!waiting) return ["saved", gettext("Saved")];
    const where = kept
      ? ngettext("%(n)s answer is kept in this browser", "%(n)s answers are kept in this browser", waiting)
      : ngettext(
        "%(n)s answer is kept in this tab only: leave it open",
        "%(n)s answers are kept in this tab only: leave it open",
        waiting,
      );
    if (trouble === "offline") return ["kept", gettext("Offline: %(where)s", { where })];
    if (trouble === "signed-out") return ["kept", gettext("Signed out: %(where)s", { where })];
    if (trouble === "forbidden") return ["refused", gettext("Refused: %(where)s", { where })];
    return ["saving", gettext("Saving …")];
  }

  function update(outbox) {
    const [state, text] = describe(outbox);
    saved.dataset.state = state;
    const node = saved.querySelector("[data-text]");
    if (node.textContent !== text) node.textContent = text;
    const out = outbox.waiting > 0 && outbox.trouble === "signed-out";
    saved.querySelector("button").hidden = !out;
    if (out && !reportedSignedOut) {
      toast(gettext("You have been signed out. Your answers are kept and will be sent when you are back."));
    }
    reportedSignedOut = out;
  }

  return {
    update,
    toast,
    // Debounced: a screen reader reads only the last text, and each text causes a layout.
    announce(text) {
      clearTimeout(speaking);
      speaking = setTimeout(() => (announcer.textContent = text), REST_MS);
    },
  };
}
