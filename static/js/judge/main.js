// The judging page: wires the parts together.

import { createApi, refusal } from "./api.js";
import { watchBreaks } from "./breaks.js";
import { bindControls } from "./controls.js";
import { createJudgingController } from "./judging-controller.js";
import { createStorage } from "./drafts.js";
import { createHelp } from "./help.js";
import { showHints } from "./hints.js";
import { createKeymap } from "./keymap.js";
import { createKeyNames, readLayout } from "./keynames.js";
import { listen } from "./keys.js";
import { createMarks } from "./marks.js";
import { createOutbox } from "./outbox.js";
import { createPanels } from "./panels.js";
import { createEarlierAnswers } from "./earlier-answers.js";
import { createRankDrag } from "./rank-drag.js";
import { createPreferences } from "./preferences.js";
import { keepKeyboard } from "./press.js";
import { createScreen } from "./screen.js";
import { createSession } from "./session.js";
import { createStatus } from "./status.js";
import { listenToTabs } from "./tabs.js";
import { createTimer } from "./timer.js";
import { startTips } from "./tip.js";
import { createView } from "./view.js";
import { createViewer } from "./viewer.js";
import { gettext } from "./words.js";

const HEARTBEAT_MS = 60_000;
const IDLE_MS = 240_000;
// By then the work that waited for this page is here, and the release by the page before it is in.
const SETTLED_MS = 3_000;
// Longer than two heartbeats: another tab with the same work takes the release back.
const FAREWELL_S = 150;
const LOOK_AGAIN_MS = 30_000;
const byId = (id) => document.getElementById(id);
const given = (id, missing) => (byId(id) ? JSON.parse(byId(id).textContent) : missing);

const { dataset } = byId("session");
const csrf = () =>
  /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ??
  byId("session").querySelector("[name=csrfmiddlewaretoken]").value;
const api = createApi({ csrf, nextUrl: dataset.nextUrl, apiUrl: dataset.apiUrl });
const storage = createStorage(dataset.user);

// The page anew, by GET: it may be the answer to a form, which a reload would send again.
const fetchAnew = () => location.replace(location.pathname + location.search);

// Nothing to judge: send what may still be kept here, and look again while others hold the rest.
function idle(reason) {
  const on = { change() {}, delivered: fetchAnew, refused() {} };
  createOutbox({ store: storage.outbox, deliver: deliverer(storage.history), on }).flush();
  if (reason === "waiting") setTimeout(fetchAnew, LOOK_AGAIN_MS);
}

// A changed answer names the judgment that it replaces, which the first answer's reply has told.
const deliverer = (history) => (entry) => {
  if (entry.kind !== "revision") return api.deliver(entry);
  const judgment = history.of(entry.assignment)?.judgment;
  if (judgment) return api.revise(judgment, entry.body);
  const detail = gettext("The answer it was to change is not on record.");
  return Promise.resolve({ status: 404, data: { detail } });
};

function createOutboxHandlers({ status, session, earlierAnswers, tabs }) {
  const outbox = createOutbox({
    store: storage.outbox,
    deliver: deliverer(storage.history),
    on: {
      change: () => status.update(outbox.status),
      delivered(entry, data) {
        tabs.tell(entry.assignment);
        if (data?.judgment) earlierAnswers().delivered(entry.assignment, data.judgment);
        if (data?.not_counted) status.toast(data.not_counted);
        if (data?.state === "counted") byId("change-last").hidden = !dataset.mayChange;
        // First: where nothing else is left, the session loads the page anew.
        if (data?.lesson) earlierAnswers().teach(entry.assignment, data.lesson);
        session().delivered(data);
      },
      refused(entry, reply) {
        const answered = reply.status === 409 && entry.kind === "judgment";
        status.toast(answered
          ? gettext("One answer was not taken, for this comparison was answered before, perhaps in another tab.")
          : gettext("One answer was not taken: %(why)s", { why: refusal(reply) }));
        if (entry.kind === "judgment") {
          // What the server could not take is still to be answered, from where it was left.
          const answer = earlierAnswers().forget(entry.assignment);
          if (reply.status === 400 && answer) {
            storage.drafts.put(answer);
            session().reopen(entry.assignment);
          }
        }
        session().delivered(null);
      },
    },
  });
  return outbox;
}

function keepLeases(session, timer, status) {
  const said = new Set();
  const keep = () => {
    for (const id of session.held()) api.heartbeat(id).then((reply) => stopped(id, reply)).catch(() => {});
  };
  // Said once, beside the comparison that is open: what is entered stays, and may still be sent.
  const stopped = (id, { status: code, data }) => {
    // One that was answered meanwhile is over for a better reason.
    if (code !== 409 || !session.held().includes(id) || said.has(data?.detail)) return;
    said.add(data.detail);
    status.toast(data.detail);
  };
  setInterval(() => document.hidden || timer.idleFor() > IDLE_MS || keep(), HEARTBEAT_MS);
  // A closed tab keeps nobody waiting; one that is only loaded again takes the release back.
  addEventListener("pagehide", () => {
    for (const id of session.held()) api.leave(id, FAREWELL_S).catch(() => {});
  });
  addEventListener("pageshow", ({ persisted }) => persisted && keep());
  addEventListener("visibilitychange", () => document.hidden || keep());
  setTimeout(keep, SETTLED_MS);
}

function countOneMore() {
  byId("done-today").textContent = Number(byId("done-today").textContent) + 1;
  byId("progress").value += 1;
}

// What an answer may hold, how this person works: from the server, fixed while the page is open.
const rules = given("rules", {});
const preferences = createPreferences({
  given: given("preferences", {}), store: storage.preferences, put: api.put,
});

async function judge(first) {
  const [bench, stage] = [byId("bench"), byId("stage")];
  const keyNames = await createKeyNames({ store: storage.keyNames, readLayout });
  const timer = createTimer();
  const signIn = () => location.assign(`${dataset.loginUrl}?next=${encodeURIComponent(location.pathname)}`);
  const status = createStatus({
    saved: byId("saved"), toasts: byId("toasts"), announcer: byId("announce"), signIn,
  });
  const view = createView({ bench });
  const screen = createScreen(rules, () => viewer.paneSize());
  const controller = createJudgingController({
    view,
    viewer: () => viewer,
    panels: () => panels,
    session: () => session,
    earlierAnswers: () => earlierAnswers,
    drafts: storage.drafts,
    timer,
    say: status.announce,
    toast: status.toast,
    rules,
    screen,
    onAnswer: countOneMore,
    onShow() {
      view.hint(screen.lacks().join(" "));
      marks.renew();
      stage.focus({ preventScroll: true });
    },
  });
  const { dispatch } = controller;
  const viewer = createViewer({
    stage,
    tools: byId("tools"),
    preferences: preferences.value,
    rules,
    say: status.announce,
    on: {
      keep: (on) => preferences.change({ keep_zoom: on }),
      change: controller.render,
      kept: controller.keep,
      front: (position) => dispatch({ type: "activate", position }),
    },
  });
  const tabs = listenToTabs(dataset.user, (id) => {
    if (!session.answeredElsewhere(id)) return;
    status.toast(gettext("You answered this one in another tab. Here is the next."));
  });
  const outbox = createOutboxHandlers({ status, session: () => session, earlierAnswers: () => earlierAnswers, tabs });
  const on = {
    show: controller.show,
    waiting: controller.clear,
    reload: fetchAnew,
    revisit: (assignment) => earlierAnswers.show(assignment),
  };
  const session = createSession({ api, outbox, viewer, on });
  const earlierAnswers = createEarlierAnswers({
    history: storage.history,
    outbox,
    session: () => session,
    controller: () => controller,
    view,
    button: byId("undo"),
    lesson: byId("explained"),
    mayChange: Boolean(dataset.mayChange),
    say: status.announce,
  });
  const panels = createPanels({
    bench,
    stage,
    guide: byId("guide"),
    help: byId("help"),
    onSkip: (reason) => dispatch({ type: "skip", reason }),
    onReport: (reason) => report(status, controller.assignment, reason),
  });
  const marks = createMarks({
    stage,
    list: byId("defects"),
    panel: byId("marks-panel"),
    viewer: () => viewer,
    controller: () => controller,
    say: status.announce,
  });
  if (byId("rank-drag")) view.addRankDrag(createRankDrag(byId("rank-drag"), dispatch));

  document.documentElement.classList.add("live");
  stage.tabIndex = 0;
  const keymap = createKeymap(preferences.value.keys, keyNames);
  const isOn = () => preferences.value.keys_on;
  const hint = () => showHints({ keymap, label: keyNames.label, isOn });
  const help = createHelp({
    dialog: byId("help"), rubric: first.rubric, keymap, keyNames, preferences, onChange: hint, say: status.announce,
  });
  keyNames.whenChanged(() => [hint(), help.render()]);
  addEventListener("focus", keyNames.refresh);
  hint();
  bindControls({ bench, dispatch, help: byId("open-help") });
  keepKeyboard(stage);
  startTips(bench, byId("tip"));
  listen({ stage, keymap, dispatch, viewer, isOpen: panels.isOpen, isOn });
  watchBreaks({ minutes: () => preferences.value.break_minutes, idleFor: timer.idleFor, show: view.pause });
  addEventListener("online", () => outbox.flush());
  status.update(outbox.status);
  session.start(first);
  keepLeases(session, timer, status);
  outbox.flush();
}

async function report(status, assignment, reason) {
  const failed = gettext("The report could not be sent. Try again when you are online.");
  try {
    const reply = await api.report(assignment.id, reason);
    status.toast(reply.status < 300 ? gettext("Reported. Thank you; the lead will look at it.") : failed);
  } catch {
    status.toast(failed);
  }
}

const work = given("work");
if (work.assignment) judge(work.assignment);
else idle(work.reason);
