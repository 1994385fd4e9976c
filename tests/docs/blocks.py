"""The fenced blocks of the documents: commands, their output, programs and files."""

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"`([\w./-]+\.(?:jsonl?|csv))`")
NUMBER = re.compile(r"[0-9a-f]{8,}(?:-[0-9a-f]+)*|-?\d+(?:\.\d+)?")
#: Part of an output that differs from run to run, in words and not only in numbers.
ANYTHING = "…"


@dataclass(frozen=True)
class Block:
    """A fenced block. before: the text between it and the block before it."""

    page: str
    language: str
    text: str
    before: str

    @property
    def commands(self) -> list[str]:
        """The command lines of a shell block."""
        return self.text.splitlines() if self.language == "sh" else []

    @property
    def file(self) -> str | None:
        """The file that the text before the block names last, if any."""
        named = FILE.findall(self.before)
        return named[-1] if named else None


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a document in their order."""
    text, found, end = page.read_text(), [], 0
    for match in FENCE.finditer(text):
        found.append(Block(page.name, match["language"], match["text"], text[end : match.start()]))
        end = match.end()
    return found


def fits(expected: str, printed: str) -> bool:
    """Return whether a printed line is the documented one, but for numbers and "…"."""
    parts = (r"\S+?".join(map(re.escape, NUMBER.split(part))) for part in expected.split(ANYTHING))
    return re.fullmatch(".*".join(parts), printed.rstrip()) is not None
