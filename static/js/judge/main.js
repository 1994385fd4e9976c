// The judging page: makes its parts and connects them to the store.

import { createApi } from "./api.js";
import { watchBreaks } from "./breaks.js";
import { bindRest } from "./rest.js";
import { bindControls } from "./controls.js";
import { createDelivery, deliveryEffects } from "./delivery.js";
import { createStorage } from "./drafts.js";
import { createEarlierAnswers } from "./earlier-answers.js";
import { createHelp } from "./help.js";
import { showHints } from "./hints.js";
import { createJudgingController } from "./judging-controller.js";
import { createKeymap } from "./keymap.js";
import { createKeyNames, readLayout } from "./keynames.js";
import { listen } from "./keys.js";
import { keepLeases } from "./leases.js";
import { createMarks } from "./marks.js";
import { createPanels } from "./panels.js";
import { createPreferences } from "./preferences.js";
import { keepKeyboard } from "./press.js";
import { createScreen } from "./screen.js";
import { createSession } from "./session.js";
import { reduce } from "./state.js";
import { createStatus } from "./status.js";
import { createStore } from "./store.js";
import { listenToTabs } from "./tabs.js";
import { createTimer } from "./timer.js";
import { startTips } from "./tip.js";
import { createToday } from "./today.js";
import { createView } from "./view.js";
import { createViewer } from "./viewer.js";
import { bindWelcome } from "./welcome.js";
import { gettext } from "./words.js";

const LOOK_AGAIN_MS = 30_000;
const byId = (id) => document.getElementById(id);
const readJson = (id, missing) => (byId(id) ? JSON.parse(byId(id).textContent) : missing);

const { dataset } = byId("session");
const csrf = () =>
  /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ??
  byId("session").querySelector("[name=csrfmiddlewaretoken]").value;
const examples = readJson("practice", []);
// Pages without worked examples do not load it.
const { createPractice } = examples.length
  ? await import("../judge-practice/practice.js") : { createPractice: () => ({ isOpen: () => false }) };
const preview = "preview" in dataset ? await import("../judge-preview/preview.js") : null;
const decides = "decides" in dataset ? await import("../adjudication/one-at-a-time.js") : null;
const requests = createApi({ csrf, nextUrl: dataset.nextUrl, apiUrl: dataset.apiUrl });
const api = preview?.createPreviewApi() ?? decides?.oneAtATime(requests) ?? requests;
const storage = createStorage(dataset.user);
// Answer rules and the person's preferences, from the server.
const rules = readJson("rules", {});
const preferences = createPreferences({
  initial: readJson("preferences", {}), store: storage.preferences, put: api.put,
});

// Load the page by GET: a reload might send a form again.
const fetchAnew = () => location.replace(location.pathname + location.search);

// Answers of this campaign that the server has not counted yet.
const isOwnAnswer = ({ kind, campaign }) => kind === "judgment" && campaign === dataset.nextUrl;

// Nothing to judge: send stored answers, and reload while others hold the remaining work.
function idle(reason) {
  const dispatch = ({ type }) => type === "sent" && fetchAnew();
  createDelivery({ api, storage, dispatch }).flush();
  if (reason === "waiting") setTimeout(fetchAnew, LOOK_AGAIN_MS);
}

async function report(status, { id }, reason) {
  const failed = gettext("The report could not be sent. Try again when you are online.");
  try {
    const reply = await api.report(id, reason);
    status.toast(reply.status < 300 ? gettext("Reported. Thank you; the lead will look at it.") : failed);
  } catch {
    status.toast(failed);
  }
}

// Only pages with three or four edits load it.
async function addRankDrag(view, dispatch) {
  const { createRankDrag } = await import("../judge-ranking/rank-drag.js");
  view.addRankDrag(createRankDrag(byId("rank-drag"), dispatch));
  dispatch({ type: "pictures-changed" });
}

function toggleAlone(bench, toast) {
  const alone = document.documentElement.classList.toggle("alone");
  bench.classList.toggle("alone", alone);
  if (alone && !toggleAlone.explained) toast(gettext("The pictures alone. The same key, or Escape, shows the rest again."));
  toggleAlone.explained = true;
}

function cycleSurround(bench, announce) {
  const all = ["mid", "dark", "light"];
  const surround = all[(all.indexOf(bench.dataset.surround) + 1) % all.length];
  bench.dataset.surround = surround;
  preferences.change({ surround });
  const names = { dark: gettext("dark"), mid: gettext("middle grey"), light: gettext("light") };
  announce(gettext("Around the pictures: %(surround)s", { surround: names[surround] }));
}

// What the person sees and hears; nothing here knows the queue of comparisons.
function createSurface(store) {
  const { dispatch } = store;
  const [bench, stage] = [byId("bench"), byId("stage")];
  const signIn = () => location.assign(`${dataset.loginUrl}?next=${encodeURIComponent(location.pathname)}`);
  const status = createStatus({
    saved: byId("saved"), toasts: byId("toasts"), announcer: byId("announce"), signIn,
  });
  const { announce, toast } = status;
  const view = createView({ bench });
  const viewer = createViewer({
    stage, tools: byId("tools"), preferences: preferences.value, rules, announce, dispatch,
  });
  const panels = createPanels({ bench, stage, guide: byId("guide"), help: byId("help"), store });
  const marks = createMarks({
    stage, list: byId("defects"), panel: byId("marks-panel"), viewer, store, announce,
  });
  if (byId("rank-drag")) addRankDrag(view, dispatch);
  store.effects({
    view: ({ tool }) => viewer.choose(tool),
    nudge: ({ x, y }) => viewer.nudge(x, y),
    alone: () => toggleAlone(bench, toast),
    surround: () => cycleSurround(bench, announce),
    "keep-zoom": ({ on }) => preferences.change({ keep_zoom: on }),
    report: ({ reason }) => report(status, store.assignment, reason),
    reload: fetchAnew,
  });
  return { bench, stage, status, view, viewer, panels, marks, announce, toast };
}

// The queue of comparisons, and answers on their way to the server.
function createWork(store, { status, view, viewer, announce, toast }) {
  const { dispatch } = store;
  const outbox = createDelivery({ api, storage, dispatch });
  const session = createSession({
    api, outbox, viewer, dispatch, campaign: dataset.nextUrl, offline: () => preferences.value.work_offline,
  });
  const earlierAnswers = createEarlierAnswers({
    store,
    history: storage.history,
    outbox,
    session,
    view,
    button: byId("undo"),
    lesson: byId("explained"),
    mayChange: Boolean(dataset.mayChange),
    announce,
    toast,
  });
  const tabs = listenToTabs(dataset.user, (id) => {
    if (!session.answeredElsewhere(id)) return;
    toast(gettext("You answered this one in another tab. Here is the next."));
  });
  const changeLast = () => (byId("change-last").hidden = !dataset.mayChange);
  const { drafts } = storage;
  store.effects(deliveryEffects({ status, session, earlierAnswers, tabs, drafts, changeLast }));
  const practice = preview?.createPreview({ toast }) ?? createPractice({
    store, session, view, list: examples, lesson: byId("explained"), announce, toast,
  });
  return { outbox, session, earlierAnswers, practice };
}

function createKeyboard(store, { bench, stage, viewer, panels, announce, today }, keyNames, rubric) {
  const { dispatch } = store;
  const keymap = createKeymap(preferences.value.keys, keyNames);
  const isOn = () => preferences.value.keys_on;
  const hint = () => showHints({ keymap, label: keyNames.label, isOn });
  const onChange = () => {
    hint();
    today.render();
    if (bench.dataset.dock === preferences.value.dock) return;
    bench.dataset.dock = preferences.value.dock;
    viewer.arrange();
  };
  const help = createHelp({
    dialog: byId("help"), rubric, keymap, keyNames, preferences, onChange, announce,
  });
  keyNames.whenChanged(() => [hint(), help.render()]);
  addEventListener("focus", keyNames.refresh);
  hint();
  bindControls({ bench, dispatch, help: byId("open-help") });
  keepKeyboard(stage);
  startTips(bench, byId("tip"));
  listen({ stage, keymap, dispatch, viewer, isOpen: panels.isOpen, isOn });
}

async function judge(first) {
  const keyNames = await createKeyNames({ store: storage.keyNames, readLayout });
  const store = createStore(reduce);
  const surface = createSurface(store);
  const { stage, status, view, viewer, marks } = surface;
  const work = createWork(store, surface);
  const today = createToday({
    bar: byId("progress"), count: byId("done-today"), label: byId("today-label"),
    waiting: storage.outbox.all().filter(isOwnAnswer).length,
    goal: () => preferences.value.daily_goal,
  });
  const timer = createTimer();
  const screen = createScreen(rules, viewer.paneSize);
  createJudgingController({
    store,
    ...surface,
    ...work,
    drafts: storage.drafts,
    timer,
    rules: () => ({ ...rules, advance: preferences.value.advance }),
    screen,
    onAnswer: today.oneMore,
    onShow() {
      view.hint(screen.problems().join(" "));
      marks.renew();
      stage.focus({ preventScroll: true });
    },
  });
  document.documentElement.classList.add("live");
  stage.tabIndex = 0;
  createKeyboard(store, { ...surface, today }, keyNames, first.rubric);
  bindWelcome({
    line: byId("welcome"),
    practise: document.querySelectorAll("#practise, #practise-again"),
    dispatch: store.dispatch,
    arrange: viewer.arrange,
  });
  bindRest({ dialog: byId("rest"), opener: byId("take-rest"), api, ...work, today, stage, goOn: fetchAnew });
  watchBreaks({ minutes: () => preferences.value.break_minutes, idleFor: timer.idleFor, show: view.pause });
  addEventListener("online", () => work.outbox.flush());
  status.update(work.outbox.status);
  work.session.start(first);
  keepLeases({ api, session: work.session, timer, status });
  work.outbox.flush();
}

const work = readJson("work");
if (work.assignment) judge(work.assignment);
else idle(work.reason);
