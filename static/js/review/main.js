// The page of a comparison: its pictures in the viewer of the judging page, without an answer form.

import { createViewer } from "../judge/viewer.js";

const byId = (id) => document.getElementById(id);
const viewer = createViewer({
  stage: byId("stage"),
  tools: byId("tools"),
  announce: (text) => (byId("announce").textContent = text),
  // Nothing is answered here, so nothing follows from what the viewer reports.
  dispatch() {},
});

document.documentElement.classList.add("scripted", "live");
viewer.show(JSON.parse(byId("pictures").textContent));
