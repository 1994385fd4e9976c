"""Write an export: its rows, the licences of its pictures, and its data card."""

from pathlib import Path

from annotation.snapshots.exports.card import Card
from annotation.snapshots.exports.columns import arrow_schema
from annotation.snapshots.exports.request import Format, Request
from annotation.snapshots.exports.sinks import JsonArray, JsonLines, ParquetShards, Sink
from annotation.snapshots.exports.webdataset_shards import WebdatasetShards

ENDINGS = {
    "jsonl": ".jsonl",
    "json": ".json",
    "parquet": "-*.parquet",
    "webdataset": "-*.tar",
}


def write(entry: Format, request: Request) -> None:
    """Write the files of an export; what was written and left out is in the request's summary.

    A part without rows has no file.
    """
    out, summary = request.out, request.summary
    folder = out / entry.folder
    folder.mkdir(parents=True, exist_ok=True)
    with _sink(entry, request, folder) as sink:
        for part, row in entry.rows(request):
            sink.add(entry.file(part), row)
            summary.add(part)
    summary.unusable_images = request.pictures.unusable.rows()
    summary.licences = request.pictures.licences.counts()
    request.pictures.licences.write(out)
    _card(entry, request).write(out)


def _sink(entry: Format, request: Request, folder: Path) -> Sink:
    if entry.storage == "parquet":
        schema = arrow_schema(entry.columns(request), request.options.images)
        return ParquetShards(folder, schema)
    if entry.storage == "webdataset":
        return WebdatasetShards(folder)
    return JsonLines(folder) if entry.storage == "jsonl" else JsonArray(folder)


def _card(entry: Format, request: Request) -> Card:
    base = f"{entry.folder}/" if entry.folder else ""
    parts = request.summary.splits
    in_text = entry.storage in {"json", "jsonl"}
    return Card(
        title=entry.title,
        about=f"{entry.about} Columns: docs/formats of EditJury.",
        files={part: f"{base}{entry.file(part)}{ENDINGS[entry.storage]}" for part in parts},
        rows=parts,
        features=entry.columns(request) if in_text else None,
        meta=entry.meta(request) if entry.meta else [],
        text=entry.text(request) if entry.text else [],
        loads=entry.loads,
    )
