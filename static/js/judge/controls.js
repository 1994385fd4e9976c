// The controls one can point at, bound once: they stay the same from comparison to comparison.

// What a pointer presses without taking the keyboard from the pictures, so that Tab moves on there.
const LEAVES_THE_KEYBOARD =
  ".level, .tie, .prefer, .tied, .flag, .chip, .strength, .tools, #flagged, #undo";

// What a button asks for, by its data; null where it is bound elsewhere.
function pressed({ id, dataset }, { shiftKey }) {
  if (dataset.prefer) {
    const tied = shiftKey || "tied" in dataset;
    return { type: "prefer", position: Number(dataset.prefer), tied };
  }
  if (dataset.flag) {
    const { dimension: slug, position, flag } = dataset;
    return { type: "flag", slug, position: Number(position), criterion: Number(flag) };
  }
  if (dataset.reason) return { type: "reason", text: dataset.reason };
  if (dataset.strength) return { type: "strength", value: Number(dataset.strength) };
  return id === "flagged" ? { type: "flagged" } : null;
}

export function bindControls({ bench, dispatch, help }) {
  const submit = () => dispatch({ type: "submit" });
  bench.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  bench.addEventListener("change", ({ target }) => {
    const scale = target.closest(".scale");
    if (scale) {
      const position = Number(scale.dataset.position);
      dispatch({ type: "score", slug: scale.dataset.dimension, position, value: Number(target.value) });
    } else if (target.name === "tie_kind") {
      dispatch({ type: "tie", kind: target.value });
    } else if (target.name === "cannot_judge") {
      dispatch({ type: "cannot", reason: target.value });
    }
  });
  bench.addEventListener("input", ({ target }) => {
    if (target.name === "note") dispatch({ type: "note", text: target.value });
  });
  const stage = bench.querySelector("#stage");
  bench.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const action = button && pressed(button, event);
    // Before anything is shown: a key pressed at once must not press the button again.
    if (event.detail && button?.closest(LEAVES_THE_KEYBOARD)) stage.focus({ preventScroll: true });
    if (action) dispatch(action);
  });
  for (const pane of bench.querySelectorAll(".pane.candidate")) {
    pane.addEventListener("click", () => {
      dispatch({ type: "activate", position: Number(pane.dataset.position) });
    });
  }
  bench.querySelector("#note").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    }
  });
  help.addEventListener("click", () => dispatch({ type: "help" }));
  // A label gives the focus to its radio after the click: taken back when that is over.
  bench.addEventListener("pointerup", (event) => {
    if (!event.target.closest(LEAVES_THE_KEYBOARD)) return;
    setTimeout(() => stage.focus({ preventScroll: true }));
  });
}
