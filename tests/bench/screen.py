"""How quick and how steady the judging page is, in Chromium: `python -m tests.bench.screen`.

Traces tell when the main thread works, decodes and lays out; a frame counts as visible when the
trace says that it was drawn.
"""

import argparse
import gzip
import itertools
import os
import statistics
import sys

import pytest

from tests.bench.report import write_report

N_COMPARISONS = 520
EARLY, LATE = 50, 500
KEYS = 60
SUBMITS = 40
DECODES = {"Decode Image", "ImageDecodeTask", "Decode LazyPixelRef"}


class Trace:
    """What Chromium did while something was done to a page."""

    def __init__(self, page):
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._events = []
        self._session.on("Tracing.dataCollected", lambda part: self._events.extend(part["value"]))

    def of(self, action):
        self._events.clear()
        done = []
        self._session.once("Tracing.tracingComplete", lambda _: done.append(True))
        categories = [
            "devtools.timeline",
            "disabled-by-default-devtools.timeline",
            "toplevel",
            "cc",
        ]
        config = {"includedCategories": categories}
        self._session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
        action()
        self._page.wait_for_timeout(300)
        self._session.send("Tracing.end")
        while not done:
            self._page.wait_for_timeout(20)
        return [*self._events]


def main_threads(events):
    return {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }


def moments(events, name, **wanted):
    """Return start times in ms of the events of a name, on any thread."""
    return sorted(
        event["ts"] / 1000
        for event in events
        if event.get("name") == name
        and all(event.get("args", {}).get("data", {}).get(k) == v for k, v in wanted.items())
    )


def key_to_frame(events):
    """Return ms from each keydown to the next frame drawn after the main thread's commit."""
    commits = sorted(
        (event["ts"] + event.get("dur", 0)) / 1000 for event in events if event["name"] == "Commit"
    )
    drawn = sorted(
        event["ts"] / 1000
        for event in events
        if event["name"] == "SubmitCompositorFrameToPresentationCompositorFrame"
        and event["ph"] == "e"
    )
    waits = []
    for pressed in moments(events, "EventDispatch", type="keydown"):
        commit = next((at for at in commits if at >= pressed), None)
        frame = next((at for at in drawn if commit is not None and at >= commit), None)
        if frame is not None:
            waits.append(frame - pressed)
    return waits


def work_per_frame(events):
    """Return ms of the page's main thread between one frame's commit and the next."""
    mains = main_threads(events)
    commits = moments(events, "Commit")
    tasks = [
        (event["ts"] / 1000, event["dur"] / 1000)
        for event in events
        if event.get("ph") == "X"
        and event["name"] == "RunTask"
        and (event["pid"], event["tid"]) in mains
    ]
    work = []
    for begin, end in itertools.pairwise(commits):
        spent = sum(duration for start, duration in tasks if begin <= start < end)
        if spent:
            work.append(spent)
    return work


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else None


def steadiness(events):
    work = work_per_frame(events)
    names = [event["name"] for event in events]
    return {
        "decodes": sum(name in DECODES for name in names),
        "layouts": names.count("Layout"),
        "main_thread_p50_ms": quantile(work, 0.5),
        "main_thread_p95_ms": quantile(work, 0.95),
        "main_thread_max_ms": max(work, default=None),
        "frames": len(work),
    }


def held(page):
    """Return bytes after a collection: the JavaScript heap and the bitmaps on the stage."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    return heap, int(page.locator("#stage").get_attribute("data-bitmaps"))


def judge_one(page):
    before = page.locator("#instruction").inner_text()
    for key in ("r", "d", "]", "w", "a", "1", "Enter"):
        page.keyboard.press(key)
    await_other(page, before)


def await_other(page, before):
    from tests.browser.desk import await_pictures

    while page.locator("#instruction").inner_text() == before:
        page.wait_for_timeout(5)
    await_pictures(page)


def submit_to_painted(page):
    """Return ms from the key to the frame after the next comparison's pictures are all shown."""
    return page.evaluate("""() => new Promise((done) => {
      const before = document.querySelector("#instruction").textContent;
      const start = performance.now();
      const look = () => {
        const other = document.querySelector("#instruction").textContent !== before;
        const ready = [...document.querySelectorAll(".view")]
          .every((one) => one.dataset.state === "ready");
        if (other && ready) requestAnimationFrame(() => done(performance.now() - start));
        else requestAnimationFrame(look);
      };
      document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter" }));
      look();
    })""")


def loaded_scripts(page):
    """Return compressed bytes of every script of this page that comes from the site."""
    urls = page.evaluate("""() => performance.getEntriesByType("resource").map(({ name }) => name)
        .filter((name) => name.includes("/static/js/") || name.includes("jsi18n"))""")
    bodies = {url: page.request.get(url).body() for url in set(urls)}
    return {
        "files": len(bodies),
        "gzip_bytes": sum(len(gzip.compress(b, 9)) for b in bodies.values()),
    }


class Hand:
    """What a person does on the pictures, over and over."""

    def __init__(self, page):
        self.page = page
        box = page.locator("[data-pane='0']").bounding_box()
        self.x, self.y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def keys(self, n):
        for at in range(n):
            self.page.keyboard.press("qwerasdf"[at % 8])
            self.page.wait_for_timeout(30)

    def zoom(self):
        self.page.mouse.move(self.x, self.y)
        for _ in range(20):
            self.page.mouse.wheel(0, -40)
            self.page.wait_for_timeout(20)

    def pan(self):
        self.page.mouse.down()
        for at in range(30):
            self.page.mouse.move(self.x + 3 * at, self.y + 2 * at)
            self.page.wait_for_timeout(20)
        self.page.mouse.up()

    def flicker(self):
        for _ in range(30):
            self.page.keyboard.press("x")
            self.page.wait_for_timeout(40)

    def hold(self):
        for _ in range(15):
            self.page.keyboard.down("Space")
            self.page.wait_for_timeout(40)
            self.page.keyboard.up("Space")
            self.page.wait_for_timeout(40)


def measure(page, *, early=EARLY, late=LATE, keys=KEYS, submits=SUBMITS):
    """Return all figures, judging comparisons of a page that is open and ready."""
    page.wait_for_timeout(4_000)
    figures = looking(page, keys) | {"scripts": loaded_scripts(page)}
    painted = []
    for _ in range(submits):
        for key in ("r", "d", "]", "w", "a", "1"):
            page.keyboard.press(key)
        page.wait_for_timeout(700)  # as long as a very quick person looks
        painted.append(submit_to_painted(page))
    figures["submit_preloaded_p50_ms"] = quantile(painted, 0.5)
    figures["submit_preloaded_p95_ms"] = quantile(painted, 0.95)
    return figures | holding(page, submits, early, late)


def looking(page, n_keys):
    trace, hand = Trace(page), Hand(page)
    waits = key_to_frame(trace.of(lambda: hand.keys(n_keys)))
    figures = {
        "key_to_frame_p50_ms": quantile(waits, 0.5),
        "key_to_frame_p95_ms": quantile(waits, 0.95),
        "keys": len(waits),
        "zoom": steadiness(trace.of(hand.zoom)),
        "pan": steadiness(trace.of(hand.pan)),
    }
    page.keyboard.press("c")
    figures["hold"] = steadiness(trace.of(hand.hold))
    page.keyboard.press("x")
    page.wait_for_timeout(1_000)
    figures["flicker"] = steadiness(trace.of(hand.flicker))
    page.locator("[data-tool=side]").click()
    return figures


def holding(page, done, early, late):
    """Judge on and return what is held at two points."""
    figures, sizes = {}, []
    while done < late:
        judge_one(page)
        done += 1
        if done in (early, late):
            page.wait_for_timeout(2_500)
            heap, bitmaps = held(page)
            sizes.append(heap + bitmaps)
            figures[f"heap_{done}_bytes"], figures[f"bitmaps_{done}_bytes"] = heap, bitmaps
    return figures | {"held_ratio": sizes[-1] / sizes[0]}


def test_screen(page, sign_in, live_site):
    """Run as a test, so that the site, its database and the browser are those of the tests."""
    from tests.browser.desk import await_pictures

    quick = os.environ.get("EDITJURY_SCREEN_QUICK") == "1"
    n, early, late = (14, 4, 10) if quick else (N_COMPARISONS, EARLY, LATE)
    campaign, person = campaign_of(n, side=256 if quick else 1024)
    sign_in(page, person).goto(f"/c/{campaign.slug}/judge/")
    await_pictures(page)
    figures = measure(
        page,
        early=early,
        late=late,
        keys=8 if quick else KEYS,
        submits=3 if quick else SUBMITS,
    )
    figures["submit_cold_ms"] = cold(page, campaign)
    sizes = {"comparisons": n, "picture": 256 if quick else 1024, "window": [1280, 800]}
    sizes["chromium"] = page.context.browser.version
    name = "screen_quick" if quick else "screen"
    write_report(name, figures, sizes=sizes, packages=("playwright",))


def cold(page, campaign):
    """Return ms from opening the page, nothing cached, to all pictures; the median of three."""
    took = []
    for _ in range(3):
        session = page.context.new_cdp_session(page)
        session.send("Network.clearBrowserCache")
        page.goto(f"/c/{campaign.slug}/judge/")
        took.append(
            page.evaluate("""() => new Promise((done) => {
          const look = () => [...document.querySelectorAll(".view")]
            .every((one) => one.dataset.state === "ready") ? done(performance.now())
            : requestAnimationFrame(look);
          look();
        })""")
        )
    return statistics.median(took)


def campaign_of(n, *, side):
    """Return a live campaign of n comparisons over a few large pictures, and its annotator."""
    from tests.browser.light_table import noise, stored
    from tests.factories import make_campaign, make_candidate, make_item, make_member, make_queued

    campaign = make_campaign(k=2, overlap=1)
    pictures = [stored(soft(noise((side // 8, side // 8), seed=at), side)) for at in range(9)]
    for at in range(n):
        item = make_item(
            campaign, source=pictures[at % 3], instruction=f"Make it number {at} brighter."
        )
        edits = (pictures[3 + at % 6], pictures[3 + (at + 1) % 6])
        candidates = [make_candidate(item, image=edit) for edit in edits]
        make_queued(item, candidates=candidates)
    return campaign, make_member(campaign)


def soft(data, side):
    """Return a PNG enlarged smoothly: it compresses as a photograph does."""
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    Image.open(BytesIO(data)).resize((side, side), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few comparisons, small pictures")
    if parser.parse_args().quick:
        os.environ["EDITJURY_SCREEN_QUICK"] = "1"
    plugins = ["-p", "tests.browser.conftest"]
    sys.exit(pytest.main([__file__, "-q", "-n", "0", "-p", "no:cacheprovider", *plugins]))


if __name__ == "__main__":
    main()
