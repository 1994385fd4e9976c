"""EditReward-Bench: K = 2, 3, 4 candidates, as released (rows of pairs) and in the older layout."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

from rewardsvc.benchmarks.data import Benchmark, Edit, Group, files_sha256
from rewardsvc.benchmarks.labels import (
    LETTERS,
    TIES,
    UnreadableLabel,
    outcomes,
    parse_ranking,
)
from rewardsvc.benchmarks.tables import Row, data_files, rows

_LARGEST = len(LETTERS)
Pairs = dict[tuple[str, str], tuple[Row, int]]


def load_editreward_bench(data: Path) -> Benchmark:
    """Read a file or folder in either layout.

    As released: one row per pair with `id` (the group before its first "_"), `num_candidates`,
    `comparison_type` ("AvsC"), `ranking`, `instruction`, `source_image`, `candidate_1`,
    `candidate_2`, `model_1`, `model_2`; the data set's card documents them. Older: one object per
    group with `prompt`, `path_src`, `paths_generated`, `human_vote` {`ranking`}; documented by the
    published evaluator.
    Repeated pairs are read once and counted. Groups whose pairs contradict each other, or lack
    some, are left out and counted. Raises DataFault on anything else.
    """
    paths = data_files(data, suffixes=(".parquet", ".json", ".jsonl"))
    notes: Counter[str] = Counter()
    groups: list[Group] = []
    released: dict[tuple[int, str], Pairs] = {}
    for path in paths:
        for row in rows(path):
            if "paths_generated" in row.values:
                groups.append(_older_group(row))
            else:
                _add_pair(row, released, notes)
    groups += _released_groups(released, notes)
    sentences = [f"{count} {what}" for what, count in sorted(notes.items())]
    counted = Counter(len(group.edits) for group in groups)
    sentences += [f"{n} groups of {k} candidates" for k, n in sorted(counted.items())]
    return Benchmark(
        "editreward-bench",
        by_schema=True,
        sha256=files_sha256(paths),
        groups=tuple(groups),
        notes=tuple(sentences),
    )


def _older_group(row: Row) -> Group:
    listed = row.listed("paths_generated", 2)
    if len(listed) > _LARGEST:
        raise row.fault("paths_generated", f"names more than {_LARGEST} candidates")
    vote = row.value("human_vote")
    label = vote.get("ranking") if isinstance(vote, dict) else None
    try:
        ranks = parse_ranking(label, len(listed))
    except UnreadableLabel as error:
        raise row.fault("human_vote", str(error)) from error
    instruction, source = row.text("prompt"), row.picture("path_src")
    edits = tuple(
        Edit(
            f"{row.path.name}:{row.number}:{LETTERS[n]}", "", instruction, source,
            row.picture("paths_generated", n),
        )
        for n in range(len(listed))
    )  # fmt: skip
    key, kind = f"{row.path.name}:{row.number}", TIES.get(str(label).strip()) or ""
    return Group(key, source.sha256, edits, ranks, str(label), tie_kind=kind)


def _add_pair(row: Row, released: dict[tuple[int, str], Pairs], notes: Counter[str]) -> None:
    first, second = _letters(row)
    k = int(row.number_of("num_candidates"))
    label = row.text("ranking").strip()
    outcome = _outcome(row, label, first, second)
    pairs = released.setdefault((k, row.text("id").partition("_")[0]), {})
    before = pairs.get((first, second))
    if before is None:
        pairs[first, second] = row, outcome
    elif before[1] == outcome:
        notes["repeated pairs read once"] += 1
    else:
        notes["repeated pairs with opposite labels"] += 1
        pairs[first, second] = row, _CONFLICT


_CONFLICT = 2


def _letters(row: Row) -> tuple[str, str]:
    first, _, second = row.text("comparison_type", "AvsB").partition("vs")
    if first not in LETTERS or second not in LETTERS or not first < second:
        raise row.fault("comparison_type", f"{row.values['comparison_type']!r} names no pair")
    return first, second


def _outcome(row: Row, label: str, first: str, second: str) -> int:
    known = {f"{first}>{second}": 1, f"{second}>{first}": -1, f"{first}<{second}": -1}
    known |= {f"{first}={second}": 0} | dict.fromkeys(TIES, 0)
    if label not in known:
        raise row.fault("ranking", f"{label!r} is no result of {first} against {second}")
    return known[label]


def _released_groups(
    released: dict[tuple[int, str], Pairs], notes: Counter[str]
) -> Iterator[Group]:
    for (k, key), pairs in released.items():
        letters = LETTERS[:k]
        wanted = list(combinations(letters, 2))
        found = [pairs[pair][1] if pair in pairs else None for pair in wanted]
        if None in found:
            notes[f"groups of {k} left out: a pair is missing"] += 1
            continue
        if _CONFLICT in found:
            notes[f"groups of {k} left out: a pair has opposite labels"] += 1
            continue
        better = dict.fromkeys(letters, 1)
        for (first, second), outcome in zip(wanted, found, strict=True):
            better[second if outcome == 1 else first] += outcome != 0
        ranks = tuple(better[letter] for letter in letters)
        if list(outcomes(ranks)) != found:
            notes[f"groups of {k} left out: the pairs are in no order"] += 1
            continue
        yield _released_group(f"{k}:{key}", letters, pairs, ranks)


def _released_group(key: str, letters: str, pairs: Pairs, ranks: tuple[int, ...]) -> Group:
    first = next(iter(pairs.values()))[0]
    instruction, source = first.text("instruction"), first.picture("source_image")
    edits = {}
    for pair, (row, _) in pairs.items():
        for letter, n in zip(pair, (1, 2), strict=True):
            edits[letter] = Edit(
                f"{key}:{letter}", row.text(f"model_{n}", ""), instruction, source,
                row.picture(f"candidate_{n}"),
            )  # fmt: skip
    label = first.text("ranking").strip() if len(letters) == 2 else _spelt(letters, ranks)  # noqa: PLR2004
    return Group(
        key,
        source.sha256,
        tuple(edits[letter] for letter in letters),
        ranks,
        label,
        category=first.text("category", ""),
        tie_kind=TIES.get(label) or "",
    )


def _spelt(letters: str, ranks: tuple[int, ...]) -> str:
    order = sorted(zip(ranks, letters, strict=True))
    text = order[0][1]
    for (before, _), (rank, letter) in pairwise(order):
        text += ("=" if rank == before else ">") + letter
    return text
