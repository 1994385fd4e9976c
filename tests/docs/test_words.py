"""Words that a guide quotes from the pages are on a page."""

import html
import re

import pytest

from tests.docs.diagram import PROJECT

GUIDES = ("lead-guide.md", "annotator-guide.md", "researcher-guide.md")
FENCED = re.compile(r"```.*?```", re.DOTALL)
QUOTED = re.compile(r"(?<![*\w])\*([^*]+)\*(?!\*)")
#: About the quotes themselves, and the number of a version.
NOT_QUOTED = {"like these"}
NUMBER = re.compile(r" \d+$")


def words_of_the_pages():
    """Return the words of all templates, and the code that names menus, fields, lanes and views."""
    shown = [
        re.sub(r"{[{%#].*?[}%#]}|<[^>]+>", " ", path.read_text())
        for path in PROJECT.glob("templates/**/*.html")
    ]
    code = [
        path.read_text()
        for folder in ("templates", "annotation", "rewardsvc", "static/js")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in {".html", ".py", ".js"}
    ]
    return html.unescape(" ".join(" ".join(each.split()) for each in [*shown, *code]))


@pytest.mark.parametrize("name", GUIDES)
def test_every_word_that_a_guide_quotes_is_on_a_page(name):
    text = FENCED.sub("", (PROJECT / "docs" / name).read_text())
    quoted = {" ".join(each.split()) for each in QUOTED.findall(text)} - NOT_QUOTED
    assert quoted
    pages = words_of_the_pages()
    assert [each for each in sorted(quoted) if NUMBER.sub("", each) not in pages] == []
