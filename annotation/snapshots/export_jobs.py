"""Write exports of a snapshot: into a folder, or by a job as a file to download."""

import json
import zipfile
from pathlib import Path
from typing import Any, cast

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from annotation.common.events import record
from annotation.common.scratch import scratch_folder
from annotation.errors import DomainError
from annotation.models import Export, Membership, Snapshot, User
from annotation.snapshots.exports import registry as formats
from annotation.snapshots.exports.options import Options, refuse_absent, refuse_values
from annotation.snapshots.exports.pictures import described, pictures_of
from annotation.snapshots.exports.request import Format, Request
from annotation.snapshots.exports.summary import Summary
from annotation.snapshots.exports.writing import write
from annotation.snapshots.format.pairs import Rule, Target, check_rule, dropped_dimensions
from annotation.snapshots.format.reader import SnapshotReader
from annotation.snapshots.services import write_usable
from annotation.snapshots.stored import domain_errors, reader_of
from jobs import services as jobs
from jobs.runner import Context

JOB_KIND = "annotation.export"
SUMMARY = "export.json"
# Most lost images that the database keeps and the page shows; `export.json` names all of them.
MAX_KEPT = 100
ALL = Options()


def check_request(format_name: str, options: Options) -> Options:
    """Return the options with the format's defaults.

    Raises DomainError for an unknown format or value, and for what the format does not have.
    """
    if format_name != formats.CANONICAL:
        entry = formats.format_named(format_name)
        refuse_values(options)
        return entry.resolved(options)
    named = options.to_json()
    if "target" in named:
        raise DomainError("the canonical format carries scores and verdicts: name no target")
    if "overall" in named:
        raise DomainError("the canonical format carries every dimension: name none")
    if named:
        raise DomainError(f"the canonical format is the whole snapshot: name no {min(named)}")
    return options


@domain_errors()
def export_to_folder(
    *, snapshot: Snapshot, format_name: str, out: Path, options: Options = ALL
) -> dict[str, Any]:
    """Write an export as a folder and return its summary, which is also in `export.json`.

    An image that is gone or damaged costs the rows that need it, and no other; the summary names
    it. A canonical export has all its rows. Raises DomainError when the folder holds something
    already, or for an option that cannot be followed, and then writes nothing; and naming a part of
    the snapshot that is damaged.
    """
    chosen = check_request(format_name, options)
    if format_name == formats.CANONICAL:
        return _export_snapshot(snapshot, out)
    if out.exists() and any(out.iterdir()):
        raise DomainError(f"{out} is not empty; nothing was written.")
    entry = formats.format_named(format_name)
    request = request_of(snapshot, entry, chosen, out)
    write(entry, request)
    result = _result(snapshot, format_name, request)
    (out / SUMMARY).write_text(json.dumps(result, indent=1))
    return result


def request_of(snapshot: Snapshot, entry: Format, options: Options, out: Path) -> Request:
    """Return what a format's rows are made from. options: with the format's defaults.

    The folder is made when nothing is refused. Raises DomainError for what the snapshot lacks.
    """
    reader = reader_of(snapshot)
    rule = _rule(entry, reader, options)
    out.mkdir(parents=True, exist_ok=True)
    return Request(
        reader=reader,
        rule=rule,
        options=options,
        out=out,
        pictures=pictures_of(options.images, reader, out),
        summary=Summary(),
        people=_names(snapshot) if options.names else {},
    )


def _rule(entry: Format, reader: SnapshotReader, options: Options) -> Rule:
    """Return what decides pairs; refuses what the snapshot lacks."""
    rule = Rule(cast("Target", options.target), options.overall or entry.overall(reader))
    check_rule(reader, rule)
    refuse_absent(options, reader)
    return rule


def _names(snapshot: Snapshot) -> dict[str, str]:
    rows = Membership.objects.filter(campaign=snapshot.campaign_id)
    return {
        str(pseudonym): name for pseudonym, name in rows.values_list("pseudonym", "user__username")
    }


def _result(snapshot: Snapshot, format_name: str, request: Request) -> dict[str, Any]:
    summary, rule = request.summary, request.rule
    return {
        "snapshot": snapshot.content_sha256,
        "format": format_name,
        "target": rule.target,
        "overall": list(rule.overall),
        "dropped_dimensions": dropped_dimensions(request.reader, rule),
        "options": request.options.to_json(),
        "rows": summary.rows,
        "splits": dict(summary.splits),
        "left_out": dict(summary.left_out),
        "licences": summary.licences,
        **_lost(summary.unusable_images),
    }


def _export_snapshot(snapshot: Snapshot, out: Path) -> dict[str, Any]:
    lost = write_usable(snapshot, out)
    reader = reader_of(snapshot)
    shown = described(
        {error.sha256: error.reason for error in lost},
        items=reader.rows("items", ("item_id", "source_sha256")),
        candidates=reader.rows("candidates", ("candidate_id", "item_id", "image_sha256")),
    )
    result = {
        "snapshot": snapshot.content_sha256,
        "format": formats.CANONICAL,
        **snapshot.counts,
        **_lost(shown),
    }
    # A folder that lacks nothing holds only the snapshot.
    (out / SUMMARY).unlink(missing_ok=True)
    if lost:
        (out / SUMMARY).write_text(json.dumps(result, indent=1))
    return result


def _lost(images: list[dict[str, Any]]) -> dict[str, Any]:
    return {"n_unusable_images": len(images), "unusable_images": images}


@transaction.atomic
@domain_errors()
@transaction.atomic
def request_export(
    *, snapshot: Snapshot, format_name: str, actor: User | None, options: Options = ALL
) -> Export:
    """Queue an export; its file can be downloaded once the job is done.

    Raises DomainError for an unknown format, or an option that cannot be followed, and then stores
    nothing.
    """
    chosen = check_request(format_name, options)
    if format_name != formats.CANONICAL and options != ALL:
        _rule(formats.format_named(format_name), reader_of(snapshot), chosen)
    export = Export.objects.create(
        snapshot=snapshot,
        format=format_name,
        target=chosen.target,
        overall=list(options.overall),
        options=options.to_json(),
        created_by=actor,
    )
    job = jobs.enqueue(
        JOB_KIND,
        payload={"export": export.pk},
        subject=snapshot.campaign.public_id,
        created_by=actor,
    )
    Export.objects.filter(pk=export.pk).update(job_id=job.public_id)
    export.refresh_from_db()
    record(snapshot.campaign, actor, "export_requested", **export_detail(export))
    return export


def export_detail(export: Export) -> dict[str, str]:
    """Return what names an export in the audit log."""
    return {
        "format": export.format,
        "snapshot": export.snapshot.content_sha256,
        "export": str(export.public_id),
    }


def run_export(context: Context) -> dict[str, Any]:
    """Job handler: write the folder, pack it, store the file. Safe to run twice."""
    export = Export.objects.select_related("snapshot__campaign").get(pk=context.payload["export"])
    context.progress(0, 3, "Writing rows")
    with scratch_folder("export") as scratch:
        folder = scratch / "export"
        summary = export_to_folder(
            snapshot=export.snapshot,
            format_name=export.format,
            out=folder,
            options=_options_of(export),
        )
        summary["unusable_images"] = summary["unusable_images"][:MAX_KEPT]
        context.progress(1, 3, "Packing")
        packed = scratch / "export.zip"
        _pack(folder, packed)
        context.progress(2, 3, "Storing")
        name = f"exports/{export.public_id}.zip"
        _store(context, export, name, packed, summary)
    return summary


def _options_of(export: Export) -> Options:
    # An export that waited while the program was upgraded has no options yet.
    earlier = {"target": export.target, "overall": export.overall}
    return Options.of(export.options or earlier)


def _store(
    context: Context, export: Export, name: str, packed: Path, summary: dict[str, Any]
) -> None:
    with transaction.atomic():
        context.hold()
        if default_storage.exists(name):
            default_storage.delete(name)
        with packed.open("rb") as file:
            default_storage.save(name, File(file))
        Export.objects.filter(pk=export.pk).update(
            path=name,
            n_bytes=packed.stat().st_size,
            n_rows=summary.get("rows", summary.get("labels", 0)),
            summary=summary,
        )


def _pack(folder: Path, packed: Path) -> None:
    # Images and Parquet are compressed already; deflating them again would only take time.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
