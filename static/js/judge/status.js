// What the person is told: saved state in the bar, passing words, words for screen readers.

const TOAST_MS = 8_000;
const answers = (n) => (n === 1 ? "1 answer is" : `${n} answers are`);

export function createStatus({ saved, toasts, announcer, signIn }) {
  let toldSignedOut = false;

  function toast(text, link) {
    const node = document.createElement("div");
    node.className = "toast";
    node.append(text);
    if (link) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = link.text;
      button.addEventListener("click", link.act);
      node.append(button);
    }
    toasts.append(node);
    if (!link) setTimeout(() => node.remove(), TOAST_MS);
    return node;
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
    if (outbox.trouble === "signed-out" && !toldSignedOut) {
      toldSignedOut = true;
      toast("You have been signed out. Your answers are kept and will be sent when you are back.", {
        text: "Sign in",
        act: signIn,
      });
    }
    if (!outbox.trouble && toldSignedOut) {
      toldSignedOut = false;
      toasts.replaceChildren();
    }
  }

  return {
    update,
    toast,
    announce(text) {
      announcer.textContent = text;
    },
  };
}
