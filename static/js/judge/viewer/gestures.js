// Wheel, drag, pinch and double click on the pictures; moves are batched per frame.

const NOTCH = 1.2; // zoom factor of one notch of a wheel
const NOTCH_PIXELS = 100;

const middle = (a, b) => ({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 });
const apart = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);

// onZoom(factor, point), onMove(dx, dy, point), onToggle(point), onPoint(event): all in CSS pixels.
export function listenToStage(stage, { onZoom, onMove, onToggle, onPoint }) {
  const down = new Map(); // pointer id -> its last event
  let waiting = null;

  function soon(change) {
    if (waiting) waiting.push(change);
    else {
      waiting = [change];
      requestAnimationFrame(() => {
        const changes = waiting;
        waiting = null;
        for (const one of changes) one();
      });
    }
  }

  const onPicture = (event) => event.target.closest?.(".view") && !event.target.closest("button, .divider");

  stage.addEventListener("wheel", (event) => {
    if (!onPicture(event)) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * 33;
    // A trackpad pinch is a wheel event with Ctrl and small deltas.
    const notches = (event.ctrlKey ? 6 : 1) * (-pixels / NOTCH_PIXELS);
    soon(() => onZoom(NOTCH ** Math.max(-4, Math.min(4, notches)), event));
  }, { passive: false });

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !onPicture(event)) return;
    down.set(event.pointerId, event);
    if (event.pointerType !== "mouse") event.target.releasePointerCapture?.(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => onPoint(event));
  addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    down.set(event.pointerId, event);
    const [other] = [...down.values()].filter(({ pointerId }) => pointerId !== event.pointerId);
    if (!other) {
      soon(() => onMove(event.clientX - before.clientX, event.clientY - before.clientY, event));
      return;
    }
    const [from, to] = [middle(before, other), middle(event, other)];
    soon(() => {
      onZoom(apart(event, other) / Math.max(1, apart(before, other)), to);
      onMove(to.clientX - from.clientX, to.clientY - from.clientY, to);
    });
  });
  for (const name of ["pointerup", "pointercancel"]) {
    addEventListener(name, ({ pointerId }) => down.delete(pointerId));
  }
  stage.addEventListener("dblclick", (event) => onPicture(event) && onToggle(event));
}
