// Listens to the keyboard and hands out actions; stays silent while somebody types.

import { actionFor } from "./keymap.js";

const TYPING = "textarea, select, input:not([type=radio]):not([type=checkbox]), [contenteditable]";
const PRESSABLE = "button, a[href], summary, input, select, textarea, [role=button]";

export function listen({ stage, dispatch, hold, pan, isOpen }) {
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
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    return onStage() && step[event.key] ? pan(...step[event.key]) : false;
  }

  function onSpace(event) {
    if (!onStage()) return false;
    if (!event.repeat) hold(true);
    return true;
  }

  function handle(event) {
    if (event.key === "Tab") return onTab(event);
    if (event.code === "Space") return onSpace(event);
    if (event.key.startsWith("Arrow")) return onArrow(event);
    const action = actionFor(event);
    if (!action) return false;
    const native = event.key === "Enter" && event.target.closest?.(PRESSABLE);
    if (native && event.target.type !== "radio") return false;
    if (!event.repeat) dispatch(action);
    return true;
  }

  document.addEventListener("keydown", (event) => {
    const composing = event.isComposing || event.ctrlKey || event.metaKey || event.altKey;
    if (event.defaultPrevented || composing || isOpen()) return;
    if (event.target.closest?.(TYPING)) return;
    if (handle(event)) event.preventDefault();
  });
  document.addEventListener("keyup", (event) => {
    if (event.code === "Space") hold(false);
  });
  window.addEventListener("blur", () => hold(false));
  // A click beside a control leaves nothing focused; the keys then belong to the pictures again.
  document.addEventListener("pointerup", () => {
    setTimeout(() => {
      if (document.activeElement === document.body) stage.focus({ preventScroll: true });
    });
  });
}
