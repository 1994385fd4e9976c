// Hides sensitive pictures until the person asks to see them.

import { gettext } from "../words.js";

export function createBlur(stage, onReveal) {
  const node = document.createElement("div");
  [node.className, node.hidden] = ["blur", true];
  const words = document.createElement("p");
  const button = document.createElement("button");
  [button.type, button.className] = ["button", "button"];
  const key = document.createElement("kbd");
  key.dataset.action = "source"; // the key that shows a source shows these too
  button.append(gettext("Show the pictures"), " ", key);
  button.addEventListener("click", onReveal);
  node.append(words, button);
  stage.append(node);

  return {
    show(reason) {
      words.textContent = gettext("Sensitive: %(reason)s", { reason });
      node.hidden = false;
    },
    reveal: onReveal,
    hide() {
      node.hidden = true;
    },
    get isShown() {
      return !node.hidden;
    },
  };
}
