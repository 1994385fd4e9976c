// The divider of the wipe view, moved by drag, arrows, or the pointer: the edit is on its right side, or
// below it when it is turned.

const STEP = 0.02;
const between = (value) => Math.min(1, Math.max(0, value));

export function createDivider(node, onMove) {
  let at = 0.5;
  let room = null;
  let turned = false;

  function set(value) {
    at = between(value);
    node.ariaValueNow = String(Math.round(at * 100));
    draw();
    onMove(at);
  }

  function draw() {
    if (!room) return;
    const pixels = turned ? room.above + at * room.height : room.offset + at * room.width;
    node.style.transform = `translate${turned ? "Y" : "X"}(${Math.round(pixels)}px)`;
  }

  const to = ({ clientX, clientY }) =>
    set(turned ? (clientY - room.top) / room.height : (clientX - room.left) / room.width);

  node.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    event.stopPropagation();
    node.setPointerCapture(event.pointerId);
    node.focus();
  });
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) to(event);
  });
  node.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -STEP, ArrowUp: -STEP, ArrowRight: STEP, ArrowDown: STEP }[event.key];
    if (!step || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    set(at + step * (event.shiftKey ? 5 : 1));
  });

  return {
    to,
    step: (by) => set(at + by * STEP),
    // The part of the edit that is cut off, for clip-path.
    cut: () => (turned ? `inset(${at * 100}% 0 0 0)` : `inset(0 0 0 ${at * 100}%)`),
    turn() {
      turned = !turned;
      node.classList.toggle("turned", turned);
      node.ariaOrientation = turned ? "vertical" : "horizontal";
      draw();
      onMove(at);
    },
    get isTurned() {
      return turned;
    },
    show(on) {
      node.hidden = !on;
    },
    lay(next) {
      room = next;
      draw();
    },
  };
}
