"""What Chromium's trace says about a page at work: decodes, layouts, time of its main thread."""

import json
import statistics

CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "toplevel",
    "blink.user_timing",
]
DECODES = {"Decode Image", "ImageDecodeTask", "Decode LazyPixelRef", "DecodeImage"}
LAYOUTS = {"Layout"}
MARK = "interaction"


def spread(times):
    """Return how many, median, 95th percentile and largest of some milliseconds."""
    if not times:
        return {"n": 0, "p50": None, "p95": None, "max": None}
    cuts = statistics.quantiles(times, n=20) if len(times) > 1 else [times[0]] * 19
    return {
        "n": len(times),
        "p50": round(statistics.median(times), 2),
        "p95": round(min(cuts[18], max(times)), 2),
        "max": round(max(times), 2),
    }


def traced(browser, page, keys):
    """Press keys one after another, each to its frame, and return the trace's events."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    for key in keys:
        page.evaluate(f"performance.mark('{MARK}')")
        page.keyboard.press(key)
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 30)))")
    return json.loads(browser.stop_tracing())["traceEvents"]


def per_interaction(events, n):
    """Return decodes and layouts in all, and the main thread's work from mark to mark.

    The main thread's work is what WORK names: handling the key and making the frame. What the
    driver asks of the page, its marks, is not the page's.
    """
    marks = sorted(event["ts"] for event in events if event["name"] == MARK)
    main = {(e["pid"], e["tid"]) for e in events if e["name"] == MARK}
    own = [e for e in events if (e["pid"], e["tid"]) in main and e.get("dur")]
    work = [
        sum(e["dur"] for e in outermost(own) if start <= e["ts"] < end) / 1000
        for start, end in zip(marks, [*marks[1:], float("inf")], strict=True)
    ]
    return {
        "n": n,
        "decodes": sum(event["name"] in DECODES for event in events),
        "layouts": sum(event["name"] in LAYOUTS for event in own),
        "main_thread_ms": spread(work),
    }


#: What a key makes the main thread do, up to the frame that it hands over.
WORK = {
    "EventDispatch",
    "FireAnimationFrame",
    "UpdateLayoutTree",
    "Layout",
    "PrePaint",
    "Paint",
    "Layerize",
    "Commit",
    "HitTest",
    "IntersectionObserverController::computeIntersections",
    "FunctionCall",
}


def outermost(events):
    """Yield the pieces of work that lie in no other piece."""
    end = 0
    for event in sorted(
        (e for e in events if e["name"] in WORK), key=lambda e: (e["ts"], -e["dur"])
    ):
        if event["ts"] >= end:
            end = event["ts"] + event["dur"]
            yield event
