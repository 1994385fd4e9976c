// Event handlers of the controls, bound once for all comparisons.

// The action of a button, from its data attributes; null if it is bound elsewhere.
function pressed({ id, dataset }, { shiftKey, detail }) {
  if (dataset.prefer) {
    const tied = shiftKey || "tied" in dataset;
    return { type: "prefer", position: Number(dataset.prefer), tied };
  }
  if (dataset.flag) {
    const { dimension: slug, position, flag } = dataset;
    return { type: "flag", slug, position: Number(position), criterion: Number(flag), stays: detail > 0 };
  }
  if (dataset.reason) return { type: "reason", text: dataset.reason };
  if (dataset.strength) return { type: "strength", value: Number(dataset.strength) };
  if (id === "alone") return { type: "alone" };
  return id === "flagged" ? { type: "flagged" } : null;
}

// Levels, ties and the reason why nothing can be judged.
function bindChoices(bench, dispatch) {
  // A press outlines its edit at once. The following click keeps the outline, since Tab may have
  // moved it before the button was released.
  let underPress = null;
  bench.addEventListener("mousedown", ({ button, target }) => {
    underPress = button === 0 ? target.closest(".level, .flag") : null;
    if (!underPress) return;
    const { position } = (underPress.closest(".scale") ?? underPress).dataset;
    dispatch({ type: "activate", position: Number(position) });
  });
  bench.addEventListener("change", ({ target }) => {
    const scale = target.closest(".scale");
    if (scale) {
      const { dimension: slug, position } = scale.dataset;
      const stays = Boolean(underPress?.contains(target));
      underPress = null;
      dispatch({ type: "score", slug, position: Number(position), value: Number(target.value), stays });
    } else if (target.name === "tie_kind") {
      dispatch({ type: "tie", kind: target.value });
    } else if (target.name === "cannot_judge") {
      dispatch({ type: "cannot", reason: target.value });
    }
  });
}

export function bindControls({ bench, dispatch, help }) {
  const submit = () => dispatch({ type: "submit" });
  bench.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  bindChoices(bench, dispatch);
  bench.addEventListener("input", ({ target }) => {
    if (target.name === "note") dispatch({ type: "note", text: target.value });
  });
  bench.addEventListener("click", (event) => {
    const { target } = event;
    const label = target.tagName === "INPUT" ? null : target.closest(".level, .tie");
    if (label) {
      event.preventDefault(); // a label would focus its input
      label.querySelector("input").click();
    }
    const button = target.closest("button");
    const action = button && pressed(button, event);
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
  bench.querySelector("#anyway").addEventListener("click", () => bench.classList.add("anyway"));
  help.addEventListener("click", () => dispatch({ type: "help" }));
}
