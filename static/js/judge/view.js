// Renders a state. The page is never read: input arrives as actions.

import { LETTERS, conflict, flaggedTop, isTie, missing, ranks } from "./state.js";
import { gettext } from "./words.js";

const ORDINALS = [gettext("1st"), gettext("2nd"), gettext("3rd"), gettext("4th")];
const STRENGTHS = ["", gettext("slightly"), gettext("clearly"), gettext("much")];
// Writing the same text would cause a layout.
const write = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};
const KEYED_ROWS = 3;
const LONG = 110;
const LONGER = 320;

export function createView({ bench }) {
  const $ = (selector) => bench.querySelector(selector);
  const $$ = (selector) => [...bench.querySelectorAll(selector)];
  const nodes = {
    panes: $$(".pane.candidate"),
    scales: $$(".scale"),
    ranks: $$(".rank"),
    ties: $$("input[name=tie_kind]"),
    instruction: $("#instruction"),
    missing: $("#missing"),
    submit: $("#submit"),
    dock: $("#dock"),
    flags: $$(".flag"),
    failed: $$(".failed"),
    reasons: $$("[data-reason]"),
    strengths: $$("[data-strength]"),
    flagged: $("#flagged"),
    hint: $("#hint"),
    pause: $("#pause"),
    note: $("#note"),
    notePanel: $("#note-panel"),
    cannotPanel: $("#cannot-panel"),
  };

  let ranked = null; // the groups that the drag control shows
  let rankDrag = null; // only with three or four edits

  // No comparison is open.
  function rest(resting) {
    bench.classList.toggle("resting", resting);
    nodes.dock.inert = resting;
    if (resting) nodes.instruction.textContent = "";
  }

  function introduce(assignment) {
    const { instruction } = nodes;
    rest(false);
    instruction.lang = assignment.language || "";
    const length = assignment.instruction.length;
    instruction.textContent = assignment.instruction;
    instruction.classList.toggle("long", length > LONG && length <= LONGER);
    instruction.classList.toggle("longer", length > LONGER);
    instruction.scrollTop = 0;
    const scrolls = instruction.scrollHeight > instruction.clientHeight;
    instruction.tabIndex = scrolls ? 0 : -1;
    instruction.classList.toggle("scrolls", scrolls);
  }

  function renderScale(scale, state) {
    const position = Number(scale.dataset.position);
    const score = state.scores[scale.dataset.dimension][position];
    const active = position === state.active && !state.cannotJudge;
    const row = Number(scale.dataset.row) - state.firstRow;
    scale.classList.toggle("active", active);
    scale.classList.toggle("keyed", active && row >= 0 && row < KEYED_ROWS);
    for (const input of scale.querySelectorAll("input")) input.checked = Number(input.value) === score;
  }

  const press = (node, on) => node.setAttribute("aria-pressed", String(on));

  function renderRemarks({ remarks, active }) {
    for (const flag of nodes.flags) {
      const { dimension, position, flag: criterion } = flag.dataset;
      press(flag, remarks.flags[dimension]?.[position]?.includes(Number(criterion)) ?? false);
    }
    for (const node of nodes.failed) node.classList.toggle("active", Number(node.dataset.position) === active);
    for (const chip of nodes.reasons) press(chip, remarks.reasons.includes(chip.dataset.reason));
    for (const step of nodes.strengths) {
      press(step, Number(step.dataset.strength) === remarks.strength);
      step.disabled = remarks.strength === null;
    }
    press(nodes.flagged, remarks.flagged);
  }

  const rankLabel = (rank, shared) =>
    shared ? gettext("%(place)s, shared", { place: ORDINALS[rank - 1] }) : ORDINALS[rank - 1];

  function preferLabel(state, position, rank, shared) {
    const letter = LETTERS[position];
    if (state.k === 2) {
      const how = rank === 1 ? STRENGTHS[state.remarks.strength ?? 0] : "";
      return how
        ? gettext("%(letter)s is %(how)s better", { letter, how })
        : gettext("%(letter)s is better", { letter });
    }
    if (rank === null) return gettext("Rank %(letter)s", { letter });
    return rankLabel(rank, shared);
  }

  function renderRank(node, state, allRanks) {
    const position = Number(node.dataset.position);
    const rank = isTie(state) ? null : allRanks[position];
    const shared = rank !== null && allRanks.filter((other) => other === rank).length > 1;
    const [prefer, tied] = node.querySelectorAll("button");
    prefer.setAttribute("aria-pressed", String(state.k === 2 ? rank === 1 : rank !== null));
    prefer.classList.toggle("second", rank !== null && rank > 1);
    write(prefer.querySelector("[data-text]"), preferLabel(state, position, rank, shared));
    tied?.setAttribute("aria-pressed", String(shared));
    const words = rank === null ? "" : rankLabel(rank, shared);
    write(nodes.panes[position].querySelector("[data-place]"), words);
  }

  function renderAsides(state) {
    if (nodes.note.value !== state.note) nodes.note.value = state.note;
    nodes.notePanel.classList.toggle("used", Boolean(state.note.trim()));
    nodes.cannotPanel.classList.toggle("used", Boolean(state.cannotJudge));
    const cannot = state.cannotJudge ? gettext("Cannot judge: yes") : gettext("Cannot judge");
    write(nodes.cannotPanel.querySelector("[data-text]"), cannot);
    for (const input of nodes.cannotPanel.querySelectorAll("input")) {
      input.checked = input.value === state.cannotJudge;
    }
  }

  function render(state, notReady) {
    const allRanks = ranks(state);
    bench.classList.toggle("cannot", Boolean(state.cannotJudge));
    nodes.panes.forEach((pane, position) => {
      pane.classList.toggle("active", position === state.active && !state.cannotJudge);
      pane.classList.toggle("next", position === (state.active + 1) % state.k && !state.cannotJudge);
    });
    nodes.scales.forEach((scale) => renderScale(scale, state));
    nodes.ranks.forEach((node) => renderRank(node, state, allRanks));
    nodes.ties.forEach((input) => {
      input.checked = isTie(state) && input.value === (state.tieKind ?? "");
    });
    renderAsides(state);
    renderRemarks(state);
    if (rankDrag && state.groups !== ranked) rankDrag.render(state);
    ranked = state.groups;
    renderMissing(missingParts(state, notReady), false, state.cannotJudge);
    if (!conflict(state) && !flaggedTop(state)) nodes.missing.classList.remove("asking");
  }

  function missingParts(state, notReady) {
    return [...missing(state).map(({ text }) => text), ...(state.cannotJudge ? [] : notReady)];
  }

  function renderMissing(list, pressing, cannotJudge = "") {
    nodes.submit.setAttribute("aria-disabled", String(list.length > 0));
    const left = list.length ? gettext("Missing: %(what)s", { what: list.join(" · ") }) : "";
    const cannot = cannotJudge && gettext("Cannot judge: %(reason)s", { reason: cannotJudge });
    write(nodes.missing, cannot || left);
    nodes.missing.classList.toggle("pressing", pressing);
  }

  return {
    // For the live region.
    spokenScores(state, position) {
      const scores = state.dimensions.map(({ slug, name }) => `${name} ${state.scores[slug][position] ?? "–"}`);
      const values = { letter: LETTERS[position], scores: scores.join(", "), next: LETTERS[state.active] };
      return position === state.active
        ? gettext("Edit %(letter)s: %(scores)s", values)
        : gettext("Edit %(letter)s: %(scores)s. Now edit %(next)s", values);
    },
    spokenVerdict(state) {
      if (isTie(state)) return state.tieKind === "bad" ? gettext("Tie, bad") : gettext("Tie, good");
      const allRanks = ranks(state).map((rank, position) =>
        rank === null ? null : `${LETTERS[position]} ${ORDINALS[rank - 1]}`);
      return allRanks.filter(Boolean).join(", ");
    },
    introduce,
    render,
    // A suggestion with a button that closes it.
    pause(text, later) {
      const button = Object.assign(document.createElement("button"), {
        type: "button", className: "button compact", textContent: later,
      });
      button.addEventListener("click", () => (nodes.pause.hidden = true));
      nodes.pause.replaceChildren(text, " ", button);
      nodes.pause.hidden = false;
    },
    addRankDrag(one) {
      [rankDrag, ranked] = [one, null];
    },
    rest: () => rest(true),
    // Ask for confirmation: parts of the answer contradict each other.
    question({ verdict, criteria }) {
      const parts = [];
      if (criteria) {
        const values = { letter: LETTERS[criteria.position], name: criteria.name };
        parts.push(gettext("%(letter)s has the top score for %(name)s, but something failed there.", values));
      }
      if (verdict) {
        const values = { worse: LETTERS[verdict.worse], better: LETTERS[verdict.better] };
        parts.push(gettext("%(worse)s has the higher scores, %(better)s the better rank.", values));
      }
      nodes.missing.textContent = [...parts, gettext("Submit again if you mean it.")].join(" ");
      nodes.missing.classList.add("asking");
      return nodes.missing.textContent;
    },
    // A permanent line above the controls, e.g. when the screen does not meet the campaign's needs.
    hint(text, button) {
      nodes.hint.replaceChildren(text, ...(button ? [" ", button] : []));
      nodes.hint.hidden = !text;
    },
    // After an early submit: show more visibly what is missing.
    showMissing(state, notReady) {
      const list = missingParts(state, notReady);
      renderMissing(list, true);
      return list;
    },
  };
}
