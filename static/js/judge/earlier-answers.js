// Open earlier answers again for a change, and explain training answers.

import { answer } from "./state.js";
import { gettext } from "./words.js";

// history: drafts.js. mayChange: whether the campaign lets people change their answers.
export function createEarlierAnswers({
  store, history, outbox, session, view, button, lesson, mayChange, announce, toast,
}) {
  let open = null; // the entry shown

  const leave = Object.assign(document.createElement("button"), {
    type: "button", className: "button compact", textContent: gettext("Leave it as it was"),
  });
  leave.addEventListener("click", close);
  button.addEventListener("click", () => store.dispatch({ type: "undo" }));

  function before(id) {
    const all = history.all();
    const at = open ? all.findIndex(({ assignment }) => assignment.id === id) : all.length;
    return all[(at === -1 ? all.length : at) - 1] ?? null;
  }

  function openBefore() {
    if (store.locked || store.assignment?.practice) return;
    const entry = before(store.answer?.id);
    if (!entry) toast(gettext("There is no earlier answer to go back to in this browser."));
    else if (!mayChange && !outbox.has(entry.assignment.id)) {
      toast(gettext("This campaign does not let answers be changed once they are sent."));
    } else if (!visit(entry)) {
      toast(gettext("The answer before has another form. Open it from My judgments."));
    }
  }

  function visit(entry) {
    const previous = open;
    open = entry;
    if (session.revisit(entry.assignment)) return true;
    open = previous;
    return false;
  }

  // The session shows the pictures again.
  function show({ assignment }) {
    store.dispatch({ type: "show", assignment, kept: { ...open.state, active: 0 } });
    if (store.locked) return;
    view.hint(gettext("An earlier answer is open. Submit what you change."), leave);
    announce(gettext("An earlier answer is open."));
  }

  function close() {
    open = null;
    store.lock(false);
    lesson.hidden = true;
    view.hint("");
    session.goOn();
  }

  const unchanged = (body) => {
    const old = answer(open.state);
    const parts = ({ scores, verdict, cannot_judge: cannot, note, remarks }) =>
      JSON.stringify([scores, verdict, cannot, note, remarks]);
    return parts(old) === parts(body);
  };

  // Replaces an answer that is not sent yet, else queues a revision after it.
  function send(body) {
    const { id } = open.assignment;
    if (!unchanged(body) && !outbox.replace(id, body)) {
      outbox.add({ kind: "revision", assignment: id, body, at: Date.now() });
    }
    close();
  }

  function showLesson(id, answered) {
    const entry = history.of(id);
    if (!entry || open) return;
    store.lock(true);
    if (!visit(entry)) {
      store.lock(false);
      return;
    }
    explain(entry, answered);
  }

  // Loaded on demand: only training has lessons.
  async function explain(entry, answered) {
    try {
      const { fillLesson } = await import("../judge-training/lesson.js");
      fillLesson(lesson, { entry, lesson: answered, onClose: close });
    } catch {
      toast(gettext("The explanation could not be loaded."));
      close();
      return;
    }
    lesson.hidden = false;
    lesson.focus();
    announce(gettext("Training: the campaign's answer, and why."));
  }

  store.effects({ undo: openBefore, revisited: show });

  return {
    close,
    send,
    showLesson,
    isOpen: () => open !== null,
    keep(assignment, state) {
      const { dimensions: _, ...kept } = state;
      if (open) history.change(assignment.id, { state: kept });
      else history.put({ assignment, state: kept, judgment: null, at: Date.now() });
    },
    draw: () => (button.disabled = history.all().length === 0),
    delivered: (id, judgment) => history.change(id, { judgment }),
    // Returns the state of the removed answer.
    forget(id) {
      const state = history.of(id)?.state ?? null;
      history.drop(id);
      return state;
    },
  };
}
