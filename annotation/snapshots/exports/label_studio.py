"""Label Studio tasks: a pair each, with every person's vote and scores as an annotation."""

from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.request import Format, Request
from annotation.snapshots.exports.samples import COLUMNS as VOTE_COLUMNS
from annotation.snapshots.exports.samples import Sample
from annotation.snapshots.format.reader import Row

CONFIG = "labeling-config.xml"
#: How Label Studio addresses a file below its document root.
LOCAL_FILES = "/data/local-files/?d="
COLUMNS: Columns = {"id": "int64", "data": {}, "annotations": [{}], "meta": {}}
_READ = (*VOTE_COLUMNS, *("judgment_id", "annotator", "active_ms", "created_at", "note"))


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    _write_config(request)
    for sample in request.samples(decided=False, columns=_READ):
        pictures = request.pictures_of(sample)
        if pictures is not None:
            yield sample.pair.label["split"], _task(sample, pictures, request)


def _task(sample: Sample, pictures: Sequence[str], request: Request) -> dict[str, Any]:
    pair = sample.pair
    beside = request.options.images == "beside"
    source, left, right = (f"{LOCAL_FILES}{path}" if beside else path for path in pictures)
    return {
        "id": pair.number + 1,
        "data": {
            "instruction": pair.item["instruction"],
            "source": source,
            "left": left,
            "right": right,
        },
        "annotations": [_annotation(sample, row, request) for row in sample.judgments],
        "meta": {
            "item_id": pair.item["item_id"],
            "comparison_id": pair.label["comparison_id"],
            "left_model": pair.first["generator"],
            "right_model": pair.second["generator"],
            "outcome": {1: "left", -1: "right", 0: "tie"}[pair.outcome] if not pair.problem else "",
            "resolved_by": pair.label["resolved_by"],
            "split": pair.label["split"],
            "lane": pair.label["lane"],
        },
    }


def _annotation(sample: Sample, judgment: Row, request: Request) -> dict[str, Any]:
    names = judgment["candidate_ids"]
    pair = sample.pair
    sides = [names.index(row["candidate_id"]) for row in (pair.first, pair.second)]
    annotator, active = judgment["annotator"], judgment["active_ms"]
    result = [_verdict([judgment["ranks"][at] for at in sides], judgment["tie_kind"])]
    for side, at in zip(("left", "right"), sides, strict=True):
        scores = zip(judgment["dimensions"], judgment["scores"][at], strict=True)
        result += [_rating(side, slug, score) for slug, score in scores]
    if request.options.notes and judgment["note"]:
        result.append(_result("note", "source", "textarea", {"text": [judgment["note"]]}))
    return {
        "unique_id": judgment["judgment_id"],
        "completed_by": request.people.get(annotator, annotator),
        "created_at": judgment["created_at"].isoformat(),
        "lead_time": None if active is None else active / 1000,
        "was_cancelled": False,
        "ground_truth": False,
        "result": result,
    }


def _verdict(ranks: Sequence[int], tie_kind: str | None) -> dict[str, Any]:
    if ranks[0] == ranks[1]:
        choice = "both bad" if tie_kind == "bad" else "tie"
    else:
        choice = "left" if ranks[0] < ranks[1] else "right"
    return _result("verdict", "source", "choices", {"choices": [choice]})


def _rating(side: str, slug: str, score: int) -> dict[str, Any]:
    return _result(f"{side}_{slug}", side, "rating", {"rating": score})


def _result(name: str, subject: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"from_name": name, "to_name": subject, "type": kind, "value": value}


def _write_config(request: Request) -> None:
    """Write the labelling configuration under which the annotations are valid."""
    lines = ["<View>", '  <Text name="instruction" value="$instruction"/>']
    lines += [f'  <Image name="{name}" value="${name}"/>' for name in ("source", "left", "right")]
    lines.append('  <Choices name="verdict" toName="source" choice="single" required="true">')
    lines += [f'    <Choice value="{each}"/>' for each in ("left", "right", "tie", "both bad")]
    lines.append("  </Choices>")
    for slug, levels in _levels(request).items():
        for side in ("left", "right"):
            name = quoteattr(f"{side}_{slug}")
            lines.append(f'  <Rating name={name} toName="{side}" maxRating="{levels}"/>')
    lines += ['  <TextArea name="note" toName="source"/>', "</View>"]
    (request.out / CONFIG).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _levels(request: Request) -> dict[str, int]:
    """Return the highest level of each dimension of any version."""
    found: dict[str, int] = {}
    for version in request.reader.manifest["rubrics"].values():
        for each in version["dimensions"]:
            highest = max(level["value"] for level in each["levels"])
            found[each["slug"]] = max(found.get(each["slug"], 0), highest)
    return found


FORMAT = Format(
    name="label-studio",
    title="Label Studio tasks with annotations (JSON with images)",
    about="One task for each pair, with every person's verdict and scores.",
    storage="json",
    rows=_rows,
    columns=lambda _: COLUMNS,
    ties=("keep",),
    images=("beside", "hash"),
    people=True,
    loads=False,
)
