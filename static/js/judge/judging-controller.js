// The current comparison: opening it, and the effects of actions on it.

import { createConflictPrompt } from "./conflict-prompt.js";
import * as answers from "./state.js";
import { gettext } from "./words.js";

export function createJudgingController({
  store, view, viewer, panels, session, earlierAnswers, drafts, timer, announce, rules, screen, onAnswer, onShow,
}) {
  const conflictPrompt = createConflictPrompt();

  function render() {
    if (!store.answer) return;
    viewer.front(store.answer.active);
    view.render(store.answer, viewer.notReady());
    earlierAnswers.draw();
  }

  // kept: an earlier answer to change; without it a draft is restored. `looked` is a stored key.
  function show({ assignment, kept = null }) {
    const draft = kept ?? drafts.get(assignment.id);
    const clientId = crypto.randomUUID();
    const state = answers.resume(answers.begin(assignment, clientId, rules), draft);
    store.open(assignment, kept ? { ...state, clientId } : state); // a revision is a separate answer
    if (!kept) drafts.put({ ...state, looked: draft?.looked });
    conflictPrompt.begin();
    timer.restart();
    panels.reset();
    view.introduce(assignment);
    viewer.show(assignment, draft?.looked);
    onShow(assignment);
    render();
    announce(assignment.instruction);
  }

  function keep() {
    if (store.answer && !earlierAnswers.isOpen()) drafts.put({ ...store.answer, looked: viewer.kept() });
  }

  // The draft is deleted only when the outbox has stored the answer.
  function finish(send) {
    const { id } = store.answer;
    send();
    drafts.drop(id);
  }

  function reportMissing(parts) {
    const [open] = answers.missing(store.answer);
    if (open?.position !== undefined) store.dispatch({ type: "activate", position: open.position });
    view.showMissing(store.answer, viewer.notReady());
    announce(gettext("Not submitted. Missing: %(what)s", { what: parts.join(", ") }));
  }

  function body() {
    const evidence = { ...viewer.evidence(), ...screen.evidence(), ...conflictPrompt.evidence() };
    return { ...answers.answer(store.answer), active_ms: timer.read(), evidence };
  }

  function submit() {
    if (!store.answer) return;
    const parts = [...view.showMissing(store.answer, viewer.notReady()), ...screen.problems()];
    if (parts.length) {
      reportMissing(parts);
      return;
    }
    const conflict = answers.conflict(store.answer);
    if (conflictPrompt.mustAsk(conflict)) {
      announce(view.question(conflict));
      return;
    }
    const answer = body();
    earlierAnswers.keep(store.assignment, store.answer);
    if (earlierAnswers.isOpen()) earlierAnswers.send(answer);
    else {
      finish(() => session.submit(answer));
      onAnswer();
    }
  }

  // For screen readers, after a key that does not move the focus.
  function announceChange({ type }) {
    if (type === "scoreActive" || type === "move") announce(view.spokenScores(store.answer));
    if (["prefer", "tie", "place", "joinLast"].includes(type)) announce(view.spokenVerdict(store.answer));
  }

  function wait() {
    store.open(null, null);
    view.rest();
    viewer.blank(gettext("The next comparison comes as soon as the server answers."));
  }

  store.subscribe((action) => {
    conflictPrompt.changed(action);
    keep();
    render();
    announceChange(action);
  });
  store.effects({
    show,
    wait,
    submit: () => (store.locked ? earlierAnswers.close() : submit()),
    skip({ reason }) {
      if (store.answer && !earlierAnswers.isOpen()) finish(() => session.skip(reason));
    },
    "pictures-changed": render,
    nudged: keep,
  });
}
