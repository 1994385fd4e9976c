// The toolbar under the pictures: shows the current view and switches views.

import { createReadout } from "./readout.js";

export function createToolbar(node, choose) {
  const buttons = [...node.querySelectorAll("[data-tool]")];
  const against = node.querySelector("[data-against]");
  const gained = node.querySelector("[data-gain]");
  const readout = createReadout(node.querySelector("[data-zoom]"));
  node.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool]");
    if (button) choose(button.dataset.tool);
  });

  return {
    zoomed: readout,
    // pressed: Set of tools that are on; offered: tools that can be used now.
    render({ pressed, hidden, opponent, gain }) {
      for (const button of buttons) {
        const { tool } = button.dataset;
        if (button.hidden !== hidden.has(tool)) button.hidden = hidden.has(tool);
        const on = String(pressed.has(tool));
        if (button.ariaPressed && button.ariaPressed !== on) button.ariaPressed = on;
      }
      if (gained.textContent !== gain) gained.textContent = gain;
      if (against.textContent !== opponent) against.textContent = opponent;
    },
  };
}
