// A lens under the pointer, and at the same spot of every other picture.

import { fractionAt } from "./camera.js";

const SIDE = 220; // CSS pixels
const LARGER = 2; // than shown; never smaller than a pixel of the picture on a pixel of the screen

export function createLoupe(panes, paneAt) {
  const lenses = new Map(); // pane -> canvas
  let on = false;
  let point = null; // the last event of the pointer
  let waiting = false;

  function lensOf(pane) {
    if (!lenses.has(pane)) {
      const canvas = Object.assign(document.createElement("canvas"), { className: "lens", ariaHidden: "true" });
      pane.box.append(canvas);
      lenses.set(pane, canvas);
    }
    return lenses.get(pane);
  }

  function hide() {
    for (const canvas of lenses.values()) canvas.hidden = true;
  }

  function drawIn(pane, at) {
    const [canvas, source] = [lensOf(pane), pane.image.sharpest];
    canvas.hidden = !source || !pane.figure.classList.contains("shown");
    if (canvas.hidden) return;
    const pixels = Math.round(SIDE * devicePixelRatio);
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    const scale = Math.max((LARGER * pane.rect.width) / pane.picture.width, 1 / devicePixelRatio);
    const side = ((SIDE / scale) * source.width) / pane.picture.width;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, pixels, pixels);
    context.drawImage(
      source, at.x * source.width - side / 2, at.y * source.height - side / 2, side, side, 0, 0, pixels, pixels,
    );
    const [x, y] = [pane.rect.left + at.x * pane.rect.width, pane.rect.top + at.y * pane.rect.height];
    canvas.style.transform = `translate(${x - SIDE / 2}px, ${y - SIDE / 2}px)`;
  }

  function draw() {
    waiting = false;
    const under = on && point ? paneAt(point) : null;
    if (!under?.rect) {
      hide();
      return;
    }
    const at = fractionAt(under.rect, under.room, point);
    for (const pane of panes) if (pane.rect) drawIn(pane, at);
  }

  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(draw);
  }

  return {
    get isOn() {
      return on;
    },
    toggle() {
      on = !on;
      soon();
    },
    move(event) {
      point = event;
      if (on) soon();
    },
  };
}
