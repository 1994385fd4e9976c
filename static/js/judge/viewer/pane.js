// One picture of the comparison: its place on the page, its layers, and words where it cannot be shown.

import { gettext } from "../words.js";
import { createStack } from "./stack.js";

const SVG = "http://www.w3.org/2000/svg";

export function createPane(box, index) {
  const isSource = index === 0;
  const name = isSource ? gettext("Source") : gettext("Edit %(letter)s", { letter: "ABCD"[index - 1] });
  box.replaceChildren();
  const own = createStack(box, { label: name });
  const difference = createStack(box, { label: gettext("%(edit)s: difference", { edit: name }) });
  const outside = createStack(box, { label: gettext("%(edit)s: changed outside", { edit: name }) });
  const held = isSource ? null : createStack(box, { label: gettext("Source") });
  const marks = document.createElementNS(SVG, "svg");
  marks.setAttribute("viewBox", "0 0 1 1");
  marks.setAttribute("preserveAspectRatio", "none");
  marks.classList.add("marks");
  marks.ariaHidden = "true"; // the panel lists the boxes in words
  const words = Object.assign(document.createElement("div"), { className: "state", hidden: true });
  box.append(marks, words);
  const layers = { own, held, difference, outside };
  let place = null;

  function tell(text, button) {
    words.replaceChildren(text);
    words.hidden = !text && !button;
    if (button) words.append(button);
  }

  // A share of the pixels, in words that tell "none" from "few".
  function tellChanged(share) {
    const percent = new Intl.NumberFormat(document.documentElement.lang, {
      style: "percent", maximumSignificantDigits: 2,
    }).format(share);
    const text = share === 0 ? gettext("nothing changed") : gettext("%(percent)s changed", { percent });
    box.closest(".pane").querySelector("[data-changed]").textContent = text;
  }

  function layMarks() {
    if (!place || !marks.childElementCount) return;
    marks.style.transform = `translate(${place.left}px, ${place.top}px)`;
    [marks.style.width, marks.style.height] = [`${place.width}px`, `${place.height}px`];
  }
  new MutationObserver(layMarks).observe(marks, { childList: true });

  return {
    box,
    name,
    own,
    difference,
    outside,
    held,
    marks,
    figure: box.closest(".pane"),
    isSource,
    picture: null,
    room: null,
    nudge: { x: 0, y: 0 },
    get state() {
      return box.dataset.state;
    },
    set state(value) {
      box.dataset.state = value;
    },
    get place() {
      return place;
    },
    tell,
    tellChanged,
    put(next) {
      place = next;
      for (const layer of Object.values(layers)) layer?.put(next);
      layMarks();
    },
    showLayer(which) {
      for (const [key, layer] of Object.entries(layers)) layer?.show(key === which);
    },
    clear() {
      for (const layer of Object.values(layers)) layer?.clear();
      place = null;
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
