"""What a data card of the Hugging Face Hub says of a snapshot, each number with its interval."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from annotation.snapshots.exports.licences import UNKNOWN
from annotation.snapshots.exports.request import Request
from annotation.snapshots.format.reader import Row, SnapshotReader
from annotation.snapshots.format.votes import is_vote
from annotation.stats.agreement import bootstrap_alpha
from annotation.stats.intervals import wilson

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_COLUMNS = (
    *("comparison_id", "item_id", "annotator", "lane", "in_force", "ranks", "shown_order"),
    *("candidate_ids", "scores", "dimensions"),
)


def front_matter(request: Request) -> list[str]:
    """Return the Hub's own lines: licence, size and task."""
    licences = list(request.summary.licences)
    # The Hub takes one licence; a mixture is `other`, and the card lists it.
    named = licences[0].lower() if len(licences) == 1 and licences[0] != UNKNOWN else "other"
    n = request.summary.rows
    size = next((name for most, name in SIZES if n < most), "n>1M")
    return [
        f'license: "{named}"',
        "task_categories:",
        "- image-to-image",
        "size_categories:",
        f"- {size}",
        "tags:",
        "- preference",
        "- image-editing",
    ]


def described(request: Request) -> list[str]:
    """Return the paragraphs of the card: licences, rubric, people, agreement, biases, splits."""
    votes = [row for row in request.reader.rows("judgments", _COLUMNS) if is_vote(row)]
    return [
        "## Licences",
        _licences(request),
        "## Rubric",
        *_rubric(request.reader),
        "## People",
        _people(votes),
        "## Agreement",
        *_agreement(request.reader, votes),
        "## Known biases",
        *_biases(votes),
        "## Splits",
        _splits(request.reader),
    ]


def _licences(request: Request) -> str:
    lines = [f"- {name}: {n} pictures" for name, n in request.summary.licences.items()]
    lines.append("\nEach picture's own licence and origin: `licences.csv`.")
    return "\n".join(lines)


def _rubric(reader: SnapshotReader) -> list[str]:
    versions = reader.manifest["rubrics"]
    newest = max(versions, key=int, default=None)
    if newest is None:
        return ["None is described."]
    paragraphs = [f"Version {newest}; versions judged under: {', '.join(sorted(versions))}."]
    for each in versions[newest]["dimensions"]:
        levels = [
            f"- {level['value']} {level['name']}: {level['text']}" for level in each["levels"]
        ]
        paragraphs.append("\n".join([f"**{each['name']}** (`{each['slug']}`)", "", *levels]))
    return paragraphs


def _people(votes: Sequence[Row]) -> str:
    n = Counter(row["annotator"] for row in votes)
    if not n:
        return "No vote counts."
    middle = float(np.median(list(n.values())))
    return f"{len(n)} people gave {len(votes)} votes; the median of a person is {middle:g}."


#: A unit's votes: (unit, cluster, annotator, value).
_Ratings = list[tuple[str, str, str, float]]


def _agreement(reader: SnapshotReader, votes: Sequence[Row]) -> list[str]:
    lines = [
        "Krippendorff's alpha with 95 % intervals, resampled by source picture.",
        "",
        "| what | metric | alpha | interval | units with two votes |",
        "|---|---|---|---|---|",
    ]
    source = {row["item_id"]: row["source_sha256"] for row in reader.items.values()}
    lines.append(_alpha_line("verdict on a pair", "nominal", _verdicts(votes, source)))
    lines += [
        _alpha_line(f"`{slug}`", "ordinal", _scores(votes, source, slug))
        for slug in reader.manifest["dimensions"]
    ]
    return ["\n".join(lines)]


def _verdicts(votes: Sequence[Row], source: Mapping[str, str]) -> _Ratings:
    return [
        (f"{row['comparison_id']}_{i}_{j}", source[row["item_id"]], row["annotator"], outcome)
        for row in votes
        for i, j in combinations(range(len(row["ranks"])), 2)
        for outcome in [float(np.sign(row["ranks"][j] - row["ranks"][i]))]
    ]


def _scores(votes: Sequence[Row], source: Mapping[str, str], slug: str) -> _Ratings:
    return [
        (f"{row['comparison_id']}_{name}", source[row["item_id"]], row["annotator"], float(score))
        for row in votes
        if slug in row["dimensions"]
        for name, scores in zip(row["candidate_ids"], row["scores"], strict=True)
        for score in [scores[row["dimensions"].index(slug)]]
    ]


def _alpha_line(what: str, level: str, ratings: _Ratings) -> str:
    units = {unit: number for number, unit in enumerate(dict.fromkeys(each[0] for each in ratings))}
    people = {name: at for at, name in enumerate(dict.fromkeys(each[2] for each in ratings))}
    table = np.full((len(people), len(units)), np.nan)
    clusters = np.zeros(len(units), dtype=np.int64)
    numbers = {name: at for at, name in enumerate(dict.fromkeys(each[1] for each in ratings))}
    for unit, cluster, person, value in ratings:
        table[people[person], units[unit]] = value
        clusters[units[unit]] = numbers[cluster]
    if not units:
        return f"| {what} | {level} | undefined | – | 0 |"
    found = bootstrap_alpha(table, level, clusters=clusters)
    alpha = "undefined" if found.estimate is None else f"{found.estimate:.3f}"
    between = "–" if found.low is None else f"[{found.low:.3f}, {found.high:.3f}]"
    return f"| {what} | {level} | {alpha} | {between} | {found.n_units} |"


def _biases(votes: Sequence[Row]) -> list[str]:
    """Return how often the candidate shown first is preferred, and what else is known."""
    n = first = 0
    for row in votes:
        for i, j in combinations(range(len(row["ranks"])), 2):
            if row["ranks"][i] != row["ranks"][j]:
                earlier = min((i, j), key=row["shown_order"].index)
                later = j if earlier == i else i
                n += 1
                first += row["ranks"][earlier] < row["ranks"][later]
    if not n:
        return ["No vote decides a pair."]
    low, high = wilson(first, n)
    side = (
        f"Of {n} decided votes on pairs, {first / n:.3f} [{low:.3f}, {high:.3f}] prefer the "
        "candidate that was shown first; 0.5 is no bias."
    )
    choice = (
        "Comparisons were drawn by the lanes and policies that each row names; `propensity` is the "
        "chance. The leads chose who judges; these people need not stand for anybody else."
    )
    return [side, choice]


def _splits(reader: SnapshotReader) -> str:
    sources: dict[str, set[str]] = {}
    for row in reader.items.values():
        sources.setdefault(row["split"], set()).add(row["source_sha256"])
    counts = ", ".join(f"{split} {len(found)}" for split, found in sorted(sources.items()))
    return f"By source picture, so that no picture is in two splits. Sources: {counts}."
