"""What a page shows, found by the names of its elements and not by their wording."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

NEVER_CLOSED = frozenset("area base br col embed hr img input link meta source track wbr".split())
STEP = re.compile(
    r'(?P<tag>[\w-]+)|#(?P<own_id>[\w-]+)|\.(?P<kind>[\w-]+)|\[(?P<name>[\w-]+)(?:="(?P<value>[^"]*)")?\]'
)


@dataclass
class Part:
    """One element: `text` is all that it holds, blanks collapsed."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    @property
    def numbers(self) -> list[float]:
        """Return the numbers in the text, in reading order, digits grouped by commas or not."""
        return [
            float(each.replace(",", "")) for each in re.findall(r"\d[\d,]*(?:\.\d+)?", self.text)
        ]

    def fits(self, selector: str) -> bool:
        """Return whether a selector of one element, such as `li.error[data-id="7"]`, finds it."""
        steps = list(STEP.finditer(selector))
        assert "".join(step[0] for step in steps) == selector != "", f"not a selector: {selector}"
        return all(self._fits(**step.groupdict()) for step in steps)

    def _fits(self, *, tag, own_id, kind, name, value):
        own = self.attributes
        if name:
            return name in own if value is None else own.get(name) == value
        if kind:
            return kind in own.get("class", "").split()
        return self.tag == tag if tag else own.get("id") == own_id


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.parts = []
        self.open = []

    def handle_starttag(self, tag, attrs):
        part = Part(tag, {name: value or "" for name, value in attrs})
        self.parts.append(part)
        if tag not in NEVER_CLOSED:
            self.open.append(part)

    def handle_endtag(self, tag):
        if any(part.tag == tag for part in self.open):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data):
        for part in self.open:
            part.text += data


def parts(response, selector):
    """Return the elements of a page that a selector of one element finds, in reading order."""
    reader = _Reader()
    reader.feed(response.content.decode())
    reader.close()
    found = [part for part in reader.parts if part.fits(selector)]
    for part in found:
        part.text = " ".join(part.text.split())
    return found


def part(response, selector):
    """Return the only element that a selector of one element finds."""
    found = parts(response, selector)
    assert len(found) == 1, f"{len(found)} elements are {selector}"
    return found[0]


def messages_of(response):
    """Return what the page says of what was just done: level -> text."""
    levels = ("info", "success", "warning", "error")
    return {level: part.text for level in levels for part in parts(response, f"li.{level}")}
