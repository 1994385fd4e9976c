// The current comparison: opening it, and the effects of actions on it.

import { createConflictPrompt } from "./conflict-prompt.js";
import * as answers from "./state.js";
import { gettext, ngettext } from "./words.js";

// Why no comparison is shown.
function waitingFor({ trouble, waiting }) {
  if (trouble === "signed-out") return gettext("You are signed out. Sign in, at the top, to get the next comparison.");
  if (trouble === "offline" || !navigator.onLine) {
    return ngettext(
      "No connection. %(n)s answer is kept here; the next comparison comes when the connection is back.",
      "No connection. %(n)s answers are kept here; the next comparison comes when the connection is back.",
      waiting,
    );
  }
  return gettext("The next comparison comes as soon as the server answers.");
}

export function createJudgingController({
  store, view, viewer, panels, session, earlierAnswers, drafts, timer, announce, rules, screen, onAnswer, onShow, outbox, status, practice,
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
    const state = answers.resume(answers.begin(assignment, clientId, rules()), draft);
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

  // An earlier answer or the practice is shown.
  const isVisiting = () => earlierAnswers.isOpen() || practice.isOpen();

  function keep() {
    if (store.answer && !isVisiting()) drafts.put({ ...store.answer, looked: viewer.kept() });
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
    const doubts = { verdict: answers.conflict(store.answer), criteria: answers.flaggedTop(store.answer) };
    if (conflictPrompt.mustAsk(doubts)) {
      announce(view.question(doubts));
      return;
    }
    if (practice.isOpen()) {
      practice.answered();
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
  function announceChange({ type }, before) {
    if (type === "scoreActive") announce(view.spokenScores(store.answer, before.active));
    if (type === "move") announce(view.spokenScores(store.answer, store.answer.active));
    if (["prefer", "tie", "place", "joinLast"].includes(type)) announce(view.spokenVerdict(store.answer));
  }

  function wait() {
    store.open(null, null);
    view.rest();
    viewer.blank(waitingFor(outbox.status));
  }

  store.subscribe((action, before) => {
    conflictPrompt.changed(action);
    keep();
    render();
    announceChange(action, before);
  });
  store.effects({
    "outbox-changed"() {
      status.update(outbox.status);
      if (!store.answer) viewer.explainBlank(waitingFor(outbox.status));
    },
    show,
    wait,
    submit() {
      if (!store.locked) submit();
      else if (practice.isOpen()) practice.next();
      else earlierAnswers.close();
    },
    skip({ reason }) {
      if (store.answer && !isVisiting()) finish(() => session.skip(reason));
    },
    "pictures-changed": render,
    nudged: keep,
  });
}
