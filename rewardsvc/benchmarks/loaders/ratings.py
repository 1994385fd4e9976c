"""Benchmarks of single edits with human scores: ImagenHub and AURORA-Bench."""

import json
from collections.abc import Iterator
from math import sqrt
from pathlib import Path

from rewardsvc.benchmarks.data import Benchmark, DataFault, Edit, Picture, Rating, files_sha256
from rewardsvc.benchmarks.tables import Row, data_files, rows

_LEVELS = (0.0, 0.5, 1.0)
#: Rated with ImagenHub's text-guided editing, but not part of the published table.
_EXCLUDED = "Imagic"


def load_imagenhub(data: Path) -> Benchmark:
    """Read ImagenHub's raw ratings: one TSV per rater, rows = images, columns = editors.

    A cell is [semantic consistency, perceptual quality], each 0, 0.5 or 1. The human score of an
    edit is the mean over raters of sqrt(consistency * quality). Pictures and instructions are
    optional beside the tables: `images/EDITOR/UID`, `images/input/UID`, and `instructions.json`
    {UID: text}. The editor Imagic is left out, as in the published table.
    Raises DataFault where raters differ in their images or editors, and on other values.
    """
    paths = data_files(data, suffixes=(".tsv",))
    if len(paths) < 2:  # noqa: PLR2004 - nobody to compare with
        raise DataFault(data, "one rater's table: two or more are needed")
    tables = [_rater_table(path) for path in paths]
    for path, table in zip(paths[1:], tables[1:], strict=True):
        missing = sorted(f"{uid} by {editor}" for uid, editor in tables[0].keys() ^ table.keys())
        if missing:
            raise DataFault(path, f"differs from {paths[0].name}: {', '.join(missing[:3])}")
    folder = data if data.is_dir() else data.parent
    instructions = _instructions(folder)
    excluded = {key for key in tables[0] if key[1] == _EXCLUDED}
    ratings = tuple(
        _imagenhub_rating(key, [table[key] for table in tables], folder, instructions)
        for key in sorted(tables[0].keys() - excluded)
    )
    pictures = sum(rating.edit.edited is not None for rating in ratings)
    notes = [f"{len(paths)} raters", f"{pictures} of {len(ratings)} edits have pictures"]
    notes += [f"{len(excluded)} ratings of {_EXCLUDED} left out"] if excluded else []
    sha = files_sha256(paths)
    return Benchmark("imagenhub", by_schema=False, sha256=sha, ratings=ratings, notes=tuple(notes))


def load_aurora_ratings(data: Path) -> Benchmark:
    """Read AURORA-Bench's ratings: `prompt`, `input`, `gen`, `score`, `model`.

    The layout is documented by the published evaluator.
    """
    paths = data_files(data, suffixes=(".json", ".jsonl"))
    ratings = tuple(_aurora_rating(row) for path in paths for row in rows(path))
    if not ratings:
        raise DataFault(data, "holds no rating")
    return Benchmark("aurora-bench", by_schema=True, sha256=files_sha256(paths), ratings=ratings)


def _rater_table(path: Path) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for row in rows(path):
        uid = row.text("uid")
        for editor in row.values:
            if editor == "uid":
                continue
            if (uid, editor) in found:
                raise row.fault("uid", f"{uid} stands twice")
            consistency, quality = _cell(row, editor)
            found[uid, editor] = sqrt(consistency * quality)
    if not found:
        raise DataFault(path, "holds no rating")
    return found


def _cell(row: Row, editor: str) -> tuple[float, float]:
    text = row.text(editor)
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if (
        not isinstance(values, list)
        or len(values) != 2  # noqa: PLR2004 - consistency and quality
        or not all(value in _LEVELS for value in values)
    ):
        raise row.fault(editor, f"{text!r} is no pair of 0, 0.5 or 1")
    return float(values[0]), float(values[1])


def _instructions(folder: Path) -> dict[str, str]:
    path = folder / "instructions.json"
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataFault(path, f"is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise DataFault(path, "is no object of image name and instruction")
    return {str(key): str(value) for key, value in found.items()}


def _imagenhub_rating(
    key: tuple[str, str], scores: list[float], folder: Path, instructions: dict[str, str]
) -> Rating:
    uid, editor = key
    pictures: Iterator[Picture | None] = (
        Picture(str(path), path.read_bytes) if path.is_file() else None
        for path in (folder / "images" / "input" / uid, folder / "images" / editor / uid)
    )
    edit = Edit(f"{uid}:{editor}", editor, instructions.get(uid, ""), *pictures)
    return Rating(uid, edit, sum(scores) / len(scores), tuple(scores))


def _aurora_rating(row: Row) -> Rating:
    instruction, source = row.text("prompt"), row.picture("input")
    human = row.number_of("score")
    edit = Edit(
        f"{row.path.stem}:{row.number}", row.text("model"), instruction, source, row.picture("gen")
    )
    return Rating(source.sha256, edit, human, category=row.text("task", ""))
