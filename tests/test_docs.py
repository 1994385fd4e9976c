"""What the documents point at is there."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PAGES = sorted([PROJECT / "README.md", *PROJECT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(PROJECT)) for page in PAGES])
def test_every_link_to_a_file_leads_to_one(page):
    for target in LINK.findall(page.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_make_command_that_a_page_names_exists():
    known = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z]+)", page.read_text()))
        assert named <= known, f"{page.name} names {sorted(named - known)}"


def metrics_section() -> str:
    text = (PROJECT / "docs" / "metrics.md").read_text()
    return text.partition("## Where each number is shown\n")[2].partition("\n## ")[0]


def test_a_number_said_to_be_shown_is_read_by_the_file_that_is_named():
    rows = re.findall(r"^\|[^|]+\| `(\w+)` \| `([\w/.]+)` \|", metrics_section(), re.MULTILINE)
    assert len(rows) > 8
    for function, path in rows:
        assert re.search(rf"\b{function}\(", (PROJECT / path).read_text()), f"{path}: {function}"


def test_a_number_said_to_wait_for_its_page_is_read_by_none():
    waiting = re.findall(r"`(\w+)`", metrics_section().rpartition("No page shows these yet")[2])
    assert len(waiting) > 8
    for app in ("annotation", "rewardsvc", "demo"):
        for path in (PROJECT / app).rglob("*.py"):
            if "stats" not in path.parts and path.parts[-2:] != ("benchmarks", "metrics.py"):
                read = {name for name in waiting if re.search(rf"\b{name}\(", path.read_text())}
                assert not read, f"{path.relative_to(PROJECT)} reads {sorted(read)}"
