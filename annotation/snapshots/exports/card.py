"""The data card of an export: `README.md`, whose front matter names the files of each split.

Without it the `datasets` library guesses splits from file names and leaves out those it does not
know, such as `held_out`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annotation.snapshots.exports.columns import Columns, typed

DEFAULT = "default"
SPLITS = {
    "train": "what models may learn from",
    "held_out": "other source images, to compare models on; never train on them",
}


@dataclass(frozen=True)
class Card:
    """What a card says.

    files: a pattern relative to the folder, by part: a split, or a configuration and a split.
    rows: the number of rows by part, which a reader must find. features: the columns, where the
    files do not carry their types: a split whose values are all null would otherwise get another
    type than the next split, and the two would not load together. meta: further lines of the front
    matter; text: further paragraphs.
    """

    title: str
    about: str
    files: Mapping[str, str]
    rows: Mapping[str, int]
    features: Columns | None = None
    meta: Sequence[str] = ()
    text: Sequence[str] = field(default_factory=list)
    loads: bool = True

    def write(self, out: Path) -> None:
        """Write `README.md`; a part without rows is left out."""
        present = {part: self.files[part] for part in self._in_order() if self.rows[part]}
        lines = ["---", *self.meta]
        if self.loads:
            lines += self._configs(present)
        lines += ["---", "", f"# {self.title}", "", self.about, "", *self._parts(present)]
        if self.loads:
            lines += self._loading(present)
        lines += [line for paragraph in self.text for line in ("", paragraph)]
        (out / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _in_order(self) -> list[str]:
        order = list(SPLITS)
        return sorted(self.rows, key=lambda part: (_config(part), order.index(_split(part))))

    def _configs(self, present: Mapping[str, str]) -> list[str]:
        lines = ["configs:"] if present else []
        for config in dict.fromkeys(map(_config, present)):
            lines += [f"- config_name: {config}", "  data_files:"]
            for part, pattern in present.items():
                if _config(part) == config:
                    lines += [f"  - split: {_split(part)}", f'    path: "{pattern}"']
        if present and self.features:
            lines += ["dataset_info:"]
            for config in dict.fromkeys(map(_config, present)):
                lines += [f"- config_name: {config}", "  features:"]
                lines += typed(self.features, indent="  ")
        return lines

    def _parts(self, present: Mapping[str, str]) -> list[str]:
        if not present:
            return ["No row could be written."]
        return [
            f"- `{part}` ({pattern}), {self.rows[part]} rows: {SPLITS[_split(part)]}"
            for part, pattern in present.items()
        ]

    def _loading(self, present: Mapping[str, str]) -> list[str]:
        if not present:
            return []
        first = _config(next(iter(present)))
        named = "" if first == DEFAULT else f', "{first}"'
        found = {_split(part): self.rows[part] for part in present if _config(part) == first}
        return [
            "",
            "```python",
            "from datasets import load_dataset",
            f'data = load_dataset("THIS_FOLDER"{named})',
            "print({split: len(rows) for split, rows in data.items()})",
            f"# must print {found}",
            "```",
            "",
            "With any other number the reader did not see every row.",
        ]


def _config(part: str) -> str:
    return part.rpartition("/")[0] or DEFAULT


def _split(part: str) -> str:
    return part.rpartition("/")[2]
