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
// By then earlier work is loaded, and the previous page's release has arrived.
const SETTLED_MS = 3_000;
// Longer than two heartbeats, so that another tab with the same work can cancel the release.
const RELEASE_GRACE_S = 150;
const LOOK_AGAIN_MS = 30_000;
const byId = (id) => document.getElementById(id);
const readJson = (id, missing) => (byId(id) ? JSON.parse(byId(id).textContent) : missing);

const { dataset } = byId("session");
const csrf = () =>
  /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ??
  byId("session").querySelector("[name=csrfmiddlewaretoken]").value;
const api = createApi({ csrf, nextUrl: dataset.nextUrl, apiUrl: dataset.apiUrl });
const storage = createStorage(dataset.user);

// Load the page by GET: a reload might send a form again.
const fetchAnew = () => location.replace(location.pathname + location.search);

// Nothing to judge: send stored answers, and reload while others hold the remaining work.
function idle(reason) {
  const on = { change() {}, delivered: fetchAnew, refused() {} };
  createOutbox({ store: storage.outbox, deliver: deliverer(storage.history), on }).flush();
  if (reason === "waiting") setTimeout(fetchAnew, LOOK_AGAIN_MS);
}

// A revision names the judgment it replaces, known from the reply to the first answer.
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
        tabs.post(entry.assignment);
        if (data?.judgment) earlierAnswers().delivered(entry.assignment, data.judgment);
        if (data?.not_counted) status.toast(data.not_counted);
        if (data?.state === "counted") byId("change-last").hidden = !dataset.mayChange;
        // Before the session, which may reload the page.
        if (data?.lesson) earlierAnswers().showLesson(entry.assignment, data.lesson);
        session().delivered(data);
      },
      refused(entry, reply) {
        const answered = reply.status === 409 && entry.kind === "judgment";
        status.toast(answered
          ? gettext("One answer was not taken, for this comparison was answered before, perhaps in another tab.")
          : gettext("One answer was not taken: %(why)s", { why: refusal(reply) }));
        if (entry.kind === "judgment") {
          // Open the refused answer again as a draft.
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
  const reported = new Set();
  const keep = () => {
    for (const id of session.held()) api.heartbeat(id).then((reply) => stopped(id, reply)).catch(() => {});
  };
  // Shown once; the entered answer stays and may still be sent.
  const stopped = (id, { status: code, data }) => {
    // Not for one that was answered meanwhile.
    if (code !== 409 || !session.held().includes(id) || reported.has(data?.detail)) return;
    reported.add(data.detail);
    status.toast(data.detail);
  };
  setInterval(() => document.hidden || timer.idleFor() > IDLE_MS || keep(), HEARTBEAT_MS);
  // Release the work of a closed tab; a reloaded tab cancels the release.
  addEventListener("pagehide", () => {
    for (const id of session.held()) api.releaseOnUnload(id, RELEASE_GRACE_S).catch(() => {});
  });
  addEventListener("pageshow", ({ persisted }) => persisted && keep());
  addEventListener("visibilitychange", () => document.hidden || keep());
  setTimeout(keep, SETTLED_MS);
}

function countOneMore() {
  byId("done-today").textContent = Number(byId("done-today").textContent) + 1;
  byId("progress").value += 1;
}

// Answer rules and the person's preferences, from the server.
const rules = readJson("rules", {});
const preferences = createPreferences({
  initial: readJson("preferences", {}), store: storage.preferences, put: api.put,
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
    announce: status.announce,
    toast: status.toast,
    rules,
    screen,
    onAnswer: countOneMore,
    onShow() {
      view.hint(screen.problems().join(" "));
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
    announce: status.announce,
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
    announce: status.announce,
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
    announce: status.announce,
  });
  if (byId("rank-drag")) view.addRankDrag(createRankDrag(byId("rank-drag"), dispatch));

  document.documentElement.classList.add("live");
  stage.tabIndex = 0;
  const keymap = createKeymap(preferences.value.keys, keyNames);
  const isOn = () => preferences.value.keys_on;
  const hint = () => showHints({ keymap, label: keyNames.label, isOn });
  const help = createHelp({
    dialog: byId("help"), rubric: first.rubric, keymap, keyNames, preferences, onChange: hint, announce: status.announce,
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

const work = readJson("work");
if (work.assignment) judge(work.assignment);
else idle(work.reason);
