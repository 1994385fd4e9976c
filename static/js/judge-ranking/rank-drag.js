// Loaded with three or four edits only.
// Ranking by drag: letters are dropped onto a step (a tie) or between two steps (a new rank).

import { LETTERS, ranks } from "../judge/state.js";
import { gettext } from "../judge/words.js";

const made = (tag, className, text = "") =>
  Object.assign(document.createElement(tag), { className, textContent: text });

// dispatch({type: "place", position, at, joins}): see state.js.
export function createRankDrag(node, dispatch) {
  let drag = null; // {position, chip}

  function chip(position) {
    const piece = made("span", "piece", LETTERS[position]);
    piece.dataset.position = position;
    return piece;
  }

  function gap(at) {
    const between = made("span", "gap");
    between.dataset.at = at;
    return between;
  }

  function render(state) {
    const parts = [];
    state.groups.forEach((group, at) => {
      const step = made("span", "step");
      step.dataset.at = at;
      step.dataset.joins = "yes";
      step.append(made("b", "nth", String(at + 1)), ...group.map(chip));
      parts.push(gap(at), step);
    });
    parts.push(gap(state.groups.length));
    const left = ranks(state).flatMap((rank, position) => (rank === null ? [position] : []));
    if (left.length) {
      const tray = made("span", "tray");
      tray.append(...left.map(chip));
      parts.push(tray);
    }
    node.replaceChildren(...parts);
  }

  const targetAt = ({ clientX, clientY }) =>
    document.elementFromPoint(clientX, clientY)?.closest("#rank-drag [data-at]");

  function mark(target) {
    for (const one of node.querySelectorAll(".target")) one.classList.remove("target");
    target?.classList.add("target");
  }

  node.addEventListener("pointerdown", (event) => {
    const piece = event.target.closest(".piece");
    if (!piece || event.button !== 0) return;
    event.preventDefault();
    node.setPointerCapture(event.pointerId);
    drag = { position: Number(piece.dataset.position), piece, x: event.clientX, y: event.clientY };
    piece.classList.add("lifted");
  });
  node.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.piece.style.transform = `translate(${event.clientX - drag.x}px, ${event.clientY - drag.y}px)`;
    mark(targetAt(event));
  });
  function drop(event) {
    if (!drag) return;
    const { position, piece } = drag;
    drag = null;
    piece.classList.remove("lifted");
    piece.style.transform = "";
    const target = event.type === "pointerup" ? targetAt(event) : null;
    mark(null);
    if (!target) return;
    const { at, joins } = target.dataset;
    dispatch({ type: "place", position, at: Number(at), joins: joins === "yes" });
  }
  node.addEventListener("pointerup", drop);
  node.addEventListener("pointercancel", drop);
  node.title = gettext("Drag a letter onto a step to share its rank, or between two");
  return { render };
}
