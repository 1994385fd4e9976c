// How the pictures were viewed, as evidence for the answer: views and their time, zoom, full size.

export function createViewEvidence(now = () => performance.now()) {
  let views;
  let since;
  let view;
  let seen;

  function count() {
    const at = now();
    if (!document.hidden && view) views[view] = (views[view] ?? 0) + at - since;
    since = at;
  }
  document.addEventListener("visibilitychange", () => {
    // Count the time until now for the view that was visible.
    if (document.hidden) {
      const at = now();
      if (view) views[view] = (views[view] ?? 0) + at - since;
    }
    since = now();
  });

  return {
    begin(first, panes) {
      views = {};
      since = now();
      view = first;
      seen = {
        switches: 0, largest: 0, full: Array(panes).fill(false), held: false, nudged: false,
      };
    },
    switchTo(next) {
      if (next === view) return;
      count();
      view = next;
      seen.switches += 1;
    },
    // device: device pixels per image pixel; full: whether the lossless picture is shown.
    at(pane, device, full) {
      seen.largest = Math.max(seen.largest, device);
      if (full && device >= 0.999) seen.full[pane] = true;
    },
    held: () => (seen.held = true),
    nudged: () => (seen.nudged = true),
    read() {
      count();
      const spent = Object.entries(views).map(([name, ms]) => [name, Math.round(ms)]);
      return {
        views: Object.fromEntries(spent),
        switches: seen.switches,
        largest_zoom: Number(seen.largest.toFixed(3)),
        full_size_seen: seen.full,
        source_held: seen.held,
        nudged: seen.nudged,
        outside_seen: "outside" in views,
      };
    },
  };
}
