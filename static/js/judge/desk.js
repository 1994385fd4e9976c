// The comparison in hand: its state, its draft, and what each action does to it.

import { createAsking } from "./asking.js";
import * as answers from "./state.js";
import { gettext } from "./words.js";

// Each of the parts is given as a function: they come to life after the desk. onAnswer(), onShow(assignment):
// for what stands around it. screenLacks(): sentences; empty where this screen will do.
export function createDesk({
  view, viewer, panels, session, past, drafts, timer, say, toast, rules, screen, onAnswer, onShow,
}) {
  let state = null;
  let assignment = null;
  const asking = createAsking();

  function render() {
    if (!state) return;
    viewer().front(state.active);
    view.render(state, viewer().notReady());
    past().draw(state);
  }

  // `kept`: an answer given before, to be changed; else the draft that an earlier visit left.
  function show(next, kept = null) {
    assignment = next;
    const draft = kept ?? drafts.get(next.id);
    const clientId = crypto.randomUUID();
    state = answers.resume(answers.begin(next, clientId, rules), draft);
    if (kept) state = { ...state, clientId }; // a change is an answer of its own
    if (!kept) drafts.put({ ...state, looked: draft?.looked });
    asking.begin();
    timer.restart();
    panels().reset();
    view.introduce(next);
    viewer().show(next, draft?.looked);
    onShow(next);
    render();
    say(next.instruction);
  }

  const keep = () => {
    if (!past().isOpen()) drafts.put({ ...state, looked: viewer().kept() });
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
    view.insist(state, viewer().notReady());
    say(gettext("Not submitted. Left: %(what)s", { what: lacks.join(", ") }));
  }

  function body() {
    const evidence = { ...viewer().evidence(), ...screen.evidence(), ...asking.evidence() };
    return { ...answers.answer(state), active_ms: timer.read(), evidence };
  }

  function submit() {
    if (!state) return;
    const lacks = [...view.insist(state, viewer().notReady()), ...screen.lacks()];
    if (lacks.length) {
      refuseYet(lacks);
      return;
    }
    const conflict = answers.conflict(state);
    if (asking.mustAsk(conflict)) {
      say(view.question(conflict));
      return;
    }
    const answer = body();
    past().keep(assignment, state);
    if (past().isOpen()) past().send(answer);
    else {
      finish(() => session().submit(answer));
      onAnswer();
    }
  }

  const effects = {
    submit: () => (past().isReading() ? past().close() : submit()),
    skip({ reason }) {
      if (state && !past().isOpen()) finish(() => session().skip(reason));
    },
    undo: () => past().open(state?.id),
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
    } else if (state && !past().isReading()) {
      const before = state;
      state = answers.reduce(state, action);
      if (state === before) return;
      asking.changed(action);
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
