// A pointer press on a control keeps the focus on the pictures, so that keys go on working.

// Elements that take the focus on a press: fields, links, overlays.
const KEEPS_FOCUS =
  "textarea, select, a[href], dialog, .aside > div, .guide-panel, .explained, .menu, .divider";
const CONTROL = "button, label, summary, .level, .tie";

const keepsFocus = (node) => Boolean(node?.closest?.(KEEPS_FOCUS)) && !node.closest("details:not([open])");

export function keepKeyboard(stage) {
  let pressed = false; // a press may have moved the focus
  const giveBack = () => stage.focus({ preventScroll: true });

  document.addEventListener("mousedown", (event) => {
    const { button, target } = event;
    if (button !== 0 || keepsFocus(target) || !target.closest?.(CONTROL)) return;
    event.preventDefault(); // before the click ends: a key may follow at once
    giveBack();
  });
  // For a press beside controls, such as on the instruction.
  addEventListener("pointerdown", () => (pressed = true), { capture: true });
  addEventListener("keydown", (event) => {
    if (!pressed || event.ctrlKey || event.metaKey) return;
    pressed = false;
    if (!keepsFocus(document.activeElement)) giveBack();
  }, { capture: true });
}
