"""What each picture of the documents shows, and how the page gets there."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.docs.diagram import THEMES

MOST_BYTES = 58_000
QUALITIES = (85, 78, 70, 60, 50, 40)
#: Keys that score an edit: one that did what was asked, with flaws, and one that did not.
DONE, NOT_DONE = "e d", "q f"


def settle(page: Page) -> None:
    """Wait until every picture in sight is drawn."""
    page.wait_for_function(
        "() => [...document.images].every((each) => each.complete"
        " || each.getBoundingClientRect().top > innerHeight)"
    )


def loaded(page: Page) -> None:
    """Wait until the judging page works and shows its pictures."""
    expect(page.locator("html.live")).to_be_attached()
    n_panes = page.locator(".view").count()
    expect(page.locator(".view[data-state=ready]")).to_have_count(n_panes)
    expect(page.locator("#stage")).to_be_focused()


def most_changed(page: Page) -> int:
    """Return the screen position of the edit that differs most from the source."""
    work = page.evaluate("() => JSON.parse(document.getElementById('work').textContent)")
    shown = work["assignment"]
    source, *edits = (
        np.asarray(Image.open(io.BytesIO(page.request.get(each["url"]).body())).convert("L"), float)
        for each in [shown["source"], *shown["candidates"]]
    )
    return int(np.argmax([np.abs(edit - source).mean() for edit in edits]))


def answered(page: Page) -> None:
    """Show a comparison of two edits whose answer is complete: the larger change is better."""
    loaded(page)
    best = most_changed(page)
    scores = (DONE, NOT_DONE) if best == 0 else (NOT_DONE, DONE)
    for key in f"{scores[0]} Tab {scores[1]} {best + 1}".split():
        page.keyboard.press(key)
    expect(page.locator("#submit")).to_be_enabled()
    page.mouse.move(0, 0)


def wiped(page: Page) -> None:
    """Show the view that wipes between the larger change and the source."""
    loaded(page)
    for _ in range(most_changed(page)):
        page.keyboard.press("Tab")
    page.locator('[data-tool="wipe"]').click()
    expect(page.locator('[data-tool="wipe"]')).to_have_attribute("aria-pressed", "true")
    page.mouse.move(0, 0)


def previewed(page: Page) -> None:
    """Show what the builder would add."""
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_be_visible()
    page.locator("form.stack").first.scroll_into_view_if_needed()


@dataclass(frozen=True)
class Shot:
    """One picture: who looks at which page, and what they do there first.

    path: `{slug}` is the judged campaign, `{draft}` the draft, `{run}` the address of its run.
    """

    name: str
    who: str
    path: str
    arrange: Callable[[Page], None] = settle
    size: tuple[int, int] = (1280, 800)


SHOTS = (
    Shot("judge", "annotator", "/c/{slug}/judge/", answered),
    Shot("wipe", "annotator", "/c/{slug}/judge/", wiped),
    Shot("agreement", "lead", "/c/{slug}/agreement/"),
    Shot("disagreement", "lead", "/c/{slug}/disagreement/"),
    Shot("run", "lead", "{run}", size=(1280, 1000)),
    Shot("setup", "lead", "/c/{draft}/", size=(1280, 940)),
    Shot("builder", "lead", "/c/{draft}/comparisons/", previewed, size=(1280, 1000)),
)


def take(
    shots: Iterable[Shot],
    browser: Browser,
    url: str,
    sign_in: Callable[[Page, str], None],
    folder: Path,
    **places: str,
) -> list[Path]:
    """Take pictures in both themes; return the files.

    sign_in: sign_in(page, who) gives a page's browser a session.
    """
    files = []
    for shot in shots:
        for theme in THEMES:
            width, height = shot.size
            context = browser.new_context(
                base_url=url, color_scheme=theme, viewport={"width": width, "height": height}
            )
            page = context.new_page()
            sign_in(page, shot.who)
            page.goto(shot.path.format(**places))
            shot.arrange(page)
            settle(page)
            files.append(folder / f"{shot.name}-{theme}.webp")
            files[-1].write_bytes(small(page.screenshot(animations="disabled")))
            context.close()
    return files


def small(png: bytes) -> bytes:
    """Return the picture as WebP, in the best quality that is small enough."""
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGB")
    for quality in QUALITIES:
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()
