// The order of decoding: all pictures at pane size, then at single-pane size, then at full size.
// Results for an earlier comparison (generation) are discarded.

import { gettext } from "../words.js";
import { fitScale } from "./camera.js";
import { pixelsOf } from "./pictures.js";

const QUICK_MBITS = 5;
const FULL_AFTER_MS = 900;
const SLOW_MS = 600;
const BLURRED = { width: 12, height: 12 };

// Whether lossless pictures may be fetched before anybody asks for them. Only Chromium tells the line.
function isQuick() {
  const { saveData = false, effectiveType = "4g", downlink = QUICK_MBITS } = navigator.connection ?? {};
  return !saveData && effectiveType === "4g" && downlink >= QUICK_MBITS;
}

export function createLoading({ pictures, onReady, onChange }) {
  let panes = [];
  let generation = 0;
  let timer = null;
  let roundOf = null; // the generation whose lossless pictures were asked for
  let heldOf = null;
  let enlarged = false; // whether one picture is shown in place of the others

  const fitted = (room, size) => pixelsOf(size, Math.min(1, fitScale(room, size) * devicePixelRatio));
  const current = (mine) => mine === generation;

  async function give(stack, name, promise, mine) {
    const bitmap = await promise;
    if (current(mine)) stack.set(name, bitmap);
    else bitmap.close();
  }

  // The longest side that a file should have: on a slow line enough for the panes as they are.
  function sideFor({ room, singleRoom }, picture) {
    const { width, height } = fitted(isQuick() ? singleRoom : room, picture);
    return Math.max(width, height);
  }

  const quietly = (promise) => promise.catch(() => {});
  const grid = (pane, picture) => pictures.take(picture, fitted(pane.room, picture), sideFor(pane, picture));

  async function first(pane, mine) {
    const slow = setTimeout(() => current(mine) && pane.tell(gettext("Loading …")), SLOW_MS);
    try {
      await give(pane.image, "grid", grid(pane, pane.picture), mine);
      if (!current(mine)) return;
      pane.tell("");
      pane.state = "ready";
    } catch {
      if (current(mine)) failed(pane, mine);
    } finally {
      clearTimeout(slow);
      if (current(mine)) onChange();
    }
  }

  function failed(pane, mine) {
    const again = document.createElement("button");
    [again.type, again.className, again.textContent] = ["button", "button compact", gettext("Try again")];
    again.addEventListener("click", () => current(mine) && retry(pane));
    pane.image.clear();
    pane.state = "failed";
    pane.tell(gettext("This image did not load."), again);
  }

  async function retry(pane) {
    pane.state = "loading";
    pane.tell("");
    onChange();
    await first(pane, generation);
    if (panes.every(({ state }) => state === "ready")) rest(generation);
  }

  // The sharper layers; after a failure the less sharp ones stay.
  async function rest(mine) {
    const [source, ...edits] = panes;
    onReady();
    await Promise.allSettled(
      edits.map((pane) => give(pane.held, "grid", grid(pane, source.picture), mine)),
    );
    if (!current(mine)) return;
    if (isQuick() || enlarged) await single(mine);
    if (current(mine) && isQuick()) timer = setTimeout(full, FULL_AFTER_MS);
  }

  async function single(mine) {
    for (const pane of panes) {
      if (!current(mine)) return;
      if (pane.state !== "ready") continue;
      const size = fitted(pane.singleRoom, pane.picture);
      await quietly(give(pane.image, "single", pictures.take(pane.picture, size), mine));
    }
    onReady();
  }

  // The lossless pictures, after zooming in or some idle time; once per comparison.
  function full() {
    clearTimeout(timer);
    if (roundOf === generation) return;
    roundOf = generation;
    loadFull(generation);
  }

  async function loadFull(mine) {
    for (const pane of panes) {
      if (!current(mine)) return;
      if (pane.image.has("full") || pane.state !== "ready") continue;
      await quietly(give(pane.image, "full", pictures.full(pane.picture), mine));
      if (current(mine)) onReady();
    }
  }

  // The source in full over each edit, for Space while zoomed in.
  async function fullHeld() {
    if (heldOf === generation) return;
    heldOf = generation;
    const mine = generation;
    const [source, ...edits] = panes;
    for (const pane of edits) {
      if (!current(mine) || pane.held.has("full")) continue;
      await quietly(give(pane.held, "full", pictures.full(source.picture), mine));
    }
  }

  return {
    start(all, { blurred }) {
      generation += 1;
      clearTimeout(timer);
      panes = all;
      pictures.abandonFull(panes.map(({ picture }) => picture));
      const mine = generation;
      for (const pane of panes) {
        pane.state = blurred ? "blurred" : "loading";
        pane.image.drop("blur");
      }
      if (blurred) {
        return Promise.allSettled(
          panes.map((pane) => give(pane.image, "blur", pictures.take(pane.picture, BLURRED), mine)),
        );
      }
      return Promise.all(panes.map((pane) => first(pane, mine))).then(() => {
        if (current(mine) && panes.every(({ state }) => state === "ready")) rest(mine);
      });
    },
    stop() {
      generation += 1;
      clearTimeout(timer);
      panes = [];
    },
    // Whether one picture is shown in place of the others, larger: a slow line loads its file only then.
    enlarge(on) {
      const isNew = on && !enlarged;
      enlarged = on;
      if (isNew && !isQuick() && panes.every(({ state }) => state === "ready")) single(generation);
    },
    // Decode again for a new pane size.
    refit() {
      const mine = generation;
      for (const pane of panes) {
        if (pane.state !== "ready") continue;
        quietly(give(pane.image, "grid", grid(pane, pane.picture), mine));
        if (!pane.isSource) quietly(give(pane.held, "grid", grid(pane, panes[0].picture), mine));
      }
      if (isQuick() || enlarged) single(mine);
    },
    // Decode a later comparison for panes of these sizes, or load its files where the sizes differ.
    prepare(alike, list) {
      list.forEach((picture, index) => {
        const pane = alike?.[index] ?? panes[0];
        const side = pane ? sideFor(pane, picture) : 0;
        if (alike?.[index]) pictures.prepare(picture, fitted(pane.room, picture), side);
        else pictures.lossy(picture, side, "low").catch(() => {});
      });
    },
    retryFailed: () => panes.forEach((pane) => pane.state === "failed" && retry(pane)),
    full,
    fullHeld,
  };
}
