"""The diagram of the loop in README.md, drawn in the colours of static/css/tokens.css."""

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "docs" / "pictures"
NAME = "loop"
THEMES = ("light", "dark")
WIDTH, HEIGHT = 880, 310
BOX_WIDTH, BOX_HEIGHT = 148, 104
TITLE = "Import, judge, check, freeze, train, send back and judge again; export at any time"
STYLE = (
    "text{{font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-size:13px;"
    "fill:{ink-2}}}.name{{font-size:16px;font-weight:600;fill:{ink}}}.who{{fill:{accent}}}"
    ".box{{fill:{raised};stroke:{edge}}}.loop{{fill:{accent-soft};stroke:{accent}}}"
    ".arrow{{fill:none;stroke:{ink-2};stroke-width:1.5}}.back{{fill:none;stroke:{accent};"
    "stroke-width:2}}.tip{{fill:{ink-2}}}.back-tip{{fill:{accent}}}.page{{fill:{paper}}}"
)


@dataclass(frozen=True)
class Box:
    """One step: its name, who does it, and two lines about it. x, y: its upper left corner."""

    name: str
    who: str
    lines: tuple[str, str]
    x: int
    y: int
    in_loop: bool = True


BOXES = (
    Box("Import", "lead", ("sources and edits", "of several models"), 16, 20, False),
    Box("Judge", "experts", ("blind, side by side,", "under a rubric"), 191, 20),
    Box("Check", "lead", ("agreement, with", "its interval"), 366, 20),
    Box("Freeze", "lead", ("a hashed snapshot", "of every answer"), 541, 20),
    Box("Train", "gpu worker", ("a reward model and", "its uncertainty"), 541, 186),
    Box("Export", "researcher", ("preference pairs", "to train editors"), 716, 20, False),
)
ARROWS = (
    ("arrow", "M164 72H182"),
    ("arrow", "M339 72H357"),
    ("arrow", "M514 72H532"),
    ("arrow", "M689 72H707"),
    ("arrow", "M615 124V177"),
    ("back", "M541 238H285Q265 238 265 218V135"),
)
#: Where each arrow ends, and the direction in which it points there.
TIPS = (
    ("tip", 190, 72, "right"),
    ("tip", 365, 72, "right"),
    ("tip", 540, 72, "right"),
    ("tip", 715, 72, "right"),
    ("tip", 615, 185, "down"),
    ("back-tip", 265, 125, "up"),
)
CORNERS = {"right": (-9, -5, -9, 5), "down": (-5, -9, 5, -9), "up": (-5, 9, 5, 9)}
BACK = ("Send back", "where people and model disagree", "most, next to a random arm")


def colours(theme: str) -> dict[str, str]:
    """Return the colours of a theme by their names without dashes in front."""
    css = (PROJECT / "static" / "css" / "tokens.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", css)
    return {name: dark if theme == "dark" else light for name, light, dark in found}


def drawn(theme: str) -> str:
    """Return the diagram as SVG."""
    shapes = [f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="8"/>']
    shapes += [line for box in BOXES for line in _box(box)]
    shapes += [f'<path class="{kind}" d="{path}"/>' for kind, path in ARROWS]
    for kind, x, y, direction in TIPS:
        x1, y1, x2, y2 = CORNERS[direction]
        points = f"{x},{y} {x + x1},{y + y1} {x + x2},{y + y2}"
        shapes.append(f'<polygon class="{kind}" points="{points}"/>')
    name, *lines = BACK
    shapes.append(f'<text class="name" x="290" y="172">{name}</text>')
    shapes += [f'<text x="290" y="{194 + 19 * n}">{line}</text>' for n, line in enumerate(lines)]
    head = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
    style = STYLE.format(**colours(theme))
    inside = "\n".join([f"<title>{TITLE}</title>", f"<style>{style}</style>", *shapes])
    return f"<svg {head}>\n{inside}\n</svg>\n"


def _box(box: Box) -> list[str]:
    kind = "loop" if box.in_loop else "box"
    size = f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"'
    return [
        f'<rect class="{kind}" x="{box.x}" y="{box.y}" {size}/>',
        f'<text class="name" x="{box.x + 10}" y="{box.y + 25}">{escape(box.name)}</text>',
        f'<text class="who" x="{box.x + 10}" y="{box.y + 92}">{escape(box.who)}</text>',
        *(
            f'<text x="{box.x + 10}" y="{box.y + 48 + 19 * n}">{escape(line)}</text>'
            for n, line in enumerate(box.lines)
        ),
    ]


def path_of(theme: str) -> Path:
    """Return where the diagram of a theme lies."""
    return FOLDER / f"{NAME}-{theme}.svg"


def write() -> None:
    """Write the diagram in both themes."""
    for theme in THEMES:
        path_of(theme).write_text(drawn(theme))
