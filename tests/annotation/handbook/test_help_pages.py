"""The documents as pages, and the words of ours that link to the glossary."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from annotation.handbook.glossary import UnknownTermError, terms
from annotation.handbook.pages import GLOSSARY, GROUPS, PAGES, STATIC_PICTURES
from annotation.handbook.rendering import Targets, render
from annotation.models import ReferenceAnswer
from tests.pages import part, parts

pytestmark = pytest.mark.django_db
TERM = re.compile(r"""{% term (?P<quote>["'])(?P<name>.+?)(?P=quote)""")
#: Of a form field: the term that its help ends with.
EXPLAINED = re.compile(r"""explained_by=(?P<quote>["'])(?P<name>.+?)(?P=quote)""")
TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
USED = {
    (name, str(path.relative_to(settings.BASE_DIR)))
    for path in TEMPLATES
    for pattern in (TERM, EXPLAINED)
    for _, name in pattern.findall(path.read_text())
}


def page_of(name):
    return Client().get(reverse("help-page", args=[name]))


def ids_of(response):
    return [each.attributes["id"] for each in parts(response, "[id]")]


def rendered(text, **targets):
    nothing = dict.fromkeys(("link", "picture", "file"), lambda _target: None)
    return render(text, Targets(**nothing | targets))


@pytest.mark.parametrize("name", PAGES)
def test_every_link_on_a_help_page_leads_somewhere(name):
    page = page_of(name)
    own = ids_of(page)
    assert len(own) == len(set(own))
    for link in parts(page, "a[href]"):
        path, _, anchor = link.attributes["href"].partition("#")
        if path.startswith(("https://", "http://")):
            continue
        try:
            resolve(path or "/")
        except Resolver404:
            pytest.fail(f"{link.text} leads to {path}")
        if anchor:
            there = ids_of(Client().get(path)) if path else own
            assert anchor in there, f"{link.text} leads to {link.attributes['href']}"


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_on_a_help_page_is_a_static_file_and_has_words_for_it(name):
    for picture in parts(page_of(name), "img"):
        address = picture.attributes["src"].removeprefix(f"/{settings.STATIC_URL.strip('/')}/")
        assert address.startswith(STATIC_PICTURES)
        assert finders.find(address), address
        assert picture.attributes["alt"]


def test_the_index_links_every_document_and_the_api():
    shown = {link.attributes["href"] for link in parts(Client().get(reverse("help")), "a[href]")}
    assert {page.url for page in PAGES.values()} <= shown
    listed = [page.name for group in GROUPS for page in group.pages]
    assert sorted(listed) == sorted(PAGES)
    assert {reverse("api-docs"), reverse("api-schema")} <= shown


def test_a_document_that_is_not_for_the_app_is_not_found():
    assert page_of("architecture").status_code == 404


def test_every_term_of_the_glossary_has_its_own_anchor_and_a_meaning():
    page = page_of(GLOSSARY)
    defined = [each.text for each in parts(page, "dfn")]
    assert sorted(defined) == sorted(terms())
    assert {"random arm", "annotator", "adjudicator", "counts", "share"} <= terms().keys()
    assert all(terms().values())


@pytest.mark.parametrize(("term", "template"), sorted(USED))
def test_every_word_that_a_template_links_is_in_the_glossary(term, template):
    link = Template(f'{{% load glossary %}}{{% term "{term}" %}}').render(Context())
    anchor = re.search(r'href="[^"]*#([^"]+)"', link)[1]
    assert anchor in ids_of(page_of(GLOSSARY)), template


def test_no_template_links_a_word_that_is_only_known_when_it_is_shown():
    # Settings that are fixed, which test_steps.py checks; uses of reference answers; fields, which
    # say the term where they are included.
    known = {"_fixed_settings.html", "references.html", "_field.html"}
    assert set(ReferenceAnswer.Use.values) <= terms().keys()
    for path in TEMPLATES:
        text = path.read_text()
        if path.name not in known:
            assert text.count("{% term ") == len(TERM.findall(text)), path.name


def test_a_word_without_a_row_is_refused():
    with pytest.raises(UnknownTermError, match="no row for “thingamajig”"):
        Template('{% load glossary %}{% term "thingamajig" %}').render(Context())


def test_a_link_to_a_document_without_a_page_becomes_plain_text():
    shown = rendered(
        "# T\nSee [the code](architecture.md), then [this](x.md).", link={"x.md": "/x"}.get
    )
    assert shown.title == "T"
    assert shown.body == '<p>See the code, then <a href="/x">this</a>.</p>\n'


def test_the_name_of_a_document_in_code_leads_to_its_page():
    shown = rendered("See `glossary.md`, not `run`.", file={"glossary.md": "/g/"}.get)
    assert '<a href="/g/"><code>glossary.md</code></a>, not <code>run</code>' in shown.body


def test_html_in_a_document_is_text():
    shown = rendered("a <b>b</b>\n\n```\n<i>&amp;</i>\n```\n")
    assert "&lt;b&gt;" in shown.body
    assert "&lt;i&gt;&amp;amp;&lt;/i&gt;" in shown.body


PICTURE = """<picture>
  <source media="(prefers-color-scheme: dark)" srcset="pictures/a-dark.webp">
  <img src="pictures/a.webp" width="320" alt="Two
    edits">
</picture>
"""


def test_a_picture_has_a_version_for_each_theme():
    shown = rendered(f"text\n\n{PICTURE}\nmore\n", picture=lambda name: f"/static/{name}").body
    images = re.findall(r'<img class="(.*?)" src="(.*?)" alt="(.*?)" width="(.*?)"', shown)
    assert images == [
        ("on-light", "/static/pictures/a.webp", "Two edits", "320"),
        ("on-dark", "/static/pictures/a-dark.webp", "Two edits", "320"),
    ]


@pytest.mark.parametrize("html", ["<picture>\nwords\n</picture>", "<script>\nx()\n</script>"])
def test_a_block_of_html_that_is_no_picture_is_text(html):
    shown = rendered(f"{html}\n").body
    assert "&lt;" in shown
    assert "<script" not in shown
    assert "<picture" not in shown


def test_equal_headings_get_different_ids_and_the_second_level_is_the_contents():
    shown = rendered("# T\n## Load `it`\n### Load\n## Load `it`\n")
    assert shown.contents == [("load-it", "Load it"), ("load-it-1", "Load it")]
    assert re.findall(r'id="([^"]+)"', shown.body) == ["load-it", "load", "load-it-1"]


def test_only_a_table_of_terms_gets_anchors():
    rows = "|---|---|\n| one, two (of it) | 1 |\n"
    assert re.findall(r'dfn id="(\w+)"', rendered(f"| term | n |\n{rows}").body) == ["one", "two"]
    assert "dfn" not in rendered(f"| word | n |\n{rows}").body


@pytest.mark.parametrize("address", ["/", "/login/"])
def test_every_page_has_the_help_below_it(page, address):
    footer = part(page.get(address), "footer")
    assert footer
    links = {link.attributes["href"] for link in parts(page.get(address), "a[href]")}
    assert {reverse("help-page", args=[GLOSSARY]), reverse("api-docs")} <= links
