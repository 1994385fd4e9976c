"""How long an annotator on a slow line waits: `python -m tests.bench.slow_line`.

Real photographs of 1024 × 1024 pixels, two edits, a line of 0.4 Mbit/s (Chromium's own throttling),
each comparison judged after 8 seconds. Needs the reference data.
"""

import json
import sys

import pytest

from tests.bench.report import write_report

BITS_PER_SECOND, LATENCY_MS = 400_000, 100
SECONDS_EACH = 8
N_JUDGED = 7
SLOW_LINE = """Object.defineProperty(navigator, "connection", {
  configurable: true, value: { effectiveType: "3g", downlink: 0.4, saveData: false },
});"""
READY = """() => new Promise((done) => {
  const before = document.querySelector("#instruction").textContent;
  const start = performance.now();
  const look = () => {
    const other = document.querySelector("#instruction").textContent !== before;
    const ready = [...document.querySelectorAll(".view")]
      .every((one) => one.dataset.state === "ready");
    if (other && ready) done(performance.now() - start);
    else requestAnimationFrame(look);
  };
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter" }));
  look();
})"""


def throttle(page):
    """Give a page the slow line; return the CDP session."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BITS_PER_SECOND / 8,
            "uploadThroughput": BITS_PER_SECOND / 8,
        },
    )
    return session


def count_pictures(session):
    """Return a list that grows by (address, bytes) of each picture that has arrived."""
    addresses, arrived = {}, []

    def answered(event):
        addresses[event["requestId"]] = event["response"]["url"]

    def finished(event):
        address = addresses.get(event["requestId"], "")
        if "/media/a/" in address:
            arrived.append((address, event["encodedDataLength"]))

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    return arrived


def photographs(reference, n):
    """Return the bytes of sources and their edits, of n comparisons: (source, edit, edit)."""
    folder = reference / "data" / "aurora_magicbrush"
    rows = json.loads((folder / "manifest.json").read_text())
    edits = [(folder / row["candidates"]["human_dalle2_edit"]).read_bytes() for row in rows]
    return [
        ((folder / rows[at]["source"]).read_bytes(), edits[at], edits[at - 1]) for at in range(n)
    ]


def campaign_of(photos):
    from tests.browser.light_table import stored
    from tests.factories import make_campaign, make_candidate, make_item, make_member, make_queued

    campaign = make_campaign(k=2, overlap=1)
    images = {data: stored(data) for data in {data for three in photos for data in three}}
    for at, (source, *edits) in enumerate(photos):
        item = make_item(campaign, source=images[source], instruction=f"Wish number {at}.")
        make_queued(item, candidates=[make_candidate(item, image=images[e]) for e in edits])
    return campaign, make_member(campaign)


@pytest.mark.parametrize("window", [(1440, 900)])
def test_slow_line(open_context, sign_in, reference_data, window):
    """Run as a test, so that the site, its database and the browser are those of the tests."""
    from tests.browser.desk import address, await_pictures, press

    campaign, person = campaign_of(photographs(reference_data, N_JUDGED + 5))
    page = open_context(viewport=dict(zip(("width", "height"), window, strict=True))).new_page()
    page.add_init_script(SLOW_LINE)
    session = throttle(sign_in(page, person))
    arrived = count_pictures(session)
    page.goto(address(campaign))
    await_pictures(page)
    first_ms = page.evaluate("performance.now()")
    side = page.locator(".view").first.evaluate("(node) => node.clientHeight")
    waits = []
    for _ in range(N_JUDGED):
        page.wait_for_timeout(SECONDS_EACH * 1_000)
        press(page, "r d w a 1")
        waits.append(page.evaluate(READY))
    by_comparison = {}
    for url, n_bytes in arrived:
        key = url.partition("/media/a/")[2].partition("/")[0]
        by_comparison[key] = by_comparison.get(key, 0) + n_bytes
    figures = {
        "first_ms": first_ms,
        "waits_ms": waits,
        "longest_wait_ms": max(waits),
        "bytes_each": list(by_comparison.values()),
        "largest_bytes": max(by_comparison.values()),
        "side_px": side,
        "steps": sorted({url.partition(".webp")[2] for url, _ in arrived}),
    }
    write_report("slow_line", figures, sizes={"window": window}, packages=("playwright",))


if __name__ == "__main__":
    plugins = ["-p", "tests.browser.conftest"]
    sys.exit(pytest.main([__file__, "-q", "-n", "0", "-p", "no:cacheprovider", *plugins]))
