// One picture in one pane at several resolutions. Zooming transforms existing layers, without
// decoding, painting or layout.

const PIXELATED_FROM = 3; // device pixels per image pixel

export function createStack(host, { className = "", label = "" } = {}) {
  const levels = new Map(); // name -> canvas
  let shown = null;
  let visible = true;
  let rect = null;

  const setLabel = (text) => {
    label = text;
    for (const canvas of levels.values()) canvas.ariaLabel = text;
  };

  // Takes ownership of the bitmap.
  function set(name, bitmap) {
    const canvas = levels.get(name) ?? makeCanvas(name);
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    canvas.getContext("bitmaprenderer").transferFromImageBitmap(bitmap);
    levels.set(name, canvas);
    if (rect) put(rect);
    if (canvas !== shown) warm(canvas);
  }

  // The first frame of a large layer takes tens of milliseconds: draw it now, as one hidden pixel, and
  // not during a zoom.
  function warm(canvas) {
    canvas.style.transform = `scale(${1 / canvas.width}, ${1 / canvas.height})`;
    canvas.style.opacity = "0.01";
    canvas.style.visibility = "inherit";
    requestAnimationFrame(() => requestAnimationFrame(() => {
      canvas.style.opacity = "";
      if (canvas !== shown || !visible) canvas.style.visibility = "hidden";
    }));
  }

  function makeCanvas(name) {
    const canvas = document.createElement("canvas");
    canvas.dataset.level = name;
    canvas.className = `layer ${className}`;
    if (label) [canvas.role, canvas.ariaLabel] = ["img", label];
    else canvas.ariaHidden = "true";
    canvas.style.visibility = "hidden";
    host.append(canvas);
    return canvas;
  }

  // The narrowest level with a pixel per device pixel, else the widest; lossless if equal.
  function choose(devicePixels) {
    const all = [...levels.values()].sort(
      (a, b) => a.width - b.width || (b.dataset.level === "full") - (a.dataset.level === "full"),
    );
    const widest = all.at(-1)?.width;
    return all.find(({ width }) => width === widest || width >= devicePixels - 0.5) ?? null;
  }

  // {left, top, width, height} in CSS pixels of the pane; `natural`: pixels of the picture itself.
  function put(next) {
    rect = next;
    const ratio = devicePixelRatio;
    const canvas = choose(next.width * ratio);
    if (!canvas) return;
    const [x, y] = [next.width / canvas.width, next.height / canvas.height];
    canvas.style.transform = `translate(${next.left}px, ${next.top}px) scale(${x}, ${y})`;
    const pixelated = (next.width * ratio) / next.natural > PIXELATED_FROM;
    if (canvas.classList.contains("pixelated") !== pixelated) canvas.classList.toggle("pixelated");
    if (canvas === shown) return;
    if (shown) shown.style.visibility = "hidden";
    shown = canvas;
    canvas.style.visibility = visible ? "inherit" : "hidden";
  }

  return {
    set,
    put,
    setLabel,
    show(on) {
      visible = on;
      if (shown) shown.style.visibility = on ? "inherit" : "hidden";
    },
    has: (name) => levels.has(name),
    drop(name) {
      const canvas = levels.get(name);
      if (!canvas) return;
      if (canvas === shown) shown = null;
      canvas.width = canvas.height = 0; // frees the pixels at once
      canvas.remove();
      levels.delete(name);
    },
    clear() {
      for (const name of [...levels.keys()]) this.drop(name);
    },
    // The canvas with the most pixels; null: nothing is loaded.
    get sharpest() {
      return [...levels.values()].sort((a, b) => b.width - a.width)[0] ?? null;
    },
    get shows() {
      return [...levels].find(([, canvas]) => canvas === shown)?.[0] ?? null;
    },
    get bytes() {
      return [...levels.values()].reduce((sum, { width, height }) => sum + width * height * 4, 0);
    },
  };
}
