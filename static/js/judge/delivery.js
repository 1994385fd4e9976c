// What follows when the server took an answer, or refused it.

import { refusal } from "./api.js";
import { createOutbox } from "./outbox.js";
import { gettext } from "./words.js";

// A revision names the judgment it replaces, known from the reply to the first answer.
const deliverer = (api, history) => (entry) => {
  if (entry.kind !== "revision") return api.deliver(entry);
  const judgment = history.of(entry.assignment)?.judgment;
  if (judgment) return api.revise(judgment, entry.body);
  const detail = gettext("The answer it was to change is not on record.");
  return Promise.resolve({ status: 404, data: { detail } });
};

// The outbox dispatches sent(entry, data), refused(entry, reply) and outbox-changed.
export function createDelivery({ api, storage, dispatch }) {
  return createOutbox({
    store: storage.outbox,
    deliver: deliverer(api, storage.history),
    on: {
      change: () => dispatch({ type: "outbox-changed" }),
      delivered: (entry, data) => dispatch({ type: "sent", entry, data }),
      refused: (entry, reply) => dispatch({ type: "refused", entry, reply }),
    },
  });
}

export function deliveryEffects({ status, session, earlierAnswers, tabs, drafts, changeLast }) {
  function forget(assignment, reopens) {
    // A refused answer is opened again as a draft, if the person can correct it.
    const answer = earlierAnswers.forget(assignment);
    if (!reopens || !answer) return;
    drafts.put(answer);
    session.reopen(assignment);
  }

  return {
    sent({ entry, data }) {
      tabs.post(entry.assignment);
      if (data?.judgment) earlierAnswers.delivered(entry.assignment, data.judgment);
      if (data?.not_counted) status.toast(data.not_counted);
      if (data?.state === "counted") changeLast();
      // Before the session, which may reload the page.
      if (data?.lesson) earlierAnswers.showLesson(entry.assignment, data.lesson);
      session.delivered(data);
    },
    refused({ entry, reply }) {
      const answered = reply.status === 409 && entry.kind === "judgment";
      status.toast(answered
        ? gettext("One answer was not taken, for this comparison was answered before, perhaps in another tab.")
        : gettext("One answer was not taken: %(why)s", { why: refusal(reply) }));
      if (entry.kind === "judgment") forget(entry.assignment, reply.status === 400);
      session.delivered(null);
    },
  };
}
