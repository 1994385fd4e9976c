// Panels opened by a key and closed by Escape; the focus returns to the pictures.

import { digitOf } from "./keynames.js";

export function createPanels({ bench, guide, help, stage, store }) {
  const asides = Object.fromEntries(
    ["skip", "cannot", "note", "marks", "report"].map((name) => [name, bench.querySelector(`#${name}-panel`)]),
  );
  const all = [...Object.values(asides), guide];
  const back = () => stage.focus({ preventScroll: true });
  const nameOf = (panel) => Object.keys(asides).find((name) => asides[name] === panel);

  function close(panel) {
    panel.open = false;
    back();
  }

  function open(name) {
    for (const panel of all) panel.open = panel === asides[name];
    if (name === "marks") {
      back(); // its keys need the focus on the pictures
      return;
    }
    const first = asides[name].querySelector("input, textarea");
    (asides[name].querySelector("input:checked") ?? first).focus();
  }

  function toggleGuide() {
    guide.open = !guide.open;
    if (guide.open) guide.querySelector(".guide-panel").focus();
    else back();
  }

  // Digits choose a reason; Enter confirms.
  function onKey(name, event) {
    const reasons = [...asides[name].querySelectorAll("input[type=radio]:not([value=''])")];
    const reason = reasons[digitOf(event) - 1];
    if (reason) {
      reason.click();
      reason.focus();
      return true;
    }
    if (event.key !== "Enter" || event.target.closest("summary, button, textarea")) return false;
    if (name === "skip") skip();
    else if (name === "report") report();
    else close(asides[name]);
    return true;
  }

  function skip() {
    const chosen = asides.skip.querySelector("input:checked");
    if (chosen) store.dispatch({ type: "skip", reason: chosen.value });
    else asides.skip.querySelector("input").focus();
  }

  function report() {
    const chosen = asides.report.querySelector("input:checked");
    if (!chosen) {
      asides.report.querySelector("input").focus();
      return;
    }
    close(asides.report);
    store.dispatch({ type: "report", reason: chosen.value });
  }

  function onPanelKeydown(event) {
    const panel = all.find((one) => one.open && one.contains(event.target));
    if (!panel) return;
    const name = nameOf(panel);
    if (event.isComposing) return; // an input method uses Escape and Enter itself
    if (event.key === "Escape") {
      event.preventDefault();
      close(panel);
    } else if (["skip", "cannot", "report"].includes(name) && onKey(name, event)) {
      event.preventDefault();
    }
  }

  document.addEventListener("keydown", onPanelKeydown);
  // Same focus behaviour by pointer as by key.
  for (const panel of all) {
    panel.querySelector("summary").addEventListener("click", (event) => {
      if (!event.detail) return;
      event.preventDefault();
      if (panel.open) close(panel);
      else if (panel === guide) toggleGuide();
      else open(nameOf(panel));
    });
  }
  bench.querySelector("#skip").addEventListener("click", (event) => {
    event.preventDefault();
    skip();
  });
  bench.querySelector("#report").addEventListener("click", report);
  document.addEventListener("pointerdown", (event) => {
    for (const panel of all) {
      // Marks are drawn on the pictures: a click there must not close their panel.
      const stays = panel === asides.marks && stage.contains(event.target);
      if (panel.open && !stays && !panel.contains(event.target)) panel.open = false;
    }
  });
  // Escape on the pictures moves the focus to the toolbar, where Tab has its usual meaning.
  stage.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (bench.classList.contains("alone")) {
      store.dispatch({ type: "alone" });
      return;
    }
    const opened = all.find((panel) => panel.open);
    if (opened) opened.open = false;
    else bench.querySelector("#tools button").focus();
  });
  help.addEventListener("close", back);

  store.effects({
    open: ({ panel }) => open(panel),
    mark: () => open("marks"),
    guide: toggleGuide,
    help: () => help.showModal(),
  });

  return {
    // An open panel gets the keys. The guide may stay open.
    isOpen: () =>
      document.querySelector("dialog[open]") !== null || Object.entries(asides).some(([name, panel]) => panel.open && name !== "marks"),
    reset() {
      for (const panel of Object.values(asides)) panel.open = false;
      for (const panel of [asides.skip, asides.report]) {
        for (const input of panel.querySelectorAll("input")) input.checked = false;
      }
    },
  };
}
