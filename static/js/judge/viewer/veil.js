// Over pictures that somebody may not want to see unasked.

import { gettext } from "../words.js";

export function createVeil(stage, onLift) {
  const node = document.createElement("div");
  [node.className, node.hidden] = ["veil", true];
  const words = document.createElement("p");
  const button = document.createElement("button");
  [button.type, button.className] = ["button", "button"];
  button.textContent = gettext("Show the pictures");
  button.addEventListener("click", onLift);
  node.append(words, button);
  stage.append(node);

  return {
    draw(reason) {
      words.textContent = gettext("Sensitive: %(reason)s", { reason });
      node.hidden = false;
    },
    lift() {
      node.hidden = true;
    },
    get isDrawn() {
      return !node.hidden;
    },
  };
}
