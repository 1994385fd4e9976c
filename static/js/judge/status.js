// What the person is told: saved state in the bar, passing words, words for screen readers.

const TOAST_MS = 8_000;
const SIGNED_OUT = "You have been signed out. Your answers are kept and will be sent when you are back.";
const answers = (n) => (n === 1 ? "1 answer is" : `${n} answers are`);

export function createStatus({ saved, toasts, announcer, signIn }) {
  let toldSignedOut = false;
  saved.querySelector("button").addEventListener("click", signIn);

  function toast(text) {
    const node = document.createElement("div");
    node.className = "toast";
    node.append(text);
    toasts.append(node);
    setTimeout(() => node.remove(), TOAST_MS);
  }

  function describe({ waiting, trouble, kept }) {
    if (!waiting) return ["saved", "Saved"];
    const where = kept ? "kept in this browser" : "kept in this tab only: leave it open";
    if (trouble === "offline") return ["kept", `Offline: ${answers(waiting)} ${where}`];
    if (trouble === "signed-out") return ["kept", `Signed out: ${answers(waiting)} ${where}`];
    if (trouble === "forbidden") return ["refused", `Refused: ${answers(waiting)} ${where}`];
    return ["saving", "Saving …"];
  }

  function update(outbox) {
    const [state, text] = describe(outbox);
    saved.dataset.state = state;
    const node = saved.querySelector("[data-text]");
    if (node.textContent !== text) node.textContent = text;
    const out = outbox.waiting > 0 && outbox.trouble === "signed-out";
    saved.querySelector("button").hidden = !out;
    if (out && !toldSignedOut) toast(SIGNED_OUT);
    toldSignedOut = out;
  }

  return {
    update,
    toast,
    announce(text) {
      announcer.textContent = text;
    },
  };
}
