// The controls one can point at, bound once: they stay the same from comparison to comparison.

import { codeOf } from "./keymap.js";

export function bindControls({ bench, dispatch, help }) {
  const submit = () => dispatch({ type: "submit" });
  bench.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  bench.addEventListener("change", ({ target }) => {
    const scale = target.closest(".scale");
    if (scale) {
      const position = Number(scale.dataset.position);
      dispatch({ type: "score", slug: scale.dataset.dimension, position, value: Number(target.value) });
    } else if (target.name === "tie_kind") {
      dispatch({ type: "tie", kind: target.value });
    } else if (target.name === "cannot_judge") {
      dispatch({ type: "cannot", reason: target.value });
    }
  });
  bench.addEventListener("input", ({ target }) => {
    if (target.name === "note") dispatch({ type: "note", text: target.value });
  });
  bench.addEventListener("click", (event) => {
    const button = event.target.closest("[data-prefer]");
    if (!button) return;
    const tied = event.shiftKey || "tied" in button.dataset;
    dispatch({ type: "prefer", position: Number(button.dataset.prefer), tied });
  });
  for (const pane of bench.querySelectorAll(".pane.candidate")) {
    pane.addEventListener("click", () => {
      dispatch({ type: "activate", position: Number(pane.dataset.position) });
    });
  }
  bench.querySelector("#note").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    }
  });
  help.addEventListener("click", () => dispatch({ type: "help" }));
  // A score given with the mouse leaves the keyboard to the pictures, so that Tab moves on.
  const stage = bench.querySelector("#stage");
  bench.addEventListener("pointerup", (event) => {
    if (!event.target.closest(".level, .tie, .prefer, .tied")) return;
    setTimeout(() => stage.focus({ preventScroll: true }));
  });
}

// The rows of score keys in the overlay, named by this rubric's dimensions.
export function fillHelp({ rows, first, label }) {
  rows.replaceChildren(
    ...first.rubric.dimensions.filter((_, row) => codeOf(row, 0)).map((dimension, row) => {
      const line = document.createElement("div");
      line.className = "key-row";
      line.append(Object.assign(document.createElement("span"), { textContent: dimension.name }));
      dimension.levels.forEach((level, step) => {
        const key = Object.assign(document.createElement("kbd"), { textContent: label(codeOf(row, step)) });
        key.title = level.name;
        line.append(key);
      });
      return line;
    }),
  );
  for (const key of rows.closest("dialog").querySelectorAll("kbd[data-code]")) {
    const shown = label(key.dataset.code);
    if (shown.length === 1) key.textContent = shown;
  }
}
