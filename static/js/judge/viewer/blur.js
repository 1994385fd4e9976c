// Hides sensitive pictures until the person asks to see them.

import { gettext } from "../words.js";

export function createBlur(stage, onReveal) {
  const node = document.createElement("div");
  [node.className, node.hidden] = ["blur", true];
  const words = document.createElement("p");
  const button = document.createElement("button");
  [button.type, button.className] = ["button", "button"];
  button.textContent = gettext("Show the pictures");
  button.addEventListener("click", onReveal);
  node.append(words, button);
  stage.append(node);

  return {
    show(reason) {
      words.textContent = gettext("Sensitive: %(reason)s", { reason });
      node.hidden = false;
    },
    hide() {
      node.hidden = true;
    },
    get isShown() {
      return !node.hidden;
    },
  };
}
