// The views, and the panes and layers that each of them shows. Pure.

export const VIEWS = ["side", "flicker", "wipe", "overlay", "difference", "outside"];
const SINGLE = new Set(["flicker", "wipe", "overlay"]);
const MAPS = new Set(["difference", "outside"]);

export const isSingle = (view) => SINGLE.has(view);
export const isMap = (view) => MAPS.has(view);

// Panes are numbered 0 = source, then the edits by screen position.
export const paneOf = (position) => position + 1;

// The panes an edit may be compared with: the source, then the other edits.
export function opponents(front, k) {
  return [...Array(k + 1).keys()].filter((pane) => pane !== paneOf(front));
}

export function nextOpponent(against, front, k) {
  const all = opponents(front, k);
  return all[(all.indexOf(against) + 1) % all.length];
}

// One entry per pane: {shown, over, layer}, layer in image, held, difference, outside.
// edits: without the source, where the panes stand side by side.
export function composed({ view, front, against, holding, k, edits = false }) {
  return [...Array(k + 1).keys()].map((pane) => {
    if (isSingle(view)) return single({ view, front, against, holding }, pane);
    const layer = pane === 0 ? "image" : holding ? "held" : isMap(view) ? view : "image";
    return { shown: pane > 0 || !edits, over: false, layer };
  });
}

function single({ view, front, against, holding }, pane) {
  const over = pane === paneOf(front);
  const shown = holding ? pane === 0 : over || (view !== "flicker" && pane === against);
  return { shown, over: over && !holding && view !== "flicker", layer: "image" };
}
