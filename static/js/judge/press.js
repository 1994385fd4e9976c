// A pointer press never takes the keyboard from the pictures: the keys after it go on with the work.

// Where a press gives the focus as everywhere on the web: fields, links, and what lies over the page.
const KEEPS_FOCUS =
  "textarea, select, a[href], dialog, .aside > div, .guide-panel, .explained, .menu, .divider";
const CONTROL = "button, label, summary, .level, .tie";

const keepsFocus = (node) => Boolean(node?.closest?.(KEEPS_FOCUS)) && !node.closest("details:not([open])");

export function keepKeyboard(stage) {
  let pressed = false; // a press was the last thing that could move the focus
  const giveBack = () => stage.focus({ preventScroll: true });

  document.addEventListener("mousedown", (event) => {
    const { button, target } = event;
    if (button !== 0 || keepsFocus(target) || !target.closest?.(CONTROL)) return;
    event.preventDefault(); // at once: a key pressed before the click is over counts as well
    giveBack();
  });
  // Where the press was on nothing that can be pressed, on the instruction for example.
  addEventListener("pointerdown", () => (pressed = true), { capture: true });
  addEventListener("keydown", (event) => {
    if (!pressed || event.ctrlKey || event.metaKey) return;
    pressed = false;
    if (!keepsFocus(document.activeElement)) giveBack();
  }, { capture: true });
}
