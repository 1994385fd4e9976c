import { codeOf } from "./keymap.js";

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
