// Puts a state on the page. Reads nothing back: what the person does comes in as actions.

import { LETTERS, conflict, isTie, missing, ranks } from "./state.js";
import { gettext } from "./words.js";

const PLACES = [gettext("1st"), gettext("2nd"), gettext("3rd"), gettext("4th")];
const STRENGTHS = ["", gettext("slightly"), gettext("clearly"), gettext("much")];
// The same text again would cost a layout.
const write = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};
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
  let rankDrag = null; // the ranks of three or four, where there are so many

  // Between two comparisons there is nothing to score.
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
    scale.classList.toggle("active", position === state.active && !state.cannotJudge);
    for (const input of scale.querySelectorAll("input")) input.checked = Number(input.value) === score;
  }

  const press = (node, on) => node.setAttribute("aria-pressed", String(on));

  function renderRemarks({ remarks, active }) {
    for (const flag of nodes.flags) {
      const { dimension, position, flag: criterion } = flag.dataset;
      press(flag, remarks.flags[dimension]?.[position]?.includes(Number(criterion)) ?? false);
      flag.classList.toggle("active", Number(position) === active);
    }
    for (const chip of nodes.reasons) press(chip, remarks.reasons.includes(chip.dataset.reason));
    for (const step of nodes.strengths) {
      press(step, Number(step.dataset.strength) === remarks.strength);
      step.disabled = remarks.strength === null;
    }
    press(nodes.flagged, remarks.flagged);
  }

  const placeWords = (place, shared) =>
    shared ? gettext("%(place)s, shared", { place: PLACES[place - 1] }) : PLACES[place - 1];

  function rankWords(state, position, place, shared) {
    const letter = LETTERS[position];
    if (state.k === 2) {
      const how = place === 1 ? STRENGTHS[state.remarks.strength ?? 0] : "";
      return how
        ? gettext("%(letter)s is %(how)s better", { letter, how })
        : gettext("%(letter)s is better", { letter });
    }
    if (place === null) return gettext("Rank %(letter)s", { letter });
    return placeWords(place, shared);
  }

  function renderRank(node, state, places) {
    const position = Number(node.dataset.position);
    const place = isTie(state) ? null : places[position];
    const shared = place !== null && places.filter((other) => other === place).length > 1;
    const [prefer, tied] = node.querySelectorAll("button");
    prefer.setAttribute("aria-pressed", String(state.k === 2 ? place === 1 : place !== null));
    prefer.classList.toggle("second", place !== null && place > 1);
    write(prefer.querySelector("[data-text]"), rankWords(state, position, place, shared));
    tied?.setAttribute("aria-pressed", String(shared));
    const words = place === null ? "" : placeWords(place, shared);
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
    renderRemarks(state);
    if (rankDrag && state.groups !== ranked) rankDrag.render(state);
    ranked = state.groups;
    renderMissing(lacks(state, notReady), false, state.cannotJudge);
    if (!conflict(state)) nodes.missing.classList.remove("asking");
  }

  function lacks(state, notReady) {
    const pictures = state.cannotJudge ? [] : notReady.map((name) => gettext("%(name)s not loaded", { name }));
    return [...missing(state).map(({ text }) => text), ...pictures];
  }

  function renderMissing(list, pressing, cannotJudge = "") {
    nodes.submit.setAttribute("aria-disabled", String(list.length > 0));
    const left = list.length ? gettext("Left: %(what)s", { what: list.join(" · ") }) : "";
    const cannot = cannotJudge && gettext("Cannot judge: %(reason)s", { reason: cannotJudge });
    write(nodes.missing, cannot || left);
    nodes.missing.classList.toggle("pressing", pressing);
  }

  return {
    // For the live region.
    spokenScores(state) {
      const letter = LETTERS[state.active];
      const scores = state.dimensions.map(({ slug, name }) =>
        `${name} ${state.scores[slug][state.active] ?? "–"}`);
      return gettext("Edit %(letter)s: %(scores)s", { letter, scores: scores.join(", ") });
    },
    spokenVerdict(state) {
      if (isTie(state)) return state.tieKind === "bad" ? gettext("Tie, bad") : gettext("Tie, good");
      const places = ranks(state).map((place, position) =>
        place === null ? null : `${LETTERS[position]} ${PLACES[place - 1]}`);
      return places.filter(Boolean).join(", ");
    },
    introduce,
    render,
    // A suggestion that goes when it is told to.
    pause(text, later) {
      const button = Object.assign(document.createElement("button"), {
        type: "button", className: "button compact", textContent: later,
      });
      button.addEventListener("click", () => (nodes.pause.hidden = true));
      nodes.pause.replaceChildren(text, " ", button);
      nodes.pause.hidden = false;
    },
    addRankDrag: (one) => (rankDrag = one),
    rest: () => rest(true),
    // The verdict says one thing and the scores another: asked once, in words.
    question({ better, worse }) {
      nodes.missing.textContent = gettext(
        "%(worse)s has the higher scores, %(better)s the better rank. Submit again if you mean it.",
        { worse: LETTERS[worse], better: LETTERS[better] },
      );
      nodes.missing.classList.add("asking");
      return nodes.missing.textContent;
    },
    // A line above the controls that stays: an earlier answer is open, or this screen lacks something.
    hint(text, button) {
      nodes.hint.replaceChildren(text, ...(button ? [" ", button] : []));
      nodes.hint.hidden = !text;
    },
    // Somebody asked to submit too early: say what is left, louder.
    showMissing(state, notReady) {
      const list = lacks(state, notReady);
      renderMissing(list, true);
      return list;
    },
  };
}
