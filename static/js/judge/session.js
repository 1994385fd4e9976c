// The queue of comparisons: which is shown, which are preloaded, what follows an answer.

const AHEAD = 2;
const AHEAD_OFFLINE = 6;
const RETRY_MS = 3_000;

// Dispatches show(assignment), wait, reload: load the server's next page, and revisited(assignment): an
// earlier one is shown again.
// offline(): whether the person wants more comparisons ready.
export function createSession({ api, outbox, viewer, dispatch, campaign, offline }) {
  const queue = [];
  const done = new Set();
  let like = null; // the comparison that the page's form was made for
  let reason = null;
  let showing = null;
  let visiting = null; // an earlier comparison, shown instead of the current one
  let last = null; // the one answered before, for undo
  let resting = false; // no further work is asked for

  const wanted = () => (offline() ? { ahead: AHEAD_OFFLINE, offline: true } : { ahead: AHEAD });
  const isOver = (id) => done.has(id) || outbox.has(id);

  function take(assignments, why) {
    for (const assignment of assignments) {
      if (isOver(assignment.id) || queue.some(({ id }) => id === assignment.id)) continue;
      queue.push(assignment);
      ahead();
    }
    reason = why ?? null;
    // The person has no leases any more: drop the comparisons not shown yet.
    if (reason && !assignments.length) queue.splice(showing ? 1 : 0);
  }

  // Retain the pictures that may be shown next, and decode the following ones.
  function ahead() {
    const soon = queue.slice(0, wanted().ahead + 1);
    viewer.retain([...soon, last, visiting].filter(Boolean));
    for (const assignment of soon) {
      if (assignment !== showing) viewer.preload(assignment);
    }
  }

  async function refill() {
    if (resting) return;
    let reply = null;
    try {
      reply = await api.next(wanted());
    } catch {
      // No connection: retried below while nothing is shown.
    }
    if (reply?.status === 200) take(reply.data.assignments, reply.data.reason);
    if (showing) return;
    if (queue.length || reason) advance();
    else setTimeout(() => showing || refill(), RETRY_MS);
  }

  // The form depends on the number of edits and on the rubric version.
  const fits = (assignment) =>
    like.candidates.length === assignment.candidates.length &&
    like.rubric.version === assignment.rubric.version;

  function advance() {
    visiting = null;
    const [next] = queue;
    if (next && fits(next)) {
      showing = next;
      dispatch({ type: "show", assignment: next });
      ahead();
      if (queue.length < wanted().ahead) refill();
      return;
    }
    showing = null;
    dispatch({ type: "wait" });
    if (next || reason) leave();
  }

  // Load a page from the server, after all answers are sent.
  function leave() {
    if (outbox.status.waiting) outbox.flush();
    else dispatch({ type: "reload" });
  }

  function close(kind, body) {
    const [current] = queue;
    if (visiting || !showing || current?.id !== showing.id) return;
    queue.shift();
    done.add(current.id);
    last = current;
    outbox.add({ kind, assignment: current.id, body, campaign, at: Date.now() });
    advance();
  }

  return {
    start(assignment) {
      like = assignment;
      take([assignment], null);
      if (queue.length) advance();
      else {
        dispatch({ type: "wait" });
        outbox.flush();
      }
    },
    submit: (body) => close("judgment", { ...body, ...wanted() }),
    skip: (why) => close("skip", { reason: why }),
    delivered(data) {
      if (data?.assignments) take(data.assignments, data.reason);
      if (visiting) return;
      if (!showing && (queue.length || reason)) advance();
      else if (queue.length < wanted().ahead && !reason) refill();
    },
    // Ask for no more work, until the page is loaded again.
    rest: () => (resting = true),
    held: () => queue.map(({ id }) => id),
    // Show an earlier comparison again, if the form fits.
    revisit(assignment) {
      if (!like || !fits(assignment)) return false;
      visiting = assignment;
      ahead();
      dispatch({ type: "revisited", assignment });
      return true;
    },
    // Show another comparison, one of the practice, until goOn.
    visit(assignment) {
      visiting = assignment;
      ahead();
    },
    // After a refused answer: its comparison may be shown again.
    reopen: (id) => done.delete(id),
    goOn: advance,
    // Answered in another tab: remove it.
    answeredElsewhere(id) {
      const at = queue.findIndex((one) => one.id === id);
      if (at === -1) return false;
      queue.splice(at, 1);
      done.add(id);
      const wasShown = showing?.id === id && !visiting;
      if (wasShown) advance();
      return wasShown;
    },
  };
}
