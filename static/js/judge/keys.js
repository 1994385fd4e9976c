// Turns key presses into actions, except while the person types text.

const TYPING = "textarea, select, input:not([type=radio]):not([type=checkbox]), [contenteditable]";
const PRESSABLE = "button, a[href], summary, input, select, textarea, [role=button]";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LEAP = 10;

// isOn(): whether single keys are shortcuts; otherwise only Tab, arrows, Enter and Escape work.
export function listen({ stage, keymap, dispatch, viewer, isOpen, isOn }) {
  let holding = null; // the code of the held key that shows the source

  const onStage = () => {
    const focused = document.activeElement;
    return focused === stage || focused === document.body || focused === null;
  };

  function onTab(event) {
    if (document.activeElement !== stage) return false;
    dispatch({ type: "move", step: event.shiftKey ? -1 : 1 });
    return true;
  }

  function onArrow(event) {
    const [x, y] = ARROWS[event.key];
    if (!onStage()) return false;
    if (!event.altKey) return viewer.pan(x, y);
    const by = event.shiftKey ? LEAP : 1;
    dispatch({ type: "nudge", x: x * by, y: y * by });
    return true;
  }

  // The focused control handles the key.
  function isNative(event) {
    if (event.key !== "Enter" && event.code !== "Space") return false;
    const focused = document.activeElement;
    return Boolean(focused?.closest(PRESSABLE)) && (event.code === "Space" || focused.type !== "radio");
  }

  function onAction(event) {
    const action = keymap.actionFor(event);
    const always = action?.type === "submit" || action?.type === "help";
    if (!action || isNative(event) || !(isOn() || (always && onStage()))) return false;
    if (action.type === "hold") {
      if (!event.repeat) [holding] = [event.code, viewer.hold(true)];
    } else if (!event.repeat) {
      // A view of one picture changes the picture by its own key only.
      dispatch(action.type === "scoreActive" ? { ...action, stays: viewer.isSingle() } : action);
    }
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || isOpen()) return;
    if (event.target.closest?.(TYPING)) return;
    const handle = event.key === "Tab" ? onTab : ARROWS[event.key] ? onArrow : onAction;
    if (event.altKey && handle !== onArrow) return;
    if (handle(event)) event.preventDefault();
  });
  document.addEventListener("keyup", ({ code }) => {
    if (code !== holding) return;
    holding = null;
    viewer.hold(false);
  });
  window.addEventListener("blur", () => {
    if (holding) viewer.hold(false);
    holding = null;
  });
}
