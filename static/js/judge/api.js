// Requests to the server. Resolves to {status, data}; rejects only without a response.

import { gettext } from "./words.js";

const TIMEOUT_MS = 20_000;

export function createApi({ csrf, nextUrl, apiUrl }) {
  async function send(method, url, body, more = {}) {
    const response = await fetch(url, {
      method,
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf(), Accept: "application/json" },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...more,
    });
    if (response.type === "opaqueredirect") return { status: 401, data: null }; // to a login page
    const isJson = response.headers.get("Content-Type")?.includes("json");
    // HTML instead of JSON comes from a proxy, not from the application.
    if (response.ok && !isJson && response.status !== 204) return { status: 502, data: null };
    return { status: response.status, data: isJson ? await response.json() : null };
  }
  const post = (...request) => send("POST", ...request);
  return {
    put: (path, body) => send("PUT", `${apiUrl}${path}`, body),
    // wanted: {ahead, offline}.
    next: (wanted) => post(nextUrl, wanted),
    deliver: ({ assignment, kind, body }) => post(`${apiUrl}assignments/${assignment}/${kind}/`, body),
    revise: (judgment, body) => post(`${apiUrl}judgments/${judgment}/revision/`, body),
    report: (id, reason) => post(`${apiUrl}assignments/${id}/report/`, { reason }),
    heartbeat: (id) => post(`${apiUrl}assignments/${id}/heartbeat/`, {}),
    release: (id) => post(`${apiUrl}assignments/${id}/release/`, {}),
    // keepalive: the request outlives the page.
    releaseOnUnload: (id, seconds) =>
      post(`${apiUrl}assignments/${id}/release/`, { grace_s: seconds }, { keepalive: true }),
  };
}

// The text of an error response; the server has translated it.
export function refusal({ status, data }) {
  if (typeof data?.detail === "string") return data.detail;
  if (data && typeof data === "object") {
    const [field, text] = Object.entries(data)[0] ?? [];
    if (field) return `${field}: ${Array.isArray(text) ? text[0] : text}`;
  }
  return gettext("The server answered %(status)s.", { status });
}
