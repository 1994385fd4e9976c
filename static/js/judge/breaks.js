// Suggest a pause after long work, in one line that never blocks the page.

import { gettext, ngettext } from "./words.js";

const PAUSE_MS = 5 * 60_000;
const CHECK_MS = 30_000;
const KEY = "editjury:stretch";

// minutes(): 0 = never. idleFor(): milliseconds since the last input.
export function watchBreaks({ minutes, idleFor, show }) {
  const now = () => Date.now();
  let stretch = read() ?? { since: now(), last: now() };

  function read() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
      return null;
    }
  }

  function keep() {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(stretch));
    } catch {
      // Without storage a reload starts counting again.
    }
  }

  function check() {
    const active = now() - idleFor();
    if (active - stretch.last > PAUSE_MS || now() - stretch.last > 2 * PAUSE_MS) {
      stretch = { since: active, last: active };
    }
    stretch.last = Math.max(stretch.last, active);
    const worked = (now() - stretch.since) / 60_000;
    if (minutes() && worked >= minutes()) {
      show(ngettext(
        "You have worked for %(n)s minute without a pause. Rest your eyes when it suits you.",
        "You have worked for %(n)s minutes without a pause. Rest your eyes when it suits you.",
        Math.round(worked),
      ), gettext("Later"));
      stretch = { since: now(), last: now() };
    }
    keep();
  }
  setInterval(check, CHECK_MS);
}
