// Boxes around defects of an edit: drawn on the pictures, listed in their panel.

import { boxOf, movedBox, resizedBox } from "./remarks.js";
import { LETTERS } from "./state.js";
import { gettext } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const CLICK = 0.01; // a drag shorter than this, in fractions, is a click on a corner
const STEP = 0.01;
const FRESH = [0.4, 0.4, 0.2, 0.2];
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function createMarks({ stage, list, viewer, store, panel, announce }) {
  let from = null; // the first corner: {position, x, y}
  let chosen = null; // index of the box moved by keys

  const isOn = () => panel.open;
  const defects = () => store.answer?.remarks.defects ?? [];

  function rectangle([x, y, width, height], className) {
    const node = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries({ x, y, width, height })) node.setAttribute(name, value);
    node.setAttribute("class", className);
    node.setAttribute("vector-effect", "non-scaling-stroke");
    return node;
  }

  function draw(passing = null) {
    const k = store.answer?.k ?? 0;
    for (let position = 0; position < k; position += 1) {
      const boxes = defects().flatMap(({ candidate, box }, index) =>
        candidate === position ? [rectangle(box, index === chosen ? "chosen" : "")] : []);
      if (passing?.position === position) boxes.push(rectangle(passing.box, "passing"));
      viewer.marksOf(position).replaceChildren(...boxes);
    }
  }

  function add(position, box) {
    const before = defects().length;
    store.dispatch({ type: "addDefect", position, box });
    if (defects().length === before) return;
    chosen = before;
    renew();
    announce(gettext("Box %(n)s on edit %(letter)s", { n: before + 1, letter: LETTERS[position] }));
  }

  function change(changes) {
    store.dispatch({ type: "changeDefect", index: chosen, ...changes });
    draw();
  }

  function drop(index) {
    store.dispatch({ type: "dropDefect", index });
    chosen = null;
    renew();
  }

  function options(defect) {
    const select = document.createElement("select");
    select.ariaLabel = gettext("What failed");
    select.append(new Option(gettext("something else"), ""));
    for (const { slug, criteria } of store.answer.dimensions) {
      criteria.forEach((name, criterion) => {
        const chosenOne = defect.dimension === slug && defect.criterion === criterion;
        select.append(new Option(name, `${slug} ${criterion}`, false, chosenOne));
      });
    }
    return select;
  }

  function line(defect, index) {
    const item = document.createElement("li");
    const select = options(defect);
    select.addEventListener("change", () => {
      const [dimension, criterion] = select.value.split(" ");
      chosen = index;
      change(dimension ? { dimension, criterion: Number(criterion) } : { dimension: null, criterion: null });
    });
    const remove = document.createElement("button");
    [remove.type, remove.className, remove.textContent] = ["button", "button compact", gettext("Remove")];
    remove.addEventListener("click", () => drop(index));
    item.append(`${LETTERS[defect.candidate]} `, select, " ", remove);
    return item;
  }

  function renew() {
    list.replaceChildren(...(store.answer ? defects().map(line) : []));
    panel.classList.toggle("used", defects().length > 0);
    draw();
  }

  // Captured before the viewer: a drag draws and does not pan.
  stage.addEventListener("pointerdown", (event) => {
    if (!isOn() || event.button !== 0) return;
    const at = viewer.fractionAt(event);
    if (!at) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (from && from.waits && from.position === at.position) {
      add(at.position, boxOf(from, at));
      from = null;
    } else from = at;
  }, { capture: true });
  addEventListener("pointermove", (event) => {
    if (!from || !isOn()) return;
    const at = viewer.fractionAt(event);
    if (at?.position === from.position) draw({ position: from.position, box: boxOf(from, at) });
  });
  addEventListener("pointerup", (event) => {
    if (!from || from.waits || !isOn()) return;
    const at = viewer.fractionAt(event) ?? from;
    if (Math.abs(at.x - from.x) < CLICK && Math.abs(at.y - from.y) < CLICK) from.waits = true;
    else {
      if (at.position === from.position) add(from.position, boxOf(from, at));
      from = null;
      draw();
    }
  });

  function onKey(event) {
    if (!isOn() || event.target.closest("select, button, summary")) return;
    const box = defects()[chosen]?.box;
    const step = MOVES[event.key];
    if (event.key === "Enter") add(store.answer.active, FRESH);
    else if (step && box) {
      const [dx, dy] = step.map((part) => part * STEP);
      change({ box: event.shiftKey ? resizedBox(box, dx, dy) : movedBox(box, dx, dy) });
    } else if (event.key === "Delete" && box) drop(chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  document.addEventListener("keydown", onKey, { capture: true });
  panel.addEventListener("toggle", () => {
    stage.classList.toggle("marking", panel.open);
    from = null;
    if (!panel.open) chosen = null;
    draw();
  });

  return { renew };
}
