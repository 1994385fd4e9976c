// Shows the key of each action in <kbd data-action="name">.

// aria-keyshortcuts has the character printed by the key.
const spoken = (label) => label.replace("⌫", "Backspace").replace(" ", "+").replace("−", "-");

export function showHints({ keymap, label, isOn }) {
  document.documentElement.classList.toggle("keys-off", !isOn());
  for (const hint of document.querySelectorAll("kbd[data-action]")) {
    const key = keymap.keyOf(hint.dataset.action);
    const text = key ? label(key) : "";
    if (hint.textContent !== text) hint.textContent = text;
    const control = hint.closest("button, summary, label")?.querySelector("input") ?? hint.closest("button, summary");
    if (control && text && isOn()) control.setAttribute("aria-keyshortcuts", spoken(text));
    else control?.removeAttribute("aria-keyshortcuts");
  }
}
