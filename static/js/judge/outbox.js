// Unsent answers. Each is stored before it is sent, and removed after the server's reply: a reload, a
// crash or a lost network lose no answer. The client id makes a retry idempotent.

const WAITS_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
const isFinal = (status) => status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);

// deliver(entry) -> {status, data}. Events: change(), delivered(entry, data), refused(entry, reply).
export function createOutbox({ store, deliver, on }) {
  let failures = 0;
  let timer = null;
  let running = null;
  let trouble = null; // null | "offline" | "signed-out" | "forbidden"

  const same = (a) => (b) =>
    b.kind === a.kind && b.assignment === a.assignment && b.body.client_id === a.body.client_id;

  function settle(entry, reply) {
    failures = 0;
    trouble = null;
    store.remove(same(entry));
    if (reply.status < 300) return on.delivered(entry, reply.data);
    store.storeRejected({ ...entry, status: reply.status });
    return on.refused(entry, reply);
  }

  function scheduleRetry(reason) {
    trouble = reason;
    clearTimeout(timer);
    timer = setTimeout(flush, WAITS_MS[Math.min(failures, WAITS_MS.length - 1)]);
    failures += 1;
  }

  async function sendAll() {
    for (let entry = store.all()[0]; entry; entry = store.all()[0]) {
      let reply;
      store.change(same(entry), { tried: true });
      try {
        reply = await deliver(entry);
      } catch {
        return scheduleRetry("offline");
      }
      if (reply.status === 401) return scheduleRetry("signed-out");
      if (reply.status === 403) return scheduleRetry("forbidden");
      if (reply.status >= 300 && !isFinal(reply.status)) return scheduleRetry("offline");
      await settle(entry, reply);
      on.change();
    }
    return undefined;
  }

  // One sender at a time; across tabs if the browser has locks.
  function flush() {
    clearTimeout(timer);
    running ??= (navigator.locks ? navigator.locks.request("editjury-outbox", sendAll) : sendAll())
      .finally(() => {
        running = null;
        on.change();
      });
    return running;
  }

  return {
    add(entry) {
      store.add(entry);
      on.change();
      return running ? running.then(flush) : flush();
    },
    flush,
    // Replace an answer that was never sent; false if it may have been sent.
    replace(assignment, body) {
      const waits = (one) => one.kind === "judgment" && one.assignment === assignment && !one.tried;
      const entry = store.all().find(waits);
      if (entry) store.change(waits, { body: { ...body, client_id: entry.body.client_id } });
      return Boolean(entry);
    },
    has: (assignment) => store.all().some((entry) => entry.assignment === assignment),
    get status() {
      return { waiting: store.all().length, trouble, kept: store.persistent };
    },
  };
}
