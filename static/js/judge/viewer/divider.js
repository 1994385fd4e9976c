// The divider of the wipe view, moved by drag or arrows: the edit is on its right side.

const STEP = 0.02;
const between = (value) => Math.min(1, Math.max(0, value));

export function createDivider(node, onMove) {
  let at = 0.5;
  let room = null;

  function set(value) {
    at = between(value);
    node.ariaValueNow = String(Math.round(at * 100));
    draw();
    onMove(at);
  }

  function draw() {
    if (room) node.style.transform = `translateX(${Math.round(room.offset + at * room.width)}px)`;
  }

  node.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    event.stopPropagation();
    node.setPointerCapture(event.pointerId);
    node.focus();
  });
  node.addEventListener("pointermove", (event) => {
    if (!node.hasPointerCapture(event.pointerId)) return;
    set((event.clientX - room.left) / room.width);
  });
  node.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP }[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    set(at + step * (event.shiftKey ? 5 : 1));
  });

  return {
    step: (by) => set(at + by * STEP),
    at: () => at,
    show(on) {
      node.hidden = !on;
    },
    lay(next) {
      room = next;
      draw();
    },
  };
}
