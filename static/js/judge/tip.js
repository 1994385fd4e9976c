// The text of a level or a criterion, above it, on hover (after a moment) and on keyboard focus.

const DELAY_MS = 300;
const GAP = 8;

export function startTips(root, tip) {
  let timer = null;

  // A tool has its name in data-name, and a key; a level has a number and a name.
  function nameOf(anchor) {
    const { name } = anchor.dataset;
    if (!name) return ["b", ".name"].map((part) => anchor.querySelector(part)?.textContent ?? "").join(" ").trim();
    return anchor.ariaKeyShortcuts ? `${name} (${anchor.ariaKeyShortcuts})` : name;
  }

  function show(anchor) {
    tip.textContent = `${nameOf(anchor)}: ${anchor.dataset.tip}`;
    tip.hidden = false;
    const frame = anchor.getBoundingClientRect();
    const left = frame.left + frame.width / 2 - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(GAP, Math.min(innerWidth - tip.offsetWidth - GAP, left))}px`;
    tip.style.top = `${frame.top - tip.offsetHeight - GAP}px`;
  }

  function hide() {
    clearTimeout(timer);
    tip.hidden = true;
  }

  root.addEventListener("pointerover", (event) => {
    const anchor = event.target.closest("[data-tip]");
    if (!anchor || event.pointerType === "touch") return;
    clearTimeout(timer);
    timer = setTimeout(() => show(anchor), tip.hidden ? DELAY_MS : 0);
  });
  root.addEventListener("pointerout", (event) => {
    if (!event.relatedTarget?.closest?.("[data-tip]")) hide();
  });
  root.addEventListener("focusin", (event) => {
    const anchor = event.target.closest("[data-tip]");
    if (anchor && event.target.matches(":focus-visible")) show(anchor);
  });
  root.addEventListener("focusout", hide);
  root.addEventListener("click", hide);
}
