// The comparison in hand: its state, its draft, and what each action does to it.

import { createConflictPrompt } from "./conflict-prompt.js";
import * as answers from "./state.js";
import { gettext } from "./words.js";

// Each of the parts is given as a function: they are made after the controller. onAnswer(), onShow(assignment):
// for what stands around it. screenLacks(): sentences; empty where this screen will do.
export function createJudgingController({
  view, viewer, panels, session, earlierAnswers, drafts, timer, say, toast, rules, screen, onAnswer, onShow,
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

  // `kept`: an answer given before, to be changed; else the draft that an earlier visit left.
  function show(next, kept = null) {
    assignment = next;
    const draft = kept ?? drafts.get(next.id);
    const clientId = crypto.randomUUID();
    state = answers.resume(answers.begin(next, clientId, rules), draft);
    if (kept) state = { ...state, clientId }; // a change is an answer of its own
    if (!kept) drafts.put({ ...state, looked: draft?.looked });
    conflictPrompt.begin();
    timer.restart();
    panels().reset();
    view.introduce(next);
    viewer().show(next, draft?.looked);
    onShow(next);
    render();
    say(next.instruction);
  }

  const keep = () => {
    if (!earlierAnswers().isOpen()) drafts.put({ ...state, looked: viewer().kept() });
  };

  // Drafts outlive the sending: the outbox has the answer before its draft goes.
  function finish(send) {
    const { id } = state;
    send();
    drafts.drop(id);
  }

  function refuseYet(lacks) {
    const [open] = answers.missing(state);
    if (open?.position !== undefined) dispatch({ type: "activate", position: open.position });
    view.showMissing(state, viewer().notReady());
    say(gettext("Not submitted. Left: %(what)s", { what: lacks.join(", ") }));
  }

  function body() {
    const evidence = { ...viewer().evidence(), ...screen.evidence(), ...conflictPrompt.evidence() };
    return { ...answers.answer(state), active_ms: timer.read(), evidence };
  }

  function submit() {
    if (!state) return;
    const lacks = [...view.showMissing(state, viewer().notReady()), ...screen.lacks()];
    if (lacks.length) {
      refuseYet(lacks);
      return;
    }
    const conflict = answers.conflict(state);
    if (conflictPrompt.mustAsk(conflict)) {
      say(view.question(conflict));
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
      spoken(action);
    }
  }

  // What a screen reader says after a key that moved no focus.
  function spoken({ type }) {
    if (type === "scoreActive" || type === "move") say(view.spokenScores(state));
    if (["prefer", "tie", "place", "joinLast"].includes(type)) say(view.spokenVerdict(state));
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
