// Which pictures are decoded when: first all as they are shown, then as a single pane shows them, then in
// full. Whatever arrives after another comparison came is thrown away.

import { gettext } from "../words.js";
import { fitScale } from "./camera.js";
import { pixelsOf } from "./pictures.js";

const FULL_AFTER_MS = 900;
const SLOW_MS = 600;
const VEIL = { width: 12, height: 12 };

export function createLoading({ pictures, onReady, onChange }) {
  let panes = [];
  let turn = 0;
  let timer = null;
  let roundOf = null; // the turn whose lossless pictures were asked for
  let heldOf = null;

  const fitted = (room, size) => pixelsOf(size, Math.min(1, fitScale(room, size) * devicePixelRatio));
  const current = (mine) => mine === turn;

  async function give(stack, name, promise, mine) {
    const bitmap = await promise;
    if (current(mine)) stack.set(name, bitmap);
    else bitmap.close();
  }

  const quietly = (promise) => promise.catch(() => {});
  const grid = (pane, picture) => pictures.take(picture, fitted(pane.room, picture));

  async function first(pane, mine) {
    const slow = setTimeout(() => current(mine) && pane.tell(gettext("Loading …")), SLOW_MS);
    try {
      await give(pane.own, "grid", grid(pane, pane.picture), mine);
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
    pane.own.clear();
    pane.state = "failed";
    pane.tell(gettext("This image did not load."), again);
  }

  async function retry(pane) {
    pane.state = "loading";
    pane.tell("");
    onChange();
    await first(pane, turn);
    if (panes.every(({ state }) => state === "ready")) rest(turn);
  }

  // Everything beyond the first look; a failure here only means that less sharp layers stay.
  async function rest(mine) {
    const [source, ...edits] = panes;
    onReady();
    await Promise.allSettled(
      edits.map((pane) => give(pane.held, "grid", grid(pane, source.picture), mine)),
    );
    if (!current(mine)) return;
    await single(mine);
    if (current(mine) && !navigator.connection?.saveData) timer = setTimeout(full, FULL_AFTER_MS);
  }

  async function single(mine) {
    for (const pane of panes) {
      if (!current(mine)) return;
      if (pane.state !== "ready") continue;
      const size = fitted(pane.singleRoom, pane.picture);
      await quietly(give(pane.own, "single", pictures.take(pane.picture, size), mine));
    }
    onReady();
  }

  // The lossless pictures, asked for by zooming in or after a moment's rest; one round at a time.
  function full() {
    clearTimeout(timer);
    if (roundOf === turn) return;
    roundOf = turn;
    loadFull(turn);
  }

  async function loadFull(mine) {
    for (const pane of panes) {
      if (!current(mine)) return;
      if (pane.own.has("full") || pane.state !== "ready") continue;
      await quietly(give(pane.own, "full", pictures.full(pane.picture), mine));
      if (current(mine)) onReady();
    }
  }

  // The source in full over each edit, for Space while zoomed in.
  async function fullHeld() {
    if (heldOf === turn) return;
    heldOf = turn;
    const mine = turn;
    const [source, ...edits] = panes;
    for (const pane of edits) {
      if (!current(mine) || pane.held.has("full")) continue;
      await quietly(give(pane.held, "full", pictures.full(source.picture), mine));
    }
  }

  return {
    start(all, { veiled }) {
      turn += 1;
      clearTimeout(timer);
      panes = all;
      const mine = turn;
      for (const pane of panes) {
        pane.state = veiled ? "veiled" : "loading";
        pane.own.drop("veil");
      }
      if (veiled) {
        return Promise.allSettled(
          panes.map((pane) => give(pane.own, "veil", pictures.take(pane.picture, VEIL), mine)),
        );
      }
      return Promise.all(panes.map((pane) => first(pane, mine))).then(() => {
        if (current(mine) && panes.every(({ state }) => state === "ready")) rest(mine);
      });
    },
    stop() {
      turn += 1;
      clearTimeout(timer);
      panes = [];
    },
    // The panes have another size: sharp again at the new one.
    refit() {
      const mine = turn;
      for (const pane of panes) {
        if (pane.state !== "ready") continue;
        quietly(give(pane.own, "grid", grid(pane, pane.picture), mine));
        if (!pane.isSource) quietly(give(pane.held, "grid", grid(pane, panes[0].picture), mine));
      }
      single(mine);
    },
    // A comparison that comes later, as it will be shown if it has the shape of this one.
    prepare(rooms, list) {
      list.forEach((picture, index) => {
        if (rooms?.[index]) pictures.prepare(picture, fitted(rooms[index], picture));
        else pictures.file(picture.url, "low").catch(() => {});
      });
    },
    retryFailed: () => panes.forEach((pane) => pane.state === "failed" && retry(pane)),
    full,
    fullHeld,
  };
}
