// Starts the judging page and wires its parts; each part has its own module.

import { createApi, refusal } from "./api.js";
import { bindControls, fillHelp } from "./controls.js";
import { createDesk } from "./desk.js";
import { createStorage } from "./drafts.js";
import { labels } from "./keymap.js";
import { listen } from "./keys.js";
import { createOutbox } from "./outbox.js";
import { createPanels } from "./panels.js";
import { createSession } from "./session.js";
import { createStatus } from "./status.js";
import { createTimer } from "./timer.js";
import { startTips } from "./tip.js";
import { createView } from "./view.js";
import { createViewer } from "./viewer.js";

const HEARTBEAT_MS = 60_000;
const IDLE_MS = 240_000;
// By then the work that waited for this page is here, and the farewell of the page before it is in.
const SETTLED_MS = 3_000;
// Longer than two heartbeats: another tab with the same work takes a farewell back.
const FAREWELL_S = 150;
const LOOK_AGAIN_MS = 30_000;
const SURPLUS = "This answer came after its place had gone to somebody else. It is kept as your work.";
const byId = (id) => document.getElementById(id);

const { dataset } = byId("session");
const csrf = () =>
  /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ??
  byId("session").querySelector("[name=csrfmiddlewaretoken]").value;
const api = createApi({ csrf, nextUrl: dataset.nextUrl, assignmentsUrl: dataset.assignmentsUrl });
const storage = createStorage(dataset.user);

// Nothing to judge: send what may still be kept here, and look again while others hold the rest.
function idle(reason) {
  const on = { change() {}, delivered: () => location.reload(), refused() {} };
  createOutbox({ store: storage.outbox, deliver: api.deliver, on }).flush();
  if (reason === "waiting") setTimeout(() => location.reload(), LOOK_AGAIN_MS);
}

function createMail(status, session) {
  const outbox = createOutbox({
    store: storage.outbox,
    deliver: api.deliver,
    on: {
      change: () => status.update(outbox.status),
      delivered(entry, data) {
        if (data?.state === "surplus") status.toast(SURPLUS);
        if (data?.state === "counted") byId("change-last").hidden = !dataset.mayChange;
        session().delivered(data);
      },
      refused(entry, reply) {
        status.toast(`One answer was not taken: ${refusal(reply)}`);
        session().delivered(null);
      },
    },
  });
  return outbox;
}

function keepLeases(session, timer) {
  const keep = () => {
    for (const id of session.held()) api.heartbeat(id).catch(() => {});
  };
  setInterval(() => document.hidden || timer.idleFor() > IDLE_MS || keep(), HEARTBEAT_MS);
  // A closed tab keeps nobody waiting; one that is only loaded again takes the farewell back.
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

async function judge(first) {
  const [bench, stage, label] = [byId("bench"), byId("stage"), await labels()];
  const timer = createTimer();
  const signIn = () => location.assign(`${dataset.loginUrl}?next=${encodeURIComponent(location.pathname)}`);
  const status = createStatus({
    saved: byId("saved"), toasts: byId("toasts"), announcer: byId("announce"), signIn,
  });
  let shown = first;
  const desk = createDesk({
    view: createView({ bench, label }),
    viewer: () => viewer,
    panels: () => panels,
    session: () => session,
    drafts: storage.drafts,
    timer,
    say: status.announce,
    onAnswer: countOneMore,
    onShow(assignment) {
      shown = assignment;
      stage.focus({ preventScroll: true });
    },
  });
  const { dispatch } = desk;
  const viewer = createViewer({
    stage,
    tools: byId("tools"),
    say: status.announce,
    on: { change: desk.render, front: (position) => dispatch({ type: "activate", position }) },
  });
  const onSkip = (reason) => dispatch({ type: "skip", reason });
  const panels = createPanels({ bench, stage, guide: byId("guide"), help: byId("help"), onSkip });
  const outbox = createMail(status, () => session);
  const on = { show: desk.show, waiting: desk.clear, reload: () => location.reload() };
  const session = createSession({ api, outbox, images: viewer, on });

  document.documentElement.classList.add("live");
  stage.tabIndex = 0;
  fillHelp({ rows: byId("help-rows"), first, label });
  bindControls({ bench, dispatch, help: byId("open-help") });
  startTips(bench, byId("tip"));
  listen({ stage, dispatch, hold: viewer.hold, pan: viewer.pan, isOpen: panels.isOpen });
  addEventListener("online", () => outbox.flush());
  status.update(outbox.status);
  session.start(first);
  keepLeases(session, timer);
  outbox.flush();
}

const work = JSON.parse(byId("work").textContent);
if (work.assignment) judge(work.assignment);
else idle(work.reason);
