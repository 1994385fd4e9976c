// The current camera and view, applied to the panes and their layers.

import { layOut } from "../layout.js";
import { FITTED, fractionAt, placed, realSize } from "./camera.js";
import { composed, isSingle, opponents, paneOf } from "./views.js";

const CAPTION = 32; // height of a pane's caption and padding in CSS pixels
const PADDING = 8;

const contains = ({ left, top, width, height }, { clientX, clientY }) =>
  clientX >= left && clientX <= left + width && clientY >= top && clientY <= top + height;

export function createScene({ stage, panes, divider, viewEvidence }) {
  const bench = stage.closest(".bench");
  const k = panes.length - 1;
  // Panes are numbered 0 = source, then the edits; `front` is a screen position, `against` a pane.
  const state = {
    view: "side", front: 0, against: 0, holding: false, opacity: 0.5, camera: FITTED,
    edits: false, follows: false, gain: 4,
  };

  const active = () => panes[paneOf(state.front)];
  const oneToOne = () => realSize(active().room, active().picture, devicePixelRatio);
  const entries = () => composed({ ...state, k });

  // Read the sizes of the panes, only after a change of layout.
  function measure(assignment) {
    bench.classList.toggle("no-source", state.edits && !isSingle(state.view));
    const sizes = [assignment.source, ...assignment.candidates];
    layOut(bench, stage, { sizes, dock: bench.dataset.dock });
    for (const pane of [...panes].reverse()) {
      const { left, top, width, height } = pane.box.getBoundingClientRect();
      // A source that is not shown has the room of the first edit; nothing at all is shown on a phone.
      const isHidden = width === 0 && pane === panes[0];
      pane.room = isHidden ? panes[1].room
        : { left, top, width: Math.max(1, width), height: Math.max(1, height) };
      pane.singleRoom = { width: stage.clientWidth - PADDING, height: stage.clientHeight - CAPTION };
    }
    const { room } = active();
    const frame = stage.getBoundingClientRect();
    divider.lay({ ...room, offset: room.left - frame.left, above: room.top - frame.top });
  }

  // Position every picture by the camera.
  function place() {
    for (const pane of panes) {
      pane.put(placed(state.camera, pane.room, pane.picture, devicePixelRatio, pane.nudge));
    }
    note();
  }

  function note() {
    entries().forEach(({ shown }, index) => {
      const pane = panes[index];
      if (!shown || pane.state !== "ready") return;
      const device = (pane.rect.width * devicePixelRatio) / pane.picture.width;
      viewEvidence.at(index, device, pane.image.shows === "full");
    });
  }

  // Show the panes and layers of the current view.
  function draw() {
    const { view, holding, opacity } = state;
    entries().forEach(({ shown, over, layer }, index) => {
      const pane = panes[index];
      pane.figure.classList.toggle("shown", shown);
      pane.figure.classList.toggle("over", over);
      pane.showLayer(layer);
      pane.tagAt(over ? (view === "wipe" && divider.isTurned ? "below" : "end") : "start");
      const cut = over && view === "wipe" ? divider.cut() : "";
      if (pane.box.style.clipPath !== cut) pane.box.style.clipPath = cut;
      const seen = over && view === "overlay" ? String(opacity) : "";
      if (pane.box.style.opacity !== seen) pane.box.style.opacity = seen;
    });
    stage.classList.toggle("holding", holding);
  }

  function paneAt(point) {
    const all = entries();
    return panes.find((pane, index) => all[index].shown && contains(pane.room, point));
  }

  return {
    state,
    k,
    active,
    oneToOne,
    measure,
    place,
    draw,
    paneAt,
    isReal: () => Math.abs(state.camera.zoom / oneToOne() - 1) < 0.001,
    percent: () => (100 * state.camera.zoom) / oneToOne(),
    set(changes) {
      Object.assign(state, changes);
      if (state.against === paneOf(state.front)) [state.against] = opponents(state.front, k);
      draw();
    },
    setView(view) {
      state.view = view;
      if (state.against === paneOf(state.front)) [state.against] = opponents(state.front, k);
      stage.dataset.view = view;
      stage.classList.toggle("single", isSingle(view));
      divider.show(view === "wipe");
    },
    note,
    // {position, x, y}: an edit on screen and the fraction of it under a point; null beside all edits.
    fractionAt(point) {
      const pane = paneAt(point);
      if (!pane?.rect || pane.isSource) return null;
      return { position: panes.indexOf(pane) - 1, ...fractionAt(pane.rect, pane.room, point) };
    },
  };
}
