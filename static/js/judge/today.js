// The answers of today and of this sitting: shown in the bar, and summed up at a rest.

import { gettext } from "./words.js";

const KEY = "editjury:sitting";

function readSitting() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? { since: Date.now(), n: 0 };
  } catch {
    return { since: Date.now(), n: 0 };
  }
}

// waiting: answers that this browser still keeps, which the page's number leaves out. goal(): 0 = none.
export function createToday({ bar, count, label, waiting, goal }) {
  const ownPart = { value: bar.value + waiting, max: bar.max };
  let done = Number(count.textContent) + waiting;
  let sitting = readSitting();

  function keep() {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(sitting));
    } catch {
      // Without storage the sitting begins again at a reload.
    }
  }

  function render() {
    count.textContent = String(done);
    label.textContent = goal() ? gettext("of %(goal)s today", { goal: goal() }) : gettext("today");
    [bar.max, bar.value] = goal() ? [goal(), Math.min(done, goal())] : [ownPart.max, ownPart.value];
  }
  keep();
  render();

  return {
    render,
    oneMore() {
      done += 1;
      ownPart.value += 1;
      sitting = { ...sitting, n: sitting.n + 1 };
      keep();
      render();
    },
    // {today, goal, n, minutes}: of the sitting in this tab.
    sum: () => ({
      today: done, goal: goal(), n: sitting.n, minutes: Math.round((Date.now() - sitting.since) / 60_000),
    }),
    // The next answer begins a new sitting.
    end: () => sessionStorage.removeItem(KEY),
  };
}
