// The tools of the viewer by name, for the toolbar and the keyboard.

import { gettext } from "../words.js";
import { FITTED, movedBy, within, zoomedAt } from "./camera.js";
import { VIEWS, isMap, nextOpponent } from "./views.js";

const KEY_ZOOM = 1.5;
const PAN_STEP = 60; // CSS pixels of an arrow key
const OPACITY_STEP = 0.05;
const TWO = new Set(["wipe", "overlay"]);
const GAINS = [2, 4, 8, 16]; // of the difference map

// offersOutside(), makeMaps(), onFront(position), onZoom(), onChange(): see viewer.js.
export function createTools({ scene, panes, divider, loupe, viewEvidence, announce, offersOutside, makeMaps, on }) {
  const { state } = scene;
  let pointer = null;

  const centre = () => {
    const { left, top, width, height } = scene.active().room;
    return { clientX: left + width / 2, clientY: top + height / 2 };
  };
  const here = () => (pointer && scene.paneAt(pointer) ? pointer : centre());

  function setCamera(next) {
    const { room, picture } = scene.active();
    state.camera = within(next, room, picture, devicePixelRatio);
    scene.place();
    on.zoom();
  }

  function zoomTo(zoom, point = centre()) {
    const { room, picture } = scene.paneAt(point) ?? scene.active();
    setCamera(zoomedAt(state.camera, zoom, room, picture, point, devicePixelRatio));
  }

  function move(dx, dy, { room, picture }) {
    setCamera(movedBy(state.camera, dx, dy, room, picture, devicePixelRatio));
  }

  function setView(view) {
    scene.setView(view);
    viewEvidence.switchTo(view);
    on.view();
    if (isMap(view)) makeMaps();
  }

  // Flicker shows the active edit, which gets the scores.
  function flick() {
    if (state.view !== "flicker") setView("flicker");
    else on.front((state.front + 1) % scene.k);
    announce(gettext("Flicker: %(edit)s", { edit: scene.active().name }));
  }

  function nextOne() {
    state.against = nextOpponent(state.against, state.front, scene.k);
    if (TWO.has(state.view)) [scene.draw(), on.zoom()];
    else setView("wipe");
    announce(gettext("Against: %(picture)s", { picture: panes[state.against].name }));
  }

  function nextView() {
    const usable = VIEWS.filter((view) => view !== "outside" || offersOutside());
    choose(usable[(usable.indexOf(state.view) + 1) % usable.length]);
  }

  function nudge(change) {
    change();
    viewEvidence.nudged();
    on.nudge();
  }

  const acts = {
    flicker: flick,
    "next-view": nextView,
    against: nextOne,
    fit: () => setCamera(FITTED),
    full: () => (scene.isReal() ? setCamera(FITTED) : zoomTo(scene.oneToOne(), here())),
    in: () => zoomTo(state.camera.zoom * KEY_ZOOM, here()),
    out: () => zoomTo(state.camera.zoom / KEY_ZOOM, here()),
    source: () => on.hold(!state.holding),
    "keep-zoom": () => on.keep(),
    "edits-only"() {
      scene.set({ edits: !state.edits });
      on.view();
      announce(state.edits ? gettext("The edits without the source") : gettext("The edits and the source"));
    },
    loupe() {
      loupe.toggle();
      on.loupe();
    },
    turn: () => divider.turn(),
    follow() {
      state.follows = !state.follows;
      on.zoom();
    },
    gain() {
      state.gain = GAINS[(GAINS.indexOf(state.gain) + 1) % GAINS.length];
      on.gain();
      announce(gettext("Differences %(gain)s times as strong", { gain: state.gain }));
    },
    "nudge-reset": () => nudge(() => panes.forEach((pane) => (pane.nudge = { x: 0, y: 0 }))),
  };

  function choose(tool) {
    if (acts[tool]) acts[tool]();
    else if (VIEWS.includes(tool) && (tool !== "outside" || offersOutside())) {
      setView(tool);
      on.chosen(tool);
    }
  }

  return {
    choose,
    setView,
    setCamera,
    // Arrows: pan while zoomed in, else move divider or opacity; false if the view has neither.
    pan(x, y) {
      if (state.camera.zoom > 1) move(-x * PAN_STEP, -y * PAN_STEP, scene.active());
      else if (state.view === "wipe") divider.step(x || (divider.isTurned ? y : -y));
      else if (state.view === "overlay") {
        const opacity = state.opacity + (x || -y) * OPACITY_STEP;
        scene.set({ opacity: Math.min(1, Math.max(0, opacity)) });
      } else return false;
      return true;
    },
    // By pixels of the device.
    nudge(x, y) {
      const pane = scene.active();
      const [wide, high] = [pane.rect.width * devicePixelRatio, pane.rect.height * devicePixelRatio];
      nudge(() => (pane.nudge = { x: pane.nudge.x + x / wide, y: pane.nudge.y + y / high }));
    },
    gestures: {
      onZoom: (factor, point) => zoomTo(state.camera.zoom * factor, point),
      onMove(dx, dy, point) {
        if (state.camera.zoom > 1) move(dx, dy, scene.paneAt(point) ?? scene.active());
      },
      onToggle(point) {
        if (state.camera.zoom > 1) setCamera(FITTED);
        else zoomTo(Math.max(scene.oneToOne(), 2), point);
      },
      onPoint(event) {
        pointer = event;
        loupe.move(event);
        if (state.follows && state.view === "wipe" && scene.paneAt(event)) divider.to(event);
      },
    },
  };
}
