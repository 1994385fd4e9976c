// Keeps the leases of an open page alive, and gives them back when it is closed.

const HEARTBEAT_MS = 60_000;
const IDLE_MS = 240_000;
// By then earlier work is loaded, and the previous page's release has arrived.
const SETTLED_MS = 3_000;
// Longer than two heartbeats, so that another tab with the same work can cancel the release.
const RELEASE_GRACE_S = 150;

export function keepLeases({ api, session, timer, status }) {
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
