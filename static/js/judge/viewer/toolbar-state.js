// Which tools are pressed and which are hidden. Pure.

import { isSingle } from "./views.js";

// state: of the scene. Booleans: isReal, keepsZoom, isLoupeOn, offersOutside, isNudged.
export function toolbarState({ state, isReal, keepsZoom, isLoupeOn, offersOutside, isNudged }) {
  const { view, camera, holding, edits, follows } = state;
  const on = {
    fit: camera.zoom === 1, full: isReal, source: holding, "keep-zoom": keepsZoom,
    "edits-only": edits, follow: follows, loupe: isLoupeOn,
  };
  const usable = {
    outside: offersOutside, against: ["wipe", "overlay"].includes(view), turn: view === "wipe",
    follow: view === "wipe", gain: view === "difference", "edits-only": !isSingle(view),
    "nudge-reset": isNudged,
  };
  const names = (all, wanted) => Object.keys(all).filter((name) => Boolean(all[name]) === wanted);
  return { pressed: new Set([view, ...names(on, true)]), hidden: new Set(names(usable, false)) };
}
