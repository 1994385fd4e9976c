// A rest: the leases go back, and the sitting is summed up.

import { gettext, ngettext } from "./words.js";

export function sumInWords({ today, goal, n, minutes }) {
  const parts = [
    ngettext("%(n)s answer in this sitting,", "%(n)s answers in this sitting,", n),
    ngettext("%(n)s minute;", "%(n)s minutes;", minutes),
    goal ? gettext("%(today)s of %(goal)s today.", { today, goal }) : gettext("%(today)s today.", { today }),
  ];
  return parts.join(" ");
}

// dialog: has [data-sum], [data-state], [data-go-on] and [data-finish]. goOn(): load the page anew.
export function bindRest({ dialog, opener, api, session, outbox, today, stage, goOn }) {
  const state = dialog.querySelector("[data-state]");

  async function release() {
    const held = session.held();
    const replies = await Promise.allSettled(held.map((id) => api.release(id)));
    const given = replies.filter(({ value }) => value?.status < 300).length;
    if (given < held.length) {
      state.textContent = gettext("Your open comparisons go back by themselves when their time is over.");
    } else state.textContent = gettext("Your open comparisons went back to the others.");
    if (outbox.status.waiting) state.textContent += ` ${gettext("Unsent answers stay in this browser.")}`;
  }

  opener.addEventListener("click", () => {
    dialog.querySelector("[data-sum]").textContent = sumInWords(today.sum());
    state.textContent = "";
    dialog.showModal();
    session.rest();
    outbox.flush().finally(release);
  });
  // The leases are gone: the server gives new ones.
  dialog.querySelector("[data-go-on]").addEventListener("click", goOn);
  dialog.querySelector("[data-finish]").addEventListener("click", today.end);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    goOn();
  });
  dialog.addEventListener("close", () => stage.focus({ preventScroll: true }));
}
