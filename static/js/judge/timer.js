// Active time in milliseconds, without idle time and hidden tabs.

const IDLE_MS = 30_000;
const INPUTS = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"];

export function createTimer(now = () => performance.now()) {
  let total = 0;
  let since = null; // start of the present stretch
  let last = now(); // the latest input

  function stop(at) {
    if (since === null) return;
    total += Math.max(0, at - since);
    since = null;
  }

  function touch() {
    if (document.hidden) return;
    const at = now();
    if (since !== null && at - last > IDLE_MS) stop(last + IDLE_MS);
    since ??= at;
    last = at;
  }

  for (const name of INPUTS) addEventListener(name, touch, { passive: true, capture: true });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stop(Math.min(now(), last + IDLE_MS));
    else touch();
  });

  return {
    restart(already = 0) {
      total = already;
      since = null;
      touch();
    },
    read() {
      const running = since === null ? 0 : Math.max(0, Math.min(now(), last + IDLE_MS) - since);
      return Math.round(total + running);
    },
    idleFor: () => now() - last,
  };
}
