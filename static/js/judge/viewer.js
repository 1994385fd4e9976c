// The pictures of the current comparison: the interface of the viewer.

import { createDifferences } from "./viewer/differences.js";
import { createDivider } from "./viewer/divider.js";
import { FITTED } from "./viewer/camera.js";
import { listenToStage } from "./viewer/gestures.js";
import { createLoading } from "./viewer/loading.js";
import { createViewEvidence } from "./viewer/view-evidence.js";
import { createLoupe } from "./viewer/loupe.js";
import { createMaps } from "./viewer/maps.js";
import { createPane } from "./viewer/pane.js";
import { createPictures } from "./viewer/pictures.js";
import { createScene } from "./viewer/scene.js";
import { createToolbar } from "./viewer/toolbar.js";
import { createTools } from "./viewer/tools.js";
import { createBlur } from "./viewer/blur.js";
import { isMap, isSingle } from "./viewer/views.js";
import { gettext } from "./words.js";

const REFIT_MS = 150;
const sizeOf = ({ clientWidth, clientHeight }) => `${clientWidth} ${clientHeight} ${devicePixelRatio}`;

// Dispatches pictures-changed: loading state; nudged: the result of kept(); activate(position): the active
// edit; keep-zoom(on): whether zoom and view stay for the next comparison.
export function createViewer({ stage, tools: strip, preferences = {}, rules = {}, announce, dispatch }) {
  const panes = [...stage.querySelectorAll("[data-pane]")].map(createPane);
  const notice = stage.querySelector(".notice");
  const pictures = createPictures();
  const viewEvidence = createViewEvidence();
  const maps = createMaps(createDifferences(stage.dataset.worker, pictures));
  const divider = createDivider(stage.querySelector(".divider"), () => scene.draw());
  const scene = createScene({ stage, panes, divider, viewEvidence });
  const { state } = scene;
  const loading = createLoading({ pictures, onReady: () => [scene.place(), count()], onChange: changed });
  const blur = createBlur(stage, () => {
    load(false);
    stage.focus({ preventScroll: true });
  });
  const loupe = createLoupe(panes, scene.paneAt);
  const tools = createTools({
    scene,
    panes,
    divider,
    loupe,
    viewEvidence,
    announce,
    offersOutside,
    makeMaps,
    on: {
      view: arrange,
      zoom: zoomed,
      hold,
      front: (position) => dispatch({ type: "activate", position }),
      chosen: (tool) => announce(strip.querySelector(`[data-tool="${tool}"]`).dataset.name),
      nudge() {
        maps.outdated();
        if (isMap(state.view)) makeMaps();
        zoomed();
        scene.place();
        dispatch({ type: "nudged" });
      },
      loupe() {
        if (loupe.isOn) loading.full();
        tell();
      },
      gain() {
        maps.outdated();
        makeMaps();
        tell();
      },
      keep() {
        keepZoom = !keepZoom;
        dispatch({ type: "keep-zoom", on: keepZoom });
        tell();
      },
    },
  });
  const toolbar = createToolbar(strip, choose);
  let assignment = null;
  let keepZoom = preferences.keep_zoom ?? false;
  let refitting = null;
  let size = ""; // of the stage when the panes were measured

  function offersOutside() {
    return Boolean(rules.outside !== false && assignment?.region);
  }

  function count() {
    stage.dataset.bitmaps = String(panes.reduce((sum, pane) => sum + pane.bytes, 0));
  }

  function changed() {
    count();
    dispatch({ type: "pictures-changed" });
  }

  function arrange() {
    scene.measure(assignment);
    loading.enlarge(isSingle(state.view));
    size = sizeOf(stage);
    scene.draw();
    scene.place();
    zoomed();
  }

  function zoomed() {
    toolbar.zoomed(scene.percent());
    if (state.camera.zoom > 1) {
      loading.full();
      if (state.holding) loading.fullHeld();
    }
    tell();
  }

  function tell() {
    const pressed = new Set([state.view]);
    if (state.camera.zoom === 1) pressed.add("fit");
    if (scene.isReal()) pressed.add("full");
    if (state.holding) pressed.add("source");
    if (keepZoom) pressed.add("keep-zoom");
    if (state.edits) pressed.add("edits-only");
    if (state.follows) pressed.add("follow");
    if (loupe.isOn) pressed.add("loupe");
    const hidden = new Set();
    if (!offersOutside()) hidden.add("outside");
    if (!["wipe", "overlay"].includes(state.view)) hidden.add("against");
    if (state.view !== "wipe") hidden.add("turn").add("follow");
    if (state.view !== "difference") hidden.add("gain");
    if (isSingle(state.view)) hidden.add("edits-only");
    if (!panes.some(({ nudge }) => nudge.x || nudge.y)) hidden.add("nudge-reset");
    toolbar.render({ pressed, hidden, opponent: panes[state.against].name, gain: String(state.gain) });
  }

  function makeMaps() {
    if (assignment && !blur.isShown) maps.make(state.gain).then(() => assignment && [scene.place(), count()]);
  }

  function show(next, kept) {
    const isFirst = assignment === null;
    assignment = next;
    notice.hidden = true;
    if (isFirst || !keepZoom) Object.assign(state, { camera: FITTED, view: "side", against: 0 });
    if (state.view === "outside" && !offersOutside()) state.view = "side";
    state.holding = false;
    [next.source, ...next.candidates].forEach((picture, index) => {
      panes[index].clear();
      panes[index].picture = picture;
      panes[index].nudge = kept?.nudges?.[index] ?? { x: 0, y: 0 };
    });
    maps.begin(next, panes);
    viewEvidence.begin(state.view, panes.length);
    scene.setView(state.view);
    arrange();
    return load(Boolean(next.sensitive) && preferences.sensitive !== "show");
  }

  function load(blurred) {
    const mine = assignment;
    if (blurred) blur.show(mine.sensitive);
    else blur.hide();
    const started = loading.start(panes, { blurred });
    changed();
    return started.then(() => {
      if (mine !== assignment) return;
      scene.place();
      count();
      if (isMap(state.view)) makeMaps();
    });
  }

  function paneSize() {
    const { room } = panes[0];
    return room ? [Math.round(room.width), Math.round(room.height)] : [0, 0];
  }

  function choose(tool) {
    if (assignment) tools.choose(tool);
  }

  function hold(holding) {
    if (!assignment || holding === state.holding) return;
    if (blur.isShown) {
      if (holding) blur.reveal();
      return;
    }
    if (holding) viewEvidence.held();
    scene.set({ holding });
    zoomed();
  }

  const during = (act) => (...values) => (assignment ? act(...values) : false);
  const gestures = Object.entries(tools.gestures).map(([name, act]) => [name, during(act)]);
  listenToStage(stage, Object.fromEntries(gestures));
  new ResizeObserver(() => {
    if (!assignment || sizeOf(stage) === size) return;
    arrange();
    clearTimeout(refitting);
    refitting = setTimeout(() => loading.refit(), REFIT_MS);
  }).observe(stage);
  addEventListener("online", () => loading.retryFailed());
  // A low window scrolls: the rectangles of the panes are those of the viewport.
  addEventListener("scroll", () => assignment && arrange(), { passive: true });

  return {
    show,
    choose,
    hold,
    pan: during(tools.pan),
    nudge: during(tools.nudge),
    // Decode a following comparison at the size it will have, if its layout is the same.
    preload(next) {
      const alike = assignment && next.candidates.length === scene.k && !isSingle(state.view);
      loading.prepare(alike ? panes : null, [next.source, ...next.candidates]);
    },
    retain: (list) => pictures.retain(list.flatMap(({ source, candidates }) => [source, ...candidates])),
    blank(text) {
      assignment = null;
      blur.hide();
      loading.stop();
      for (const pane of panes) {
        pane.clear();
        pane.state = "loading";
      }
      notice.textContent = text;
      notice.hidden = false;
    },
    // Another reason to wait.
    explainBlank: (text) => (notice.textContent = text),
    front(position) {
      if (!assignment || position === state.front) return;
      scene.set({ front: position });
      if (isSingle(state.view)) scene.note();
    },
    // What keeps the pictures from being judged, in words; empty: nothing.
    notReady() {
      if (blur.isShown) return [gettext("show the pictures first")];
      const missing = panes.filter(({ state: now }) => now !== "ready");
      return missing.map(({ name }) => gettext("%(name)s not loaded", { name }));
    },
    kept: () => ({ nudges: panes.map(({ nudge }) => nudge) }),
    paneSize,
    isSingle: () => isSingle(state.view),
    // After a choice of layout.
    arrange: () => assignment && arrange(),
    evidence: () => ({
      images_loaded: panes.every(({ state: now }) => now === "ready"),
      ...viewEvidence.read(),
      device_pixel_ratio: devicePixelRatio,
      pane: paneSize(),
    }),
    fractionAt: during(scene.fractionAt),
    marksOf: (position) => panes[position + 1].marks,
  };
}
