// The current comparison: its state, its draft, and the effect of each action.

import { createConflictPrompt } from "./conflict-prompt.js";
import * as answers from "./state.js";
import { gettext } from "./words.js";

// Parts that are created after the controller are passed as functions.
export function createJudgingController({
  view, viewer, panels, session, earlierAnswers, drafts, timer, announce, toast, rules, screen, onAnswer, onShow,
}) {
  let state = null;
  let assignment = null;
  const conflictPrompt = createConflictPrompt();

  function render() {
    if (!state) return;
    viewer().front(state.active);
    view.render(state, viewer().notReady());
    earlierAnswers().draw(state);
  }

  // kept: an earlier answer to change; without it a draft is restored. `looked` is a stored key.
  function show(next, kept = null) {
    assignment = next;
    const draft = kept ?? drafts.get(next.id);
    const clientId = crypto.randomUUID();
    state = answers.resume(answers.begin(next, clientId, rules), draft);
    if (kept) state = { ...state, clientId }; // a revision is a separate answer
    if (!kept) drafts.put({ ...state, looked: draft?.looked });
    conflictPrompt.begin();
    timer.restart();
    panels().reset();
    view.introduce(next);
    viewer().show(next, draft?.looked);
    onShow(next);
    render();
    announce(next.instruction);
  }

  const keep = () => {
    if (!earlierAnswers().isOpen()) drafts.put({ ...state, looked: viewer().kept() });
  };

  // The draft is deleted only when the outbox has stored the answer.
  function finish(send) {
    const { id } = state;
    send();
    drafts.drop(id);
  }

  function reportMissing(parts) {
    const [open] = answers.missing(state);
    if (open?.position !== undefined) dispatch({ type: "activate", position: open.position });
    view.showMissing(state, viewer().notReady());
    announce(gettext("Not submitted. Left: %(what)s", { what: parts.join(", ") }));
  }

  function body() {
    const evidence = { ...viewer().evidence(), ...screen.evidence(), ...conflictPrompt.evidence() };
    return { ...answers.answer(state), active_ms: timer.read(), evidence };
  }

  function submit() {
    if (!state) return;
    const parts = [...view.showMissing(state, viewer().notReady()), ...screen.problems()];
    if (parts.length) {
      reportMissing(parts);
      return;
    }
    const conflict = answers.conflict(state);
    if (conflictPrompt.mustAsk(conflict)) {
      announce(view.question(conflict));
      return;
    }
    const answer = body();
    earlierAnswers().keep(assignment, state);
    if (earlierAnswers().isOpen()) earlierAnswers().send(answer);
    else {
      finish(() => session().submit(answer));
      onAnswer();
    }
  }

  const effects = {
    submit: () => (earlierAnswers().isReading() ? earlierAnswers().close() : submit()),
    skip({ reason }) {
      if (state && !earlierAnswers().isOpen()) finish(() => session().skip(reason));
    },
    undo: () => earlierAnswers().open(state?.id),
    open: ({ panel }) => panels().open(panel),
    mark: () => panels().open("marks"),
    guide: () => panels().toggleGuide(),
    help: () => panels().showHelp(),
    view: ({ tool }) => viewer().choose(tool),
    nudge: ({ x, y }) => viewer().nudge(x, y),
  };

  function dispatch(action) {
    if (effects[action.type]) {
      effects[action.type](action);
    } else if (state && !earlierAnswers().isReading()) {
      const before = state;
      state = answers.reduce(state, action);
      if (state === before) return;
      conflictPrompt.changed(action);
      keep();
      render();
      announceChange(action);
    }
  }

  // For screen readers, after a key that does not move the focus.
  function announceChange({ type }) {
    if (type === "scoreActive" || type === "move") announce(view.spokenScores(state));
    if (["prefer", "tie", "place", "joinLast"].includes(type)) announce(view.spokenVerdict(state));
  }

  return {
    dispatch,
    show,
    render,
    keep: () => state && keep(),
    toast,
    get state() {
      return state;
    },
    get assignment() {
      return assignment;
    },
    clear() {
      [state, assignment] = [null, null];
      view.rest();
      viewer().blank(gettext("The next comparison comes as soon as the server answers."));
    },
  };
}
