// Practice on worked examples: the same form, and the campaign's answer after each. Nothing is sent.

import { gettext } from "../judge/words.js";

// list: [{assignment, lesson}] from the page.
export function createPractice({ store, session, view, list, lesson: node, announce, toast }) {
  let at = null; // index of the example shown; null: no practice

  function show() {
    const { assignment } = list[at];
    session.visit(assignment);
    // `kept` without an id: nothing is restored, and no draft is kept.
    store.dispatch({ type: "show", assignment, kept: {} });
    view.hint(gettext("Practice %(n)s of %(all)s. Nothing is sent.", { n: at + 1, all: list.length }), leave);
  }

  const leave = Object.assign(document.createElement("button"), {
    type: "button", className: "button compact", textContent: gettext("End the practice"),
  });
  leave.addEventListener("click", end);

  function end() {
    at = null;
    store.lock(false);
    node.hidden = true;
    view.hint("");
    session.goOn();
  }

  function next() {
    store.lock(false);
    node.hidden = true;
    at += 1;
    if (at < list.length) {
      show();
      return;
    }
    toast(gettext("That was the practice. From now on your answers count."));
    end();
  }

  store.effects({
    practise() {
      at = 0;
      show();
    },
  });

  return {
    isOpen: () => at !== null,
    next,
    async answered() {
      store.lock(true);
      try {
        const { fillLesson } = await import("../judge-training/lesson.js");
        const entry = { assignment: store.assignment, state: store.answer };
        fillLesson(node, { entry, lesson: list[at].lesson, onClose: next });
      } catch {
        toast(gettext("The explanation could not be loaded."));
        next();
        return;
      }
      node.hidden = false;
      node.focus();
      announce(gettext("Practice: the campaign's answer, and why."));
    },
  };
}
