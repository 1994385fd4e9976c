"""`make pictures`: take the pictures of the documents from a demo of its own."""

import json
import signal
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.chromium import FLAGS, HOW, find_chromium
from tests.demo.launched import SLOW, Demo
from tests.demo.test_whole_loop import press, signed_in
from tests.demo.website import Website
from tests.docs import diagram
from tests.docs.shots import SHOTS, take

DRAFT, DRAFT_ITEMS = "spring", 12
#: Making the rest of the demo takes minutes, and so does a training; more on a busy machine.
JOB_SECONDS = 1_800


def main() -> int:
    """Start a demo, prepare its campaigns, take every picture, stop the demo."""
    chromium = find_chromium()
    if chromium is None:
        sys.stderr.write(f"{HOW}\n")
        return 2
    # The demo is stopped, however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    diagram.write()
    with tempfile.TemporaryDirectory(prefix="editjury-pictures-") as folder:
        home = Path(folder)
        say("Starting a demo of its own ...")
        demo = Demo(home, home / "said.txt", *sys.argv[1:])
        try:
            places = prepare(demo)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
                sign_in = form_of(json.loads((home / "demo-accounts.json").read_text()))
                for file in take(SHOTS, browser, demo.url, sign_in, diagram.FOLDER, **places):
                    say(f"{file.relative_to(diagram.PROJECT)}: {file.stat().st_size} bytes")
                browser.close()
        finally:
            demo.process.terminate()
            demo.process.wait(SLOW)
    return 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def prepare(demo: Demo) -> dict[str, str]:
    """Bring the demo to what the pictures show; return the addresses."""
    lead = signed_in(demo, "lead")
    say("Waiting until the simulated experts have judged ...")
    await_jobs(lead, "c/demo/")
    say("Training ...")
    page = press(lead, "c/demo/models/", "/start/", configuration="compact")
    await_jobs(lead, page.url)
    await_jobs(lead, "c/demo/models/")
    say("Importing a draft ...")
    make_draft(lead, part_of(next(demo.home.glob("demo/*/manifest.json")), demo.home / "part.zip"))
    return {"slug": "demo", "draft": DRAFT, "run": page.url.removeprefix(demo.url.rstrip("/"))}


def await_jobs(lead: Website, path: str) -> None:
    """Wait until the jobs that a page shows have ended."""
    deadline = time.monotonic() + JOB_SECONDS
    while lead.get(path).jobs:
        assert time.monotonic() < deadline, f"{path} waited too long"
        time.sleep(2)


def part_of(manifest: Path, path: Path) -> Path:
    """Write the first items of a drawn set as a ZIP."""
    rows = json.loads(manifest.read_text())[:DRAFT_ITEMS]
    named = {row["source"] for row in rows}
    for row in rows:
        candidates = row["candidates"]
        each = candidates.values() if isinstance(candidates, dict) else candidates
        named |= {one if isinstance(one, str) else one["path"] for one in each}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(rows))
        for name in sorted(named):
            archive.write(manifest.parent / name, name)
    return path


def make_draft(lead: Website, archive: Path) -> None:
    """Create a campaign and import into it; the rubric and the people are still missing."""
    press(lead, "campaigns/new/", "", name="Spring round", slug=DRAFT, k="2", overlap="3")
    page = lead.get(f"c/{DRAFT}/import/")
    page = lead.submit(page, page.form(""), file=archive)
    await_jobs(lead, page.url)


def form_of(accounts: dict[str, str]):
    """Return sign_in(page, who), which fills the form of the sign-in page."""

    def sign_in(page: Page, who: str) -> None:
        page.goto("/login/")
        page.fill("[name=username]", who)
        page.fill("[name=password]", accounts[who])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")

    return sign_in


if __name__ == "__main__":
    sys.exit(main())
