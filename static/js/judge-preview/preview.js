// A lead's preview of the judging page: every control works, and nothing leaves the page.

import { gettext } from "../judge/words.js";

const REQUESTS = [
  "put", "next", "deliver", "revise", "report", "heartbeat", "release", "releaseOnUnload",
];

// As the requests of api.js without a connection.
export function createPreviewApi() {
  const refuse = () => Promise.reject(new Error("A preview sends nothing."));
  return Object.fromEntries(REQUESTS.map((name) => [name, refuse]));
}

// Takes the part of practice.js, which never ends: no draft, no skip, no answer.
export function createPreview({ toast }) {
  const explain = () => toast(gettext("This is a preview: nothing is sent."));
  return { isOpen: () => true, answered: explain, next: explain };
}
