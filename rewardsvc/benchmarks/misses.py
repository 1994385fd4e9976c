"""What lies behind each miss: the pictures, what people said and what the scorer said."""

import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from PIL import Image

from rewardsvc.benchmarks.answers import Answers
from rewardsvc.benchmarks.comparison import said
from rewardsvc.benchmarks.data import Benchmark, Group, Picture
from rewardsvc.benchmarks.labels import outcomes
from rewardsvc.core.data.pictures import UNREADABLE, decoded

_SIDE = 480
_LETTERS = "ABCDEFGH"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 96rem; padding: 0 1rem; }
article { border-top: 1px solid GrayText; padding: 1rem 0; }
.pictures { display: grid; gap: 1rem; grid-template-columns: repeat(3, 1fr); }
figure { margin: 0; }
img { height: auto; max-width: 100%; }
h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
"""


@dataclass(frozen=True)
class Miss:
    """A pair that people decided and the scorer ordered otherwise, or not at all."""

    group: Group
    first: int
    second: int
    human: int
    gap: float


def misses_of(benchmark: Benchmark, answers: Answers) -> list[Miss]:
    """Return every missed pair, the most confident first; pairs without an answer are no misses."""
    found = []
    for group in benchmark.groups:
        human = outcomes(group.ranks)
        for n, (i, j) in enumerate(combinations(range(len(group.edits)), 2)):
            gap = said(group, i, j, answers)
            if gap is not None and human[n] and gap * human[n] <= 0:
                found.append(Miss(group, i, j, human[n], float(gap)))
    return sorted(found, key=lambda miss: -abs(miss.gap))


def write_misses(folder: Path, misses: list[Miss], *, title: str) -> int:
    """Write `misses.jsonl`, `index.html` and the pictures, shrunk; return the number of misses.

    Every miss is written; a picture that is absent or cannot be read is named in its place.
    """
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    with (folder / "misses.jsonl").open("w", encoding="utf-8") as file:
        for miss in misses:
            file.write(json.dumps(_row(miss), ensure_ascii=False) + "\n")
    articles = [_article(miss, pictures, n) for n, miss in enumerate(misses, start=1)]
    page = "\n".join(_page(title, articles))
    (folder / "index.html").write_text(page, encoding="utf-8")
    return len(misses)


def _row(miss: Miss) -> dict[str, Any]:
    one, other = miss.group.edits[miss.first], miss.group.edits[miss.second]
    return {
        "group": miss.group.key,
        "category": miss.group.category,
        "instruction": one.instruction,
        "label": miss.group.label,
        "edits": [_LETTERS[miss.first], _LETTERS[miss.second]],
        "generators": [one.generator, other.generator],
        "pictures": [edit.edited.name if edit.edited else None for edit in (one, other)],
        "people": _winner(miss, miss.human),
        "scorer": _winner(miss, miss.gap),
        "gap": miss.gap,
    }


def _winner(miss: Miss, gap: float) -> str:
    if gap == 0:
        return "tie"
    return _LETTERS[miss.first if gap > 0 else miss.second]


def _page(title: str, articles: list[str]) -> Iterable[str]:
    heading = html.escape(title)
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>Misses of {heading}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>Misses of {heading}</h1>"
    yield f"<p>{len(articles)} pairs that people decided and the scorer did not order so, "
    yield "the most confident first.</p>"
    yield from articles
    yield "</body></html>"


def _article(miss: Miss, pictures: Path, number: int) -> str:
    row = _row(miss)
    one, other = miss.group.edits[miss.first], miss.group.edits[miss.second]
    shown = [("Source", one.source), *(
        (f"{letter} · {edit.generator or 'generator unknown'}", edit.edited)
        for letter, edit in zip(row["edits"], (one, other), strict=True)
    )]  # fmt: skip
    figures = [
        _figure(picture, name, pictures / f"{number}-{place}.png")
        for place, (name, picture) in enumerate(shown)
    ]
    facts = f"People: {row['people']}. Scorer: {row['scorer']} (gap {miss.gap:.3g})."
    category = f" {html.escape(miss.group.category)}." if miss.group.category else ""
    return (
        f"<article><h2>{html.escape(one.instruction)}</h2><p>{facts}{category} "
        f"{html.escape(miss.group.key)}</p><div class=pictures>{''.join(figures)}</div></article>"
    )


def _figure(picture: Picture | None, name: str, path: Path) -> str:
    caption = html.escape(name)
    why = "no picture" if picture is None else _written(picture, path)
    if why:
        return f"<figure><p>{html.escape(why)}</p><figcaption>{caption}</figcaption></figure>"
    source = f"pictures/{path.name}"
    return (
        f'<figure><img src="{source}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
    )


def _written(picture: Picture, path: Path) -> str:
    """Write a picture as people see it; return why not, or nothing."""
    try:
        image = decoded(picture.read())
    except UNREADABLE as error:
        return f"cannot be read: {error}"
    image.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    image.save(path, "PNG")
    return ""
