"""The comparison screen in a real browser: `python -m tests.bench.screen [--quick]`."""

import argparse
import gzip
import json
import os
import secrets
import sys
import tempfile
from pathlib import Path

from config.embedded import running
from tests.bench.screen_trace import per_interaction, spread, traced

#: Comparisons judged; after each of them the page's memory is read.
FULL = {"n_comparisons": 500, "memory_at": [50, 500], "n_interactions": 40, "n_cold": 10}
QUICK = {"n_comparisons": 4, "memory_at": [2, 4], "n_interactions": 3, "n_cold": 1}
SIDE = 1024
N_PICTURES = 12
N_TIMED = 100
ANSWER = "r d Tab w a 1".split()
#: From the key's own time stamp to the frame that shows what it did.
WATCH = """() => {
  window.keyTimes = [];
  addEventListener("keydown", (event) => {
    const pressed = event.timeStamp;
    requestAnimationFrame(() => setTimeout(() => keyTimes.push(performance.now() - pressed)));
  }, { capture: true });
  window.shownTimes = [];
  const text = document.getElementById("instruction");
  const ready = () => [...document.querySelectorAll(".view")]
    .every((one) => one.dataset.state === "ready");
  window.sendAndWait = () => new Promise((done) => {
    const before = text.textContent;
    const start = performance.now();
    const look = () => {
      if (text.textContent && text.textContent !== before && ready()) {
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
      } else requestAnimationFrame(look);
    };
    document.getElementById("submit").click();
    look();
  });
}"""
GESTURES = {
    "zoom": ["=", "=", "-", "-"],
    "pan": ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"],
    "flicker": ["x", "x", "x", "x"],
}


def fill(n_comparisons):
    """Store pictures of real size, and a campaign whose comparisons show them in many pairs."""
    import io

    import numpy as np
    from PIL import Image

    from tests.factories import (
        make_campaign,
        make_candidate,
        make_image,
        make_item,
        make_member,
        make_queued,
    )

    draw = np.random.default_rng(3)
    pictures = []
    for _ in range(N_PICTURES):
        rough = draw.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        out = io.BytesIO()
        Image.fromarray(rough).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(out, "PNG")
        pictures.append(make_image(files=True, data=out.getvalue()))
    campaign = make_campaign(k=2, overlap=1)
    for number in range(n_comparisons):
        source, first, second = (pictures[(number + step) % N_PICTURES] for step in range(3))
        item = make_item(campaign, source=source)
        edits = [make_candidate(item, image=image) for image in (first, second)]
        make_queued(item, candidates=edits)
    return campaign, make_member(campaign)


def await_ready(page):
    from playwright.sync_api import expect

    page.locator("html.live").wait_for(state="attached")
    n_panes = page.locator(".view").count()
    expect(page.locator(".view[data-state=ready]")).to_have_count(n_panes, timeout=30_000)


def settle(page):
    page.wait_for_load_state("networkidle")


def answer(page):
    for key in ANSWER:
        page.keyboard.press(key)


def memory(page, cdp):
    """Return the bytes of the heap after collection, of the bitmaps held, and their sum."""
    settle(page)
    for pane in page.locator(".view").all():
        pane.locator("canvas[data-level=full]").first.wait_for(state="attached")
    for _ in range(2):
        cdp.send("HeapProfiler.collectGarbage")
    heap = cdp.send("Runtime.getHeapUsage")["usedSize"]
    bitmaps = int(page.locator("#stage").get_attribute("data-bitmaps"))
    return {"heap": heap, "bitmaps": bitmaps, "sum": heap + bitmaps}


def cold(page, n):
    """Return milliseconds from a submit to the next comparison where nothing was fetched ahead."""
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.route("**/assignments/next/", lambda route: route.abort())
    times = []
    for _ in range(n):
        page.reload()
        await_ready(page)
        page.evaluate(WATCH)
        answer(page)
        page.wait_for_timeout(300)
        times.append(page.evaluate("sendAndWait()"))
    return times


def gestures(browser, page, n):
    """Return per gesture: decodes, layouts and main-thread milliseconds of its key presses."""
    figures = {}
    for name, keys in GESTURES.items():
        settle(page)
        if name == "pan":
            page.keyboard.press("z")
        page.wait_for_timeout(500)
        pressed = [keys[number % len(keys)] for number in range(n)]
        figures[name] = per_interaction(traced(browser, page, pressed), n)
        if name == "pan":
            page.keyboard.press("c")
    while page.locator("#stage").get_attribute("data-view") != "side":
        page.keyboard.press("v")
    return figures


def script_bytes(page):
    """Return the page's own scripts, each compressed by gzip -9, and their sum."""
    addresses = page.evaluate(
        """performance.getEntriesByType("resource").map(({ name }) => name)
        .filter((name) => new URL(name).pathname.endsWith(".js"))"""
    )
    sizes = {}
    for address in sorted(set(addresses)):
        body = page.request.get(address).body()
        sizes[address.split("/static/")[-1]] = len(gzip.compress(body, 9))
    return {"n_modules": len(sizes), "gzip": sum(sizes.values()), "each": sizes}


def measure(browser, page, size):
    page.evaluate(WATCH)
    cdp = page.context.new_cdp_session(page)
    shown, held = [], {}
    figures = {"interactions": None}
    for number in range(1, size["n_comparisons"]):
        if number in size["memory_at"]:
            held[number] = memory(page, cdp)
        answer(page)
        # Timed only where what is next is surely there; the rest of the day goes by quickly.
        if timed := number <= N_TIMED:
            settle(page)
        else:
            page.wait_for_timeout(100)
        took = page.evaluate("sendAndWait()")
        shown += [took] if timed else []
        if number == 1:
            figures["interactions"] = gestures(browser, page, size["n_interactions"])
            page.evaluate("keyTimes.length = 0")  # Timed under a trace, which slows them.
    last = size["memory_at"][-1]
    held[last] = memory(page, cdp)
    first = size["memory_at"][0]
    return figures | {
        "key_to_visible_ms": spread(page.evaluate("keyTimes")),
        "submit_to_next_preloaded_ms": spread(shown),
        "bytes_held": held,
        "held_last_over_first": held[last]["sum"] / held[first]["sum"],
        "scripts": script_bytes(page),
    }


def run(size, folder):
    """Return the figures of a browser on a real site that lies in `folder`."""
    from django.conf import settings
    from django.test import Client
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import FLAGS, find_chromium
    from tests.live import process_environment, served

    campaign, person = fill(size["n_comparisons"] + size["n_cold"] + 4)
    client = Client()
    client.force_login(person)
    media = Path(settings.MEDIA_ROOT)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with served(folder, media, process_environment(media)) as site, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=[*FLAGS])
        context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=site.url)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
        page = context.new_page()
        page.goto(f"/c/{campaign.slug}/judge/")
        await_ready(page)
        figures = measure(browser, page, size)
        figures["submit_to_next_cold_ms"] = spread(cold(page, size["n_cold"]))
        figures["chromium"] = browser.version
        browser.close()
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few comparisons, to see it work")
    quick = parser.parse_args().quick
    size = QUICK if quick else FULL
    with (
        tempfile.TemporaryDirectory(prefix="editjury-bench-") as name,
        running(Path(name)) as servers,
    ):
        folder = Path(name)
        os.environ |= {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "SECRET_KEY": secrets.token_hex(16),
            "EDITJURY_HOME": name,
            "STATIC_ROOT": str(folder / "static"),
            "MEDIA_ROOT": str(folder / "media"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        for part in ("static", "media"):
            (folder / part).mkdir()
        import django

        django.setup()
        from django.core.management import call_command

        from tests.bench.report import write_report

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        figures = run(size, folder)
        report = "screen-quick" if quick else "screen"
        sizes = size | {"picture": [SIDE, SIDE], "window": [1280, 800]}
        path = write_report(report, figures, sizes=sizes, packages=("django", "playwright"))
        json.dump(json.loads(path.read_text()), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
