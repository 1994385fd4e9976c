// Difference maps, computed by a worker so that the page stays responsive.

import { pixelsOf } from "./pictures.js";

const LONGEST = 1024; // of a map, in pixels

export function createDifferences(address, pictures) {
  const waiting = new Map();
  let worker = null;
  let last = 0;

  function start() {
    worker = new Worker(address, { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      waiting.get(data.id)?.resolve(data);
      waiting.delete(data.id);
    });
    worker.addEventListener("error", () => {
      for (const { reject } of waiting.values()) reject(new Error("The maps could not be made."));
      waiting.clear();
      worker = null;
    });
  }

  async function bitmap(url, { width, height }) {
    const blob = await pictures.file(url);
    return createImageBitmap(blob, { resizeWidth: width, resizeHeight: height, resizeQuality: "high" });
  }

  // {difference, outside, changed}: two bitmaps, and the share of pixels that differ; outside is
  // null without a region.
  async function compute({ source, edit, offset, region, gain }) {
    const size = pixelsOf(source, Math.min(1, LONGEST / Math.max(source.width, source.height)));
    const [a, b, r] = await Promise.all([
      bitmap(source.url, size), bitmap(edit.url, size), region ? bitmap(region.url, size) : null,
    ]);
    if (!worker) start();
    last += 1;
    const id = last;
    const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    const job = { id, gain, source: a, edit: b, region: r, dx: offset.x * size.width, dy: offset.y * size.height };
    worker.postMessage(job, [a, b, r].filter(Boolean));
    return answer;
  }

  return { compute };
}
