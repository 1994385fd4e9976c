// The text of a level or a criterion, above it, on hover (after a moment) and on keyboard focus.

const DELAY_MS = 300;
const GAP = 8;

export function startTips(root, tip) {
  let timer = null;

  function show(anchor) {
    const parts = ["b", ".name"].map((part) => anchor.querySelector(part)?.textContent ?? "");
    tip.textContent = `${parts.join(" ").trim()}: ${anchor.dataset.tip}`;
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
