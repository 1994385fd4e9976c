"""Benchmarks of two candidates: votes of an arena, expert pairs, and the preference data."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rewardsvc.benchmarks.data import Benchmark, DataFault, Edit, Group, Picture, files_sha256
from rewardsvc.benchmarks.tables import Row, data_files, rows

_FIRST, _TIE, _SECOND = (1, 2), (1, 1), (2, 1)
_VOTES = {
    "leftvote": (_FIRST, ""),
    "rightvote": (_SECOND, ""),
    "tievote": (_TIE, "good"),
    "bothbad_vote": (_TIE, "bad"),
    "tie": (_TIE, ""),
}
#: Rows of the two published versions of GenAI-Bench's image editing part.
_GENAI_RELEASES = {983: "split test, as released", 919: "split test_v1, the paper's votes"}


def load_genai_bench(data: Path) -> Benchmark:
    """Read GenAI-Bench image editing: Parquet as released, or the evaluator's training layout.

    Columns: `instruct_prompt`, `source_image`, `left_model`, `left_output_image`, `right_model`,
    `right_output_image`, `vote_type` (leftvote, rightvote, tievote, bothbad_vote), documented by
    the data set's card. "Both good" and "both bad" are ties of different kinds.
    """
    found = _load("genai-bench", data, _genai_group)
    release = _GENAI_RELEASES.get(len(found.groups), "neither of the two published versions")
    ties = Counter(group.tie_kind for group in found.groups if group.ranks == _TIE)
    notes = (
        f"{len(found.groups)} votes: {release}",
        f"{ties['good']} both good, {ties['bad']} both bad",
    )
    return _noted(found, notes)


def load_aurora_pairs(data: Path) -> Benchmark:
    """Read AURORA-Bench's pairs in the evaluator's layout (see `_training_group`)."""
    return _load("aurora-bench-pairs", data, _training_group)


def load_editscore_bench(data: Path) -> Benchmark:
    """Read the bench of EditScore, which has the name EditReward-Bench too.

    Columns: `key` (two), `instruction`, `input_image`, `output_images` (two), `task_type`,
    `dimension` (prompt_following, consistency, overall), documented by its evaluation script. The
    first output is the preferred one. The three dimensions are categories.
    """
    return _load("editscore-bench", data, _editscore_group)


def load_mmrb2_edit(data: Path) -> Benchmark:
    """Read the editing task of MMRB2: `edit.json` with `pairs`.

    Fields: `id`, `prompt_content` (texts and pictures), `response_a`, `response_b` {`model_name`,
    `response_content`}, `chosen` (A or B), `prompt_source`. Prompts of several source pictures are
    no edits of one picture: left out and counted.
    """
    return _load("mmrb2-edit", data, _mmrb2_group, key="pairs")


def load_editreward_data(data: Path) -> Benchmark:
    """Read EditReward-Data's rows as pairs: see docs/formats/editreward-data.md for the columns."""
    return _load("editreward-data", data, _preference_group)


def _load(
    name: str, data: Path, group: Callable[[Row], Group | str], *, key: str = ""
) -> Benchmark:
    paths = data_files(data, suffixes=(".parquet", ".json", ".jsonl"))
    groups: dict[str, Group] = {}
    left_out: Counter[str] = Counter()
    for path in paths:
        for row in rows(path, key=key if path.suffix == ".json" else ""):
            found = group(row)
            if isinstance(found, str):
                left_out[found] += 1
            elif found.key in groups:
                same = groups[found.key].ranks == found.ranks
                left_out["repeated" if same else "repeated with another label"] += 1
            else:
                groups[found.key] = found
    if not groups:
        raise DataFault(data, "holds no usable pair")
    notes = tuple(f"{count} rows left out: {why}" for why, count in sorted(left_out.items()))
    return Benchmark(
        name,
        by_schema=True,
        sha256=files_sha256(paths),
        groups=tuple(groups.values()),
        notes=notes,
    )


def _noted(found: Benchmark, notes: tuple[str, ...]) -> Benchmark:
    return Benchmark(
        found.name, found.by_schema, found.sha256, found.groups, notes=(*notes, *found.notes)
    )


def _vote(row: Row) -> tuple[tuple[int, int], str]:
    vote = row.text("vote_type")
    if vote not in _VOTES:
        raise row.fault("vote_type", f"{vote!r} is none of {', '.join(_VOTES)}")
    return _VOTES[vote]


def _two(
    key: str, instruction: str, source: Picture, sides: tuple[tuple[str, Picture], ...]
) -> tuple[Edit, ...]:
    return tuple(
        Edit(f"{key}:{n}", model, instruction, source, picture)
        for n, (model, picture) in enumerate(sides, start=1)
    )


def _genai_group(row: Row) -> Group | str:
    if "path1" in row.values:
        return _training_group(row)
    key, instruction = f"{row.path.stem}:{row.number}", row.text("instruct_prompt")
    ranks, kind = _vote(row)
    sides = tuple(
        (row.text(f"{side}_model"), row.picture(f"{side}_output_image"))
        for side in ("left", "right")
    )
    source = row.picture("source_image")
    edits = _two(key, instruction, source, sides)
    return Group(key, source.sha256, edits, ranks, row.text("vote_type"), tie_kind=kind)


def _training_group(row: Row) -> Group:
    """Read `prompt`, `path_src`, `path1`, `path2`, `model1`, `model2`, `model*_dim1_score`.

    Equal scores are a tie. The layout of the official trainer's `train.json`.
    """
    key, instruction = f"{row.path.stem}:{row.number}", row.text("prompt")
    first, second = row.number_of("model1_dim1_score"), row.number_of("model2_dim1_score")
    ranks = _TIE if first == second else _FIRST if first > second else _SECOND
    sides = tuple((row.text(f"model{n}", ""), row.picture(f"path{n}")) for n in (1, 2))
    source = row.picture("path_src")
    edits = _two(key, instruction, source, sides)
    label = f"{first:g} against {second:g}"
    return Group(key, source.sha256, edits, ranks, label, row.text("task", ""))


def _editscore_group(row: Row) -> Group:
    first, second = (str(each) for each in row.listed("key", 2)[:2])
    dimension, instruction = row.text("dimension"), row.text("instruction")
    source = row.picture("input_image")
    edits = tuple(
        Edit(name, "", instruction, source, row.picture("output_images", n))
        for n, name in enumerate((first, second))
    )
    key = f"{first}|{second}|{dimension}"
    category = f"{dimension}: {row.text('task_type')}"
    return Group(key, source.sha256, edits, _FIRST, "first", category)


def _mmrb2_group(row: Row) -> Group | str:
    key, chosen = row.text("id"), row.text("chosen")
    if chosen not in ("A", "B"):
        raise row.fault("chosen", f"{chosen!r} is neither A nor B")
    contents = row.listed("prompt_content")
    pictures = [part[1] for part in contents if part[0] == "image"]
    if len(pictures) != 1:
        return f"{len(pictures)} source pictures"
    instruction = "\n".join(part[1] for part in contents if part[0] == "text")
    source = _at(row, "prompt_content", pictures[0])
    sides = []
    for side in ("response_a", "response_b"):
        response = row.value(side)
        shown = [part[1] for part in response.get("response_content", []) if part[0] == "image"]
        if len(shown) != 1:
            raise row.fault(side, f"holds {len(shown)} pictures, not one")
        sides.append((str(response.get("model_name", "")), _at(row, side, shown[0])))
    edits = _two(key, instruction, source, tuple(sides))
    ranks = _FIRST if chosen == "A" else _SECOND
    return Group(key, source.sha256, edits, ranks, chosen, row.text("prompt_source", ""))


def _at(row: Row, column: str, name: str) -> Picture:
    return Row(row.path, row.number, {column: name}).picture(column)


def _preference_group(row: Row) -> Group:
    key, instruction = row.text("unique_key"), row.text("instruction")
    ranks, kind = _vote(row)
    sides = tuple(
        (row.text(f"{side}_model"), row.picture(f"{side}_output_image"))
        for side in ("left", "right")
    )
    edits = _two(key, instruction, row.picture("source_img"), sides)
    return Group(key, row.text("key"), edits, ranks, row.text("vote_type"), tie_kind=kind)
