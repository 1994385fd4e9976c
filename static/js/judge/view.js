// Puts a state on the page. Reads nothing back: what the person does comes in as actions.

import { LETTERS, isTie, missing, ranks } from "./state.js";
import { codeOf } from "./keymap.js";

const PLACES = ["1st", "2nd", "3rd", "4th"];
const LONG = 110;
const LONGER = 320;

export function createView({ bench, label }) {
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
    note: $("#note"),
    notePanel: $("#note-panel"),
    cannotPanel: $("#cannot-panel"),
  };

  // Between two comparisons there is nothing to score.
  function rest(resting) {
    bench.classList.toggle("resting", resting);
    nodes.dock.inert = resting;
    if (resting) nodes.instruction.textContent = "";
  }

  function introduce(assignment) {
    const { instruction } = nodes;
    rest(false);
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
    const active = position === state.active && !state.cannotJudge;
    const score = state.scores[scale.dataset.dimension][position];
    scale.classList.toggle("active", active);
    scale.querySelectorAll(".level").forEach((level, step) => {
      const code = codeOf(Number(scale.dataset.row), step);
      level.querySelector("input").checked = Number(level.querySelector("input").value) === score;
      level.querySelector("kbd").textContent = active && code ? label(code) : "";
    });
  }

  function rankWords(state, position, place, shared) {
    if (state.k === 2) return `${LETTERS[position]} is better`;
    if (place === null) return `Rank ${LETTERS[position]}`;
    return shared ? `${PLACES[place - 1]}, shared` : PLACES[place - 1];
  }

  function renderRank(node, state, places) {
    const position = Number(node.dataset.position);
    const place = isTie(state) ? null : places[position];
    const shared = place !== null && places.filter((other) => other === place).length > 1;
    const [prefer, tied] = node.querySelectorAll("button");
    prefer.setAttribute("aria-pressed", String(state.k === 2 ? place === 1 : place !== null));
    prefer.classList.toggle("second", place !== null && place > 1);
    prefer.querySelector("[data-text]").textContent = rankWords(state, position, place, shared);
    tied?.setAttribute("aria-pressed", String(shared));
    nodes.panes[position].querySelector("[data-place]").textContent =
      place === null ? "" : `${PLACES[place - 1]}${shared ? ", shared" : ""}`;
  }

  function renderAsides(state) {
    if (nodes.note.value !== state.note) nodes.note.value = state.note;
    nodes.notePanel.classList.toggle("used", Boolean(state.note.trim()));
    nodes.cannotPanel.classList.toggle("used", Boolean(state.cannotJudge));
    nodes.cannotPanel.querySelector("[data-text]").textContent =
      state.cannotJudge ? "Cannot judge: yes" : "Cannot judge";
    for (const input of nodes.cannotPanel.querySelectorAll("input")) {
      input.checked = input.value === state.cannotJudge;
    }
  }

  function render(state, notReady) {
    const places = ranks(state);
    bench.classList.toggle("cannot", Boolean(state.cannotJudge));
    nodes.panes.forEach((pane, position) => {
      pane.classList.toggle("active", position === state.active && !state.cannotJudge);
    });
    nodes.scales.forEach((scale) => renderScale(scale, state));
    nodes.ranks.forEach((node) => renderRank(node, state, places));
    nodes.ties.forEach((input) => {
      input.checked = isTie(state) && input.value === (state.tieKind ?? "");
    });
    renderAsides(state);
    renderMissing(lacks(state, notReady), false);
    if (state.cannotJudge) nodes.missing.textContent = `Cannot judge: ${state.cannotJudge}`;
  }

  function lacks(state, notReady) {
    const pictures = state.cannotJudge ? [] : notReady.map((name) => `${name} not loaded`);
    return [...missing(state).map(({ text }) => text), ...pictures];
  }

  function renderMissing(list, pressing) {
    nodes.submit.setAttribute("aria-disabled", String(list.length > 0));
    nodes.missing.textContent = list.length ? `Left: ${list.join(" · ")}` : "";
    nodes.missing.classList.toggle("pressing", pressing);
  }

  return {
    introduce,
    render,
    rest: () => rest(true),
    // Somebody asked to submit too early: say what is left, louder.
    insist(state, notReady) {
      const list = lacks(state, notReady);
      renderMissing(list, true);
      return list;
    },
  };
}
