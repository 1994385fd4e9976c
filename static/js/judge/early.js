// Runs before the first paint: arranges pictures and controls, so that nothing moves when the other
// scripts have arrived. The controls that need them are shown already.

import { layOut } from "./layout.js";

const root = document.documentElement;
root.classList.add("scripted");
// A script that cannot be loaded: the plain form works without any.
addEventListener("error", ({ target }) => {
  if (target.tagName === "SCRIPT") root.classList.remove("scripted");
}, { capture: true });

// Shown until the person closed it, in this browser.
const welcome = document.getElementById("welcome");
if (welcome) welcome.hidden = isKnown();

function isKnown() {
  try {
    return localStorage.getItem("editjury:welcome") !== null;
  } catch {
    return true;
  }
}

const bench = document.getElementById("bench");
if (bench) {
  const sizes = [...bench.querySelectorAll(".view")].map(({ dataset }) => {
    const [width, height] = dataset.size.split(" ").map(Number);
    return { width, height };
  });
  layOut(bench, document.getElementById("stage"), { sizes, dock: bench.dataset.dock });
}
