// The page of a decision: the pictures with the marks of others, and the form by keyboard.

import { createViewer } from "../judge/viewer.js";

const SVG = "http://www.w3.org/2000/svg";
const byId = (id) => document.getElementById(id);
const readJson = (id) => JSON.parse(byId(id).textContent);
const form = byId("decision");

const viewer = createViewer({
  stage: byId("stage"),
  tools: byId("tools"),
  announce: (text) => (byId("announce").textContent = text),
  // Nothing is answered in the viewer, so nothing follows from what it reports.
  dispatch() {},
});

function rectangle([x, y, width, height]) {
  const node = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x, y, width, height })) node.setAttribute(name, value);
  node.setAttribute("vector-effect", "non-scaling-stroke");
  return node;
}

function choose(name, value) {
  const input = form.querySelector(`[name="${name}"][value="${value}"]`);
  input.checked = true;
  input.focus({ preventScroll: true });
}

const ranks = [...form.querySelectorAll("[data-rank]")];
let placed = []; // positions from the best to the worst, as pressed

function place(position) {
  if (placed.length === ranks.length || placed.includes(position)) placed = [];
  placed.push(position);
  if (placed.length === ranks.length - 1) placed.push(ranks.findIndex((_, at) => !placed.includes(at)));
  placed.forEach((at, index) => (ranks[at].value = String(index + 1)));
  byId("tie-kind").value = "";
}

function tie(kind) {
  placed = [];
  for (const select of ranks) select.value = "1";
  byId("tie-kind").value = kind;
}

const changes = () => form.querySelector("[name=does][value=change]").checked;

function onKey({ key }) {
  const causes = [...form.querySelectorAll("[name=cause]")];
  const letter = "abcd".indexOf(key.toLowerCase());
  if (causes[Number(key) - 1]) choose("cause", causes[Number(key) - 1].value);
  else if (changes() && letter >= 0 && letter < ranks.length) place(letter);
  else if (changes() && key === "0") tie("good");
  else if (changes() && key === "9") tie("bad");
  else if (key === "k") choose("does", "keep");
  else if (key === "e") choose("does", "change");
  else if (key === "t") {
    choose("does", "open");
    choose("cause", "taste");
  } else if (key === "n") byId("note").focus();
  else if (key === "Enter") form.requestSubmit();
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.target.closest("select, a, button") && event.key !== "n") return;
  if (onKey(event)) event.preventDefault();
});

document.documentElement.classList.add("scripted", "live");
viewer.show(readJson("pictures"));
for (const [position, boxes] of readJson("boxes").entries()) {
  viewer.marksOf(position).replaceChildren(...boxes.map(rectangle));
}
