"""A table of a run as Markdown, LaTeX, CSV or JSON."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from rewardsvc.benchmarks.published import quoted
from rewardsvc.benchmarks.report import Line

_HEAD = ("part", "metric", "convention", "value", "95 % interval", "n", "items")
_LATEX = {each: f"\\{each}" for each in "&%_#${}"} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}


def as_dicts(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [asdict(line) for line in lines]


def as_markdown(lines: Sequence[Line], *, title: str, benchmark: str) -> str:
    """Return the table, and below it the paper's values for the same benchmark, as quoted."""
    rows = ["|".join(["", *_HEAD, ""]), "|".join(["", *["---"] * len(_HEAD), ""])]
    rows += ["|".join(["", *map(_piped, _cells(line)), ""]) for line in lines]
    return "\n".join([f"# {title}", "", *rows, *_quoted_markdown(benchmark)]) + "\n"


def as_latex(lines: Sequence[Line], *, title: str, benchmark: str) -> str:  # noqa: ARG001 - one signature for all formats
    rows = [" & ".join(map(_escaped, _cells(line))) + r" \\" for line in lines]
    head = " & ".join(map(_escaped, _HEAD)) + r" \\"
    return "\n".join(
        [
            rf"% {title}",
            r"\begin{tabular}{lllrlrr}",
            r"\toprule",
            head,
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def as_csv(lines: Sequence[Line], *, title: str, benchmark: str) -> str:  # noqa: ARG001 - as above
    stream = io.StringIO()
    names = list(Line.__dataclass_fields__)
    writer = csv.DictWriter(stream, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(as_dicts(lines))
    return stream.getvalue()


#: By the suffix of the file that is written.
FORMATS: dict[str, Callable[..., str]] = {".md": as_markdown, ".tex": as_latex, ".csv": as_csv}


def _cells(line: Line) -> tuple[str, ...]:
    value = f"undefined: {line.why}" if line.value is None else f"{line.value:.4f}"
    return (
        line.part, line.metric, line.convention, value, _interval(line), str(line.n),
        str(line.n_items),
    )  # fmt: skip


def _interval(line: Line) -> str:
    if line.low is None or line.high is None:
        return ""
    return f"[{line.low:.4f}, {line.high:.4f}]"


def _quoted_markdown(benchmark: str) -> list[str]:
    columns, rows = quoted(benchmark)
    if not rows or not rows[0][1]:
        return []
    head = ["Published values in per cent, quoted from EditReward (arXiv 2509.26346), Table 2:", ""]
    table = [
        "|".join(["", "method", *columns, ""]),
        "|".join(["", *["---"] * (len(columns) + 1), ""]),
    ]
    for name, values in rows:
        cells = ["–" if value is None else f"{value:.2f}" for value in values]
        table.append("|".join(["", name, *cells, ""]))
    return ["", *head, *table]


def _piped(text: str) -> str:
    return text.replace("|", "\\|")


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
