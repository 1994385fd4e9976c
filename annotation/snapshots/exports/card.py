"""The data card of an export: `README.md`, whose front matter names the files of each split.

Without it the `datasets` library guesses splits from file names and leaves out those it does not
know, such as `held_out`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

SPLITS = ("train", "held_out")
# A column's type, or the names and types of its parts.
Features = Mapping[str, "str | Features"]


def write_card(  # noqa: PLR0913 - what a card says, by keyword
    out: Path,
    *,
    title: str,
    about: str,
    files: Mapping[str, str],
    rows: Mapping[str, int],
    features: Features | None = None,
) -> None:
    """Write the card.

    files: a pattern relative to `out`, by split; a split without files is left out. rows: the
    number of rows by split, which a reader must find. features: the columns' types, where the files
    do not carry them: a split whose values are all null would otherwise get another type than the
    next split, and the two would not load together.
    """
    present = {split: files[split] for split in SPLITS if any(out.glob(files[split]))}
    lines = ["---", "configs:"] if present else ["---"]
    if present:
        lines += ["- config_name: default", "  data_files:"]
    for split, pattern in present.items():
        lines += [f"  - split: {split}", f'    path: "{pattern}"']
    if present and features:
        lines += ["dataset_info:", "- config_name: default", "  features:"]
        lines += _typed(features, indent="  ")
    lines += ["---", "", f"# {title}", "", about, "", *_splits(present, rows)]
    lines += _loading(present, rows)
    (out / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _typed(features: Features, *, indent: str) -> Sequence[str]:
    lines: list[str] = []
    for name, kind in features.items():
        lines.append(f"{indent}- name: {name}")
        if isinstance(kind, str):
            lines.append(f"{indent}  dtype: {kind}")
        else:
            lines += [f"{indent}  struct:", *_typed(kind, indent=f"{indent}  ")]
    return lines


def _splits(present: Mapping[str, str], rows: Mapping[str, int]) -> list[str]:
    if not present:
        return ["No pair could be written."]
    about = {
        "train": "what models may learn from",
        "held_out": "other source images, to compare models on; never train on them",
    }
    return [
        f"- `{split}` ({pattern}), {rows.get(split, 0)} rows: {about[split]}"
        for split, pattern in present.items()
    ]


def _loading(present: Mapping[str, str], rows: Mapping[str, int]) -> list[str]:
    if not present:
        return []
    return [
        "",
        "```python",
        "from datasets import load_dataset",
        'data = load_dataset("THIS_FOLDER")',
        "print({split: len(rows) for split, rows in data.items()})",
        f"# must print { ({split: rows.get(split, 0) for split in present}) }",
        "```",
        "",
        "With any other number the reader did not see every row.",
    ]
