/* Keep progress bars fresh: each [data-job] polls its job's JSON and the page reloads at its end.

   Markup: <div data-job="URL"> with [data-job-message], [data-job-count] and a <progress>.
   A [data-live] region is fetched anew whenever the job has come further. Without JavaScript the
   page is the same after a reload by hand. */

const QUICK = 1000;
const SLOW = 5000;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

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

async function refreshLive() {
  const regions = [...document.querySelectorAll("[data-live]")];
  if (!regions.length) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of regions) {
    const fresh = page.querySelector(`[data-live="${region.dataset.live}"]`);
    if (fresh) region.replaceChildren(...fresh.childNodes);
  }
}

export async function follow(root) {
  let last = null;
  for (;;) {
    await wait(document.hidden ? SLOW : QUICK);
    let job;
    try {
      const answer = await fetch(root.dataset.job, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      job = await answer.json();
    } catch {
      continue; // the server or the network is away for a moment
    }
    if (job.finished) {
      location.reload();
      return;
    }
    show(root, job);
    const mark = `${job.state} ${job.done}`;
    if (mark !== last) await refreshLive();
    last = mark;
  }
}

for (const root of document.querySelectorAll("[data-job]")) follow(root);
