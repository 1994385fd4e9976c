"""Pictures of a document: a <picture> with a version for each theme."""

from collections.abc import Callable
from html.parser import HTMLParser

from django.utils.html import format_html
from django.utils.safestring import SafeString

Address = Callable[[str], str | None]
DARK = "dark"


class _Picture(HTMLParser):
    """Read the two files, the words and the width of a <picture>; whether it has anything else."""

    def __init__(self) -> None:
        super().__init__()
        self.light = self.dark = self.alt = ""
        self.width = "640"
        self.is_other = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "source" and DARK in given.get("media", ""):
            self.dark = given.get("srcset", "")
        elif tag == "img":
            self.light = given.get("src", "")
            self.alt = " ".join(given.get("alt", "").split())
            self.width = given.get("width", self.width)
        elif tag != "picture":
            self.is_other = True

    def handle_data(self, data: str) -> None:
        self.is_other = self.is_other or bool(data.strip())


def themed_picture(html: str, address: Address) -> SafeString:
    """Return the picture as one image for each theme; other HTML as text.

    Browsers choose a <source> by the theme of the system. Here the style sheet chooses, because a
    person may prefer another theme.
    """
    read = _Picture()
    read.feed(html)
    read.close()
    if read.is_other or not read.light:
        return format_html("<p>{}</p>", html)
    image = '<img class="{}" src="{}" alt="{}" width="{}" loading="lazy">'
    light, dark = (address(name) for name in (read.light, read.dark or read.light))
    if light == dark:
        return format_html(f"<p>{image}</p>", "", light, read.alt, read.width)
    return format_html(
        f"<p>{image}{image}</p>",
        *("on-light", light, read.alt, read.width),
        *("on-dark", dark, read.alt, read.width),
    )
