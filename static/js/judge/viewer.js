// The pictures: shows a comparison when it is decoded, holds the source in place of the edits, and hands
// zooming to zoom.js. Other ways of looking (flicker, wipe, difference) belong here.

import { createZoom } from "./zoom.js";

export function createViewer({ stage, tools, images, onChange }) {
  let panes = [];
  let used = {};
  const zoom = createZoom(stage, () => panes.map(({ box, size }) => ({ box, size })));

  function words(pane, text, retry) {
    const state = document.createElement("div");
    state.className = "state";
    state.append(text);
    if (retry) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button compact";
      button.textContent = "Try again";
      button.addEventListener("click", () => retry());
      state.append(button);
    }
    pane.box.replaceChildren(state);
  }

  // Both bitmaps of a pane: its own, and on an edit the source that Space uncovers.
  async function load(pane, part) {
    const [own, held] = await Promise.all([
      images.copy(pane.picture[part]),
      pane.isSource ? null : images.copy(panes[0].picture[part]),
    ]);
    own.alt = pane.alt;
    if (held) Object.assign(held, { className: "held", alt: "" });
    return held ? [held, own] : [own];
  }

  async function fill(pane, part = "url") {
    const before = panes;
    try {
      const loaded = await load(pane, part);
      if (before !== panes || (pane.full && part === "url")) return;
      pane.box.replaceChildren(...loaded);
      pane.ready = true;
      if (part === "full_url") pane.full = true;
      zoom.refresh();
    } catch {
      if (before !== panes || part === "full_url") return; // at 1:1 the smaller picture stays
      pane.ready = false;
      words(pane, "This image did not load.", () => fill(pane));
    }
    onChange();
  }

  function show(assignment) {
    used = { one_to_one: false, source_held: false };
    hold(false);
    panes = [assignment.source, ...assignment.candidates].map((picture, index) => {
      const box = stage.querySelector(`[data-pane="${index ? index - 1 : "source"}"]`);
      return {
        box,
        picture,
        size: picture,
        isSource: index === 0,
        alt: index ? `Edit ${"ABCD"[index - 1]}` : "Source",
        ready: false,
        full: false,
      };
    });
    setZoom(false);
    zoom.reset();
    for (const pane of panes) {
      const there = pane.box.querySelector("img:not(.held)")?.getAttribute("src");
      if (there !== pane.picture.url) words(pane, "");
    }
    return Promise.all(panes.map((pane) => fill(pane)));
  }

  function setZoom(on) {
    zoom.set(on);
    if (on) {
      used.one_to_one = true;
      for (const pane of panes) if (!pane.full && pane.picture.full_url) fill(pane, "full_url");
    }
    mark();
  }

  function hold(on) {
    if (on && panes.length) used.source_held = true;
    stage.classList.toggle("holding", on);
    mark();
  }

  function mark() {
    const state = { fit: !zoom.on, full: zoom.on, source: stage.classList.contains("holding") };
    for (const button of tools.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", String(state[button.dataset.tool]));
    }
  }

  const choose = (tool) => {
    if (tool === "source") hold(!stage.classList.contains("holding"));
    else setZoom(tool === "full" && !zoom.on);
  };
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool]");
    if (button) choose(button.dataset.tool);
  });
  stage.addEventListener("dblclick", (event) => {
    if (!zoom.on) zoom.aim(event);
    setZoom(!zoom.on);
  });
  new ResizeObserver(() => zoom.refresh()).observe(stage);

  return {
    show,
    hold,
    choose,
    blank(text) {
      panes.forEach((pane, index) => words(pane, index ? "" : text));
      panes = [];
    },
    pan(x, y) {
      if (zoom.on) zoom.moveBy(x * 60, y * 60, { box: panes[0].box, size: panes[0].size });
      return zoom.on;
    },
    notReady: () => panes.filter((pane) => !pane.ready).map((pane) => pane.alt),
    evidence: () => ({
      images_loaded: panes.every((pane) => pane.ready),
      ...used,
      full_size_loaded: panes.map((pane) => pane.full),
      device_pixel_ratio: devicePixelRatio,
      pane: panes[0] ? [panes[0].box.clientWidth, panes[0].box.clientHeight] : null,
    }),
  };
}
