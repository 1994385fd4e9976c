"""Render a Markdown document of the project as part of a page."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

from annotation.handbook.anchors import anchor, names_of
from annotation.handbook.pictures import themed_picture

#: The first column of a table whose rows are terms with an address of their own.
TERM_COLUMN = "term"
CONTENTS_LEVEL = "h2"


@dataclass(frozen=True)
class Document:
    """A rendered document.

    title: its first heading, which the body leaves out. contents: id and text of its parts.
    """

    title: str
    body: SafeString
    contents: list[tuple[str, str]]


@dataclass(frozen=True)
class Targets:
    """Functions that return the address of a linked document, of a picture, and of a file name.

    Each takes the target as the document writes it. None means that the app has no such page.
    """

    link: Callable[[str], str | None]
    picture: Callable[[str], str | None]
    file: Callable[[str], str | None]


def markdown() -> MarkdownIt:
    """Return a parser of CommonMark with tables."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.add_render_rule("fence", _fence)
    return parser


def render(text: str, targets: Targets) -> Document:
    """Return the document.

    A link to a page that the app does not have becomes plain text, and so does HTML other than
    a picture.
    """
    parser = markdown()
    tokens = parser.parse(text)
    title = ""
    if tokens and tokens[0].tag == "h1":
        title = _plain(tokens[1])
        tokens = tokens[3:]
    contents = list(_name_headings(tokens))
    for token in tokens:
        if token.type == "html_block":
            token.content = themed_picture(token.content, targets.picture)
        elif token.type == "inline":
            token.children = list(_with_addresses(token.children or [], targets))
    body = parser.renderer.render(list(_with_tables(tokens)), parser.options, {})
    # Safe: the parser escapes all text of the document, and the document is our own file.
    return Document(title, SafeString(body), contents)


def _fence(_self: Any, tokens: list[Token], index: int, _options: Any, _env: Any) -> str:
    # A wide block scrolls, so the keyboard must reach it.
    return f'<pre tabindex="0"><code>{escape(tokens[index].content)}</code></pre>\n'


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [])


def _name_headings(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    """Give each heading an id, and yield id and text of those of the contents."""
    taken: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        name = heading_anchor(inline.content)
        taken[name] = taken.get(name, -1) + 1
        if taken[name]:
            name = f"{name}-{taken[name]}"
        opening.attrSet("id", name)
        if opening.tag == CONTENTS_LEVEL:
            # The names of functions, which follow a dash, belong to the heading alone.
            yield name, _plain(inline).partition(" — ")[0]


def heading_anchor(heading: str) -> str:
    """Return the id of a heading, by the rule that GitHub has for its pages."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _with_tables(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens with tables that scroll, and with an id for each term of a glossary."""
    row: list[Token] = []
    of_terms = False
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("class", "table")
            of_terms = False
            yield _html("html_block", '<div class="table-wrap" tabindex="0">')
        elif token.type == "tr_open":
            row = []
        row.append(token)
        if token.type == "inline" and row[-2].type == "th_open" and len(row) == _FIRST_CELL:
            of_terms = token.content == TERM_COLUMN
        elif token.type == "inline" and of_terms and len(row) == _FIRST_CELL:
            token.children = [_html("html_inline", _defined(token.content))]
        yield token
        if token.type == "table_close":
            yield _html("html_block", "</div>")


#: A row, its first cell, and the words in it.
_FIRST_CELL = 3


def _defined(cell: str) -> str:
    """Return the first cell of a term's row, with an id for every name in it."""
    names, _, remark = cell.partition(" (")
    dfns = [f'<dfn id="{anchor(name)}">{name}</dfn>' for name in names_of(names)]
    return ", ".join(dfns) + (f' <span class="mute">({remark}</span>' if remark else "")


def _with_addresses(children: list[Token], targets: Targets) -> Iterator[Token]:
    """Yield the parts of a line with the addresses that links and pictures have in the app."""
    is_link = True
    for child in children:
        if child.type == "link_open":
            address = targets.link(str(child.attrGet("href")))
            is_link = address is not None
            if address is None:
                continue
            child.attrSet("href", address)
        elif child.type == "link_close" and not is_link:
            is_link = True
            continue
        elif child.type == "html_inline":
            child = Token("text", "", 0, content=child.content)  # noqa: PLW2901
        elif child.type == "image":
            child.attrSet("src", targets.picture(str(child.attrGet("src"))) or "")
            child.attrSet("loading", "lazy")
        elif child.type == "code_inline" and (address := targets.file(child.content)):
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield child
            yield Token("link_close", "a", -1)
            continue
        yield child


def _html(kind: str, content: str) -> Token:
    return Token(kind, "", 0, content=content)
