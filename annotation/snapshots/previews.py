"""What an export would hold, without writing it: rows, bytes, what is left out, the first rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Sum

from annotation.common.scratch import scratch_folder
from annotation.errors import DomainError
from annotation.models import Snapshot, StoredImage
from annotation.snapshots.export_jobs import check_request, request_of
from annotation.snapshots.exports import registry as formats
from annotation.snapshots.exports.options import Options
from annotation.snapshots.stored import domain_errors

#: Rows that are counted; of a larger export, the numbers are of its beginning.
MOST_ROWS = 5_000
FIRST = 10
MOST_CHARACTERS = 80


@dataclass(frozen=True)
class Preview:
    """An export that was not written.

    rows: (name and value of each column) of the first rows. n_bytes: of the distinct pictures in
    it. is_whole: no row beyond MOST_ROWS was left uncounted. Pictures are named by their hash.
    """

    format: str
    n_rows: int
    splits: Mapping[str, int]
    left_out: Mapping[str, int]
    licences: Mapping[str, int]
    n_pictures: int
    n_bytes: int
    columns: list[str]
    rows: list[list[str]]
    is_whole: bool


@domain_errors()
def preview(*, snapshot: Snapshot, format_name: str, options: Options) -> Preview:
    """Return what an export would hold. Raises DomainError as a request for the export does."""
    if format_name == formats.CANONICAL:
        raise DomainError("the canonical format is the whole snapshot; its counts are below")
    chosen = check_request(format_name, options)
    entry = formats.format_named(format_name)
    first: list[dict[str, Any]] = []
    is_whole = True
    with scratch_folder("preview") as out:
        # No picture is read: a preview of many rows takes no longer than their text.
        request = request_of(snapshot, entry, replace(chosen, images="hash"), out)
        for part, row in entry.rows(request):
            request.summary.add(part)
            if len(first) < FIRST:
                first.append(row)
            if request.summary.rows >= MOST_ROWS:
                is_whole = False
                break
    licences = request.pictures.licences
    sizes = StoredImage.objects.filter(sha256__in=licences.hashes())
    return Preview(
        format=format_name,
        n_rows=request.summary.rows,
        splits=dict(request.summary.splits),
        left_out=dict(request.summary.left_out),
        licences=licences.counts(),
        n_pictures=len(licences.hashes()),
        n_bytes=sizes.aggregate(n=Sum("n_bytes"))["n"] or 0,
        columns=list(first[0]) if first else [],
        rows=[[_shown(value) for value in row.values()] for row in first],
        is_whole=is_whole,
    )


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
