// The comparison in hand: its state, its draft, and what each action does to it.

import * as answers from "./state.js";

export function createDesk({ view, viewer, panels, session, drafts, timer, say, onAnswer, onShow }) {
  let state = null;

  const render = () => {
    if (!state) return;
    viewer().front(state.active);
    view.render(state, viewer().notReady());
  };

  function show(assignment) {
    const draft = drafts.get(assignment.id);
    state = answers.resume(answers.begin(assignment, crypto.randomUUID()), draft);
    drafts.put(state);
    timer.restart();
    panels().reset();
    view.introduce(assignment);
    onShow(assignment);
    viewer().show(assignment);
    render();
    say(assignment.instruction);
  }

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
    say(`Not submitted. Left: ${lacks.join(", ")}`);
  }

  const effects = {
    submit() {
      if (!state) return;
      const lacks = view.insist(state, viewer().notReady());
      if (lacks.length) {
        refuseYet(lacks);
        return;
      }
      const body = { ...answers.answer(state), active_ms: timer.read(), evidence: viewer().evidence() };
      finish(() => session().submit(body));
      onAnswer();
    },
    skip: ({ reason }) => state && finish(() => session().skip(reason)),
    open: ({ panel }) => panels().open(panel),
    guide: () => panels().toggleGuide(),
    help: () => panels().showHelp(),
    view: ({ tool }) => viewer().choose(tool),
  };

  function dispatch(action) {
    if (effects[action.type]) {
      effects[action.type](action);
    } else if (state) {
      state = answers.reduce(state, action);
      drafts.put(state);
      render();
    }
  }

  return {
    dispatch,
    show,
    render,
    clear() {
      state = null;
      view.rest();
      viewer().blank("The next comparison comes as soon as the server answers.");
    },
  };
}
