"""Read values as spreadsheets and data frames write them: 42.0, NaN, None, zh_CN."""

import math
import re

from annotation.items.imports import rows
from annotation.items.imports.report import Line, LineList, Outcome
from annotation.items.imports.rows import RowRefused

# What pandas reads as nothing by default, and what it and Excel write for it.
NOTHING = frozenset(
    [
        *(
            "nan",
            "NaN",
            "-nan",
            "-NaN",
            "NaT",
            "<NA>",
            "NA",
            "N/A",
            "n/a",
            "#N/A",
            "#NA",
            "#N/A N/A",
        ),
        *("None", "none", "null", "NULL", "Null", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
    ]
)
# What a data frame writes for nothing and nobody writes by hand.
MISSING = frozenset(["nan", "NaN", "<NA>", "NaT"])
NOT_SENSITIVE = frozenset(["0", "0.0", "false", "no"])
IS_SENSITIVE = frozenset(["1", "1.0", "true", "yes"])
# What is stored where a manifest says that an item is sensitive, and not why.
NO_REASON = "sensitive, no reason stated"
# Beyond it a floating-point number may stand for several whole ones.
MAX_EXACT = 2**53
# A decimal comma comes from spreadsheets of many countries.
WHOLE = re.compile(r"([+-]?\d+)[.,]0+")
# How spreadsheets show, and save, a number of more digits than fit its cell.
ROUNDED = re.compile(r"[+-]?\d([.,]\d+)?[eE]\+?\d+")
# How chat models write their special tokens: <|im_end|>.
TOKEN = re.compile(r"<\|[^|<>\s]{1,40}\|>")
# Most distinct notes of one manifest, to bound memory.
MAX_NOTES = 200


class Notes:
    """Notes about values of one manifest. Each is reported once, with the number of its rows."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[int, int]] = {}

    def add(self, row: int, reason: str) -> None:
        """Note something about a row; reasons beyond the limit are left out."""
        first, n = self._rows.get(reason, (row, 0))
        if n or len(self._rows) < MAX_NOTES:
            self._rows[reason] = first, n + 1

    def report(self, lines: LineList, file: str) -> None:
        """Append a line per reason, under the first of its rows."""
        for reason, (first, n) in self._rows.items():
            more = f" (in {n} places)" if n > 1 else ""
            lines.append(Line(file, first, Outcome.NOTE, reason + more))


class Values:
    """The optional values of one row. A value that stands for nothing is "" and noted."""

    def __init__(self, notes: Notes, row: int) -> None:
        self._notes = notes
        self._row = row

    def instruction(self, value: object) -> str:
        """Return an instruction; a token of models in it is noted.

        Raises RowRefused as `required` does.
        """
        instruction = required(value, "instruction", rows.MAX_INSTRUCTION)
        if token := TOKEN.search(instruction):
            self._notes.add(
                self._row,
                f"the instruction has {token[0]}, which vision-language models read as a token of "
                "their own: none that has it can be trained with it",
            )
        return instruction

    def text(self, value: object, name: str, limit: int) -> str:
        """Return a text; a whole number is text. Raises RowRefused as `rows.text` does."""
        return rows.label(self._plain(value, name), name, limit)

    def version(self, value: object) -> str:
        """Return a version given as text or as a number such as 1.5."""
        plain = self._plain(value, "version")
        if isinstance(value, float) and isinstance(plain, int):
            self._notes.add(self._row, f"the version {value!r} is read as {plain}")
        if isinstance(plain, float) and math.isfinite(plain):
            plain = repr(plain)
        return rows.label(plain, "version", rows.MAX_VERSION)

    def seed(self, value: object) -> str:
        """Return a seed; 42.0 is 42."""
        seed = self.text(value, "seed", rows.MAX_SEED)
        if ROUNDED.fullmatch(seed):
            self._notes.add(self._row, f"the seed {seed} is rounded, as by a spreadsheet")
        whole = WHOLE.fullmatch(seed)
        return whole[1] if whole else seed

    def language(self, value: object) -> str:
        """Return a language tag; "" and a note for what is none."""
        try:
            return rows.language(self._plain(value, "language"))
        except RowRefused as refusal:
            self._notes.add(self._row, f"{refusal}: {str(value)[:40]!r} is left out")
            return ""

    def sensitive(self, value: object) -> str:
        """Return why an item is sensitive; false and 0 are "", true and 1 state no reason."""
        plain = self._plain(value, "sensitive")
        word = str(plain).strip().lower()
        if word in IS_SENSITIVE:
            self._notes.add(self._row, f"{value!r} in sensitive is read as sensitive, no reason")
            return NO_REASON
        if word in NOT_SENSITIVE:
            self._notes.add(self._row, f"{value!r} in sensitive is read as not sensitive")
            return ""
        return rows.text(plain, "sensitive", rows.MAX_SENSITIVE)

    def known_best(self, value: object) -> str:
        """Return the generator of the best edit; "" and a note for what is no name."""
        try:
            return self.text(value, "known_best", rows.MAX_GENERATOR)
        except RowRefused as refusal:
            self._notes.add(self._row, f"{refusal}: it is left out")
            return ""

    def optional(self, value: object, name: str) -> object:
        """Return a value as it is, None where it stands for nothing."""
        plain = self._plain(value, name)
        return None if plain in (None, "") else plain

    def _plain(self, value: object, name: str) -> object:
        if isinstance(value, float):
            if math.isnan(value):
                self._notes.add(self._row, f"NaN in {name} is read as nothing")
                return ""
            return int(value) if value.is_integer() and abs(value) < MAX_EXACT else value
        if isinstance(value, str) and value.strip() in NOTHING:
            self._notes.add(self._row, f"{value.strip()!r} in {name} is read as nothing")
            return ""
        return value


def required(value: object, name: str, limit: int, *, numbers: bool = False) -> str:
    """Return a text that must be there; raises RowRefused for one that a data frame lacks.

    numbers: a whole number is text.
    """
    if isinstance(value, float) and math.isnan(value):
        value = None
    if isinstance(value, str) and value.strip() in MISSING:
        raise RowRefused(f"{name} is missing: {value.strip()!r} stands for nothing")
    if isinstance(value, float) and value.is_integer() and abs(value) < MAX_EXACT:
        value = int(value)
    if isinstance(value, int) and numbers:
        value = rows.label(value, name, limit)
    return rows.text(value, name, limit, required=True)
