// One picture of the comparison: its rectangle, its layers, and a message if it cannot be shown.

import { gettext } from "../words.js";
import { createStack } from "./stack.js";

const SVG = "http://www.w3.org/2000/svg";

export function createPane(box, index) {
  const isSource = index === 0;
  const name = isSource ? gettext("Source") : gettext("Edit %(letter)s", { letter: "ABCD"[index - 1] });
  box.replaceChildren();
  const image = createStack(box, { label: name });
  const difference = createStack(box, { label: gettext("%(edit)s: difference", { edit: name }) });
  const outside = createStack(box, { label: gettext("%(edit)s: changed outside", { edit: name }) });
  const held = isSource ? null : createStack(box, { label: gettext("Source") });
  const marks = document.createElementNS(SVG, "svg");
  marks.setAttribute("viewBox", "0 0 1 1");
  marks.setAttribute("preserveAspectRatio", "none");
  marks.classList.add("marks");
  marks.ariaHidden = "true"; // the panel lists the boxes as text
  const words = Object.assign(document.createElement("div"), { className: "state", hidden: true });
  // The letter, large at the edge of the picture, in views that show one picture in place of another.
  const tag = Object.assign(document.createElement("span"), {
    className: "tag", textContent: isSource ? name : "ABCD"[index - 1], ariaHidden: "true",
  });
  box.append(marks, words, tag);
  const layers = { image, held, difference, outside };
  let rect = null;
  let room = null;
  let side = "start"; // of the tag: "start", "end" or "below"

  // Beside the picture where there is space, else on its corner.
  function layTag() {
    if (!rect || !room) return;
    const width = isSource ? 84 : 44;
    const [left, right] = [Math.max(0, rect.left), Math.min(room.width, rect.left + rect.width)];
    const isFree = side === "start" ? left >= width : room.width - right >= width;
    const x = side === "start" ? left : right;
    const before = (side === "start") === isFree ? "-100%" : "0";
    const [y, above] = side === "below"
      ? [Math.min(room.height, rect.top + rect.height), "-100%"] : [Math.max(0, rect.top), "0"];
    tag.style.transform = `translate(${x}px, ${y}px) translate(${before}, ${above})`;
  }

  function tell(text, button) {
    words.replaceChildren(text);
    words.hidden = !text && !button;
    if (button) words.append(button);
  }

  // The share of changed pixels as text; zero has a text of its own.
  function tellChanged(share) {
    const percent = new Intl.NumberFormat(document.documentElement.lang, {
      style: "percent", maximumSignificantDigits: 2,
    }).format(share);
    const text = share === 0 ? gettext("nothing changed") : gettext("%(percent)s changed", { percent });
    box.closest(".pane").querySelector("[data-changed]").textContent = text;
  }

  function layMarks() {
    if (!rect || !marks.childElementCount) return;
    marks.style.transform = `translate(${rect.left}px, ${rect.top}px)`;
    [marks.style.width, marks.style.height] = [`${rect.width}px`, `${rect.height}px`];
  }
  new MutationObserver(layMarks).observe(marks, { childList: true });

  return {
    box,
    name,
    image,
    difference,
    outside,
    held,
    marks,
    figure: box.closest(".pane"),
    isSource,
    picture: null,
    get room() {
      return room;
    },
    set room(value) {
      room = value;
    },
    tagAt(where) {
      if (where === side) return;
      side = where;
      layTag();
    },
    nudge: { x: 0, y: 0 },
    get state() {
      return box.dataset.state;
    },
    set state(value) {
      box.dataset.state = value;
    },
    get rect() {
      return rect;
    },
    tell,
    tellChanged,
    put(next) {
      rect = next;
      for (const layer of Object.values(layers)) layer?.put(next);
      layMarks();
      layTag();
    },
    showLayer(which) {
      for (const [key, layer] of Object.entries(layers)) layer?.show(key === which);
    },
    clear() {
      for (const layer of Object.values(layers)) layer?.clear();
      rect = null;
      this.nudge = { x: 0, y: 0 };
      tell("");
      const changed = box.closest(".pane").querySelector("[data-changed]");
      if (changed) changed.textContent = "";
    },
    get bytes() {
      return Object.values(layers).reduce((sum, layer) => sum + (layer?.bytes ?? 0), 0);
    },
  };
}
