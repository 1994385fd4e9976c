"""The pictures of the documents: there, used, small, in both themes."""

import re

import numpy as np
import pytest
from PIL import Image

from tests.docs import diagram
from tests.docs.shots import SHOTS, take
from tests.factories import make_campaign, make_member, make_queued, make_user

PROJECT = diagram.PROJECT
PAGES = [PROJECT / "README.md", *sorted(PROJECT.glob("docs/*.md"))]
MOST_BYTES, MOST_README_BYTES = 60_000, 400_000
PICTURE = re.compile(r"<picture>(.*?)</picture>", re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
DARK = re.compile(r'<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)">')
LIGHT = re.compile(r'<img src="([^"]+)" width="\d+" alt="([^"]+)">')


def pictures_of(page):
    """Return the dark file, the light file and the description of each picture of a page."""
    found = []
    for inside in PICTURE.findall(page.read_text()):
        (dark,), ((light, words),) = DARK.findall(inside), LIGHT.findall(inside)
        found.append(((page.parent / dark).resolve(), (page.parent / light).resolve(), words))
    return found


def shown_by(pages):
    return {
        path for page in pages for dark, light, _ in pictures_of(page) for path in (dark, light)
    }


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_picture_of_a_page_has_both_themes_and_is_described(page):
    text = FENCED.sub("", page.read_text())
    assert len(re.findall(r"<img|!\[", text)) == len(PICTURE.findall(text))
    for dark, light, words in pictures_of(page):
        assert dark.is_file(), f"{page.name} shows {dark.name}"
        assert light.is_file(), f"{page.name} shows {light.name}"
        stem, _, theme = light.stem.rpartition("-")
        assert (theme, dark.name) == ("light", f"{stem}-dark{light.suffix}")
        assert len(words.split()) > 5


def test_every_picture_is_shown_by_a_page():
    assert set(diagram.FOLDER.iterdir()) == shown_by(PAGES)


def test_pictures_are_small():
    for path in shown_by(PAGES):
        assert path.stat().st_size <= MOST_BYTES, f"{path.name}: {path.stat().st_size} bytes"
    sizes = [path.stat().st_size for path in shown_by(PAGES[:1])]
    assert sum(sizes) <= MOST_README_BYTES


@pytest.mark.parametrize("theme", diagram.THEMES)
def test_the_diagram_is_what_its_script_draws(theme):
    assert diagram.path_of(theme).read_text() == diagram.drawn(theme)


def test_the_words_of_the_diagram_stay_inside_their_boxes(browser):
    page = browser.new_page()
    page.set_content(diagram.drawn("light"))
    outside = page.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll("rect")].map((each) => each.getBBox());
          const fits = (text, box) => text.x >= box.x && text.x + text.width <= box.x + box.width
            && text.y >= box.y && text.y + text.height <= box.y + box.height;
          const holds = (text, box) => text.x >= box.x && text.x <= box.x + box.width
            && text.y >= box.y && text.y <= box.y + box.height;
          return [...document.querySelectorAll("text")].filter((each) => {
            const text = each.getBBox();
            return !boxes.filter((box) => holds(text, box)).every((box) => fits(text, box));
          }).map((each) => each.textContent);
        }"""
    )
    page.close()
    assert outside == []


def test_every_picture_is_made_by_the_script():
    names = {diagram.NAME, *(shot.name for shot in SHOTS)}
    assert {path.stem.rpartition("-")[0] for path in diagram.FOLDER.iterdir()} == names


def test_pictures_are_taken_of_real_pages_in_both_themes(browser, live_site, sign_in, tmp_path):
    lead = make_user()
    campaign = make_campaign(lead=lead)
    make_queued(campaign=campaign, files=True)
    people = {"lead": lead, "annotator": make_member(campaign)}
    draft = make_campaign(lead=lead, state="draft", rubric=False)
    shots = [shot for shot in SHOTS if shot.name in {"judge", "wipe", "setup"}]
    files = take(
        shots,
        browser,
        live_site.url,
        lambda page, who: sign_in(page, people[who]),
        tmp_path,
        slug=campaign.slug,
        draft=draft.slug,
    )
    assert len(files) == 6
    for light, dark in zip(files[::2], files[1::2], strict=True):
        assert max(light.stat().st_size, dark.stat().st_size) <= MOST_BYTES
        one, other = (np.asarray(Image.open(path).convert("L"), float) for path in (light, dark))
        assert one.shape == other.shape
        assert np.median(one) - np.median(other) > 30
