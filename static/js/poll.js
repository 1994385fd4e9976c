/* Update progress bars: each [data-job] polls its job's JSON; when it ends, the page is reloaded.

   Markup: templates/_job_progress.html: <div data-job="URL" data-page="URL of the page by GET">.
   A [data-live] region is fetched again whenever the job has made progress. Without JavaScript, a
   reload by hand shows the same.

   The page may be the response to a POST. A reload would send the form again, so it is replaced by
   its GET. A hidden tab does not poll. */

const QUICK_MS = 1_000;
const SLOWEST_MS = 30_000;
const TIMEOUT_MS = 20_000;
// Short outages, such as a restart, are not reported.
const SILENT_FAILURES = 2;

// A failed request; message: "signed-out", "gone" or "trouble".
class NoAnswer extends Error {}

let typed = false; // a form has input: the page must not be replaced
let replaced = false;

async function fetchBody(url, accept) {
  const answer = await fetch(url, {
    headers: { Accept: accept },
    redirect: "manual", // to the login page
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new NoAnswer("signed-out");
  if (answer.status === 403 || answer.status === 404) throw new NoAnswer("gone");
  if (!answer.ok) throw new NoAnswer("trouble");
  return accept.endsWith("json") ? answer.json() : answer.text();
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Resolves when the tab is visible.
const whenVisible = () => new Promise((resolve) => {
  if (!document.hidden) resolve();
  else document.addEventListener("visibilitychange", () => resolve(whenVisible()), { once: true });
});

function show(root, job) {
  root.querySelector("[data-job-message]").textContent = job.message || job.label;
  root.querySelector("[data-job-count]").textContent =
    job.total ? `${job.done} of ${job.total}` : "";
  const bar = root.querySelector("progress");
  if (job.total) {
    bar.max = job.total;
    bar.value = job.done;
  } else {
    bar.removeAttribute("value");
  }
}

// Show a text under the bar, with an optional link; an empty text hides it.
function showNotice(root, words, link = null) {
  const line = root.querySelector("[data-job-notice]");
  const parts = [words];
  if (link) {
    const node = document.createElement("a");
    [node.href, node.textContent] = link;
    parts.push(" ", node);
  }
  line.replaceChildren(...parts);
  line.hidden = !words;
}

async function refreshLive(url) {
  const regions = [...document.querySelectorAll("[data-live]")];
  if (!regions.length) return;
  const page = new DOMParser().parseFromString(await fetchBody(url, "text/html"), "text/html");
  for (const region of regions) {
    const fresh = page.querySelector(`[data-live="${region.dataset.live}"]`);
    if (fresh) region.replaceChildren(...fresh.childNodes);
  }
}

function finish(root) {
  const { page } = root.dataset;
  if (typed) showNotice(root, "Finished.", [page, "Show the result"]);
  else if (!replaced) {
    replaced = true;
    location.replace(page);
  }
}

// Report a failure; returns whether to continue polling.
function explain(root, error, failures) {
  const { page, login } = root.dataset;
  if (error.message === "signed-out") {
    showNotice(root, "You have been signed out; this page is no longer kept fresh.", [
      `${login}?next=${encodeURIComponent(page)}`, "Sign in again",
    ]);
    return false;
  }
  if (error.message === "gone") {
    showNotice(root, "The progress can no longer be seen.", [page, "Load the page anew"]);
    return false;
  }
  if (failures > SILENT_FAILURES) showNotice(root, "The server does not answer at the moment. Trying again …");
  return true;
}

export async function follow(root) {
  let failures = 0;
  let last = null;
  for (;;) {
    await wait(Math.min(SLOWEST_MS, QUICK_MS * 2 ** failures));
    await whenVisible();
    try {
      const job = await fetchBody(root.dataset.job, "application/json");
      if (job.finished) {
        finish(root);
        return;
      }
      show(root, job);
      const mark = `${job.state} ${job.done}`;
      if (mark !== last) await refreshLive(root.dataset.page);
      last = mark;
      failures = 0;
      showNotice(root, "");
    } catch (error) {
      failures += 1;
      if (!explain(root, error, failures)) return;
    }
  }
}

document.addEventListener("input", () => (typed = true));
for (const root of document.querySelectorAll("[data-job]")) follow(root);
