"""Write exports of a snapshot: into a folder, or by a job as a file to download."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from annotation.common.events import record
from annotation.common.scratch import scratch_folder
from annotation.errors import DomainError
from annotation.models import Export, Snapshot, User
from annotation.snapshots.exports import registry as formats
from annotation.snapshots.exports.images import described
from annotation.snapshots.format.pairs import TARGETS, Rule, Target, check_rule, dropped_dimensions
from annotation.snapshots.services import write_usable
from annotation.snapshots.stored import domain_errors, reader_of
from jobs import services as jobs
from jobs.runner import Context

JOB_KIND = "annotation.export"
SUMMARY = "export.json"
# Most lost images that the database keeps and the page shows; `export.json` names all of them.
MAX_KEPT = 100


def check_request(format_name: str, target: str | None, overall: Sequence[str] = ()) -> str:
    """Return the target to use. Raises DomainError for an unknown format or target."""
    if format_name == formats.CANONICAL:
        if target is not None:
            raise DomainError("the canonical format carries scores and verdicts: name no target")
        if overall:
            raise DomainError("the canonical format carries every dimension: name none")
        return ""
    default = formats.format_named(format_name).default_target
    if target is not None and target not in TARGETS:
        raise DomainError(f"target is one of {', '.join(TARGETS)}, not {target!r}")
    return target or default


@domain_errors()
def export_to_folder(
    *,
    snapshot: Snapshot,
    format_name: str,
    out: Path,
    target: str | None = None,
    overall: Sequence[str] = (),
) -> dict[str, Any]:
    """Write an export as a folder and return its summary, which is also in `export.json`.

    overall: slugs of the dimensions that make the overall score; none: the format's default.
    An image that is gone or damaged costs the pairs that need it, and no other; the summary names
    it. A canonical export has all its rows. Raises DomainError when the folder holds something
    already, or for a dimension that is not there, and then writes nothing; and naming a part of
    the snapshot that is damaged.
    """
    chosen = check_request(format_name, target, overall)
    if format_name == formats.CANONICAL:
        return _export_snapshot(snapshot, out)
    if out.exists() and any(out.iterdir()):
        raise DomainError(f"{out} is not empty; nothing was written.")
    entry = formats.format_named(format_name)
    reader = reader_of(snapshot)
    rule = Rule(cast("Target", chosen), tuple(overall) or entry.default_overall(reader))
    check_rule(reader, rule)
    out.mkdir(parents=True, exist_ok=True)
    summary = entry.write(reader, out, rule)
    result = {
        "snapshot": snapshot.content_sha256,
        "format": format_name,
        "target": chosen,
        "overall": list(rule.overall),
        "dropped_dimensions": dropped_dimensions(reader, rule),
        "rows": summary.rows,
        "splits": dict(summary.splits),
        "left_out": dict(summary.left_out),
        **_lost(summary.unusable_images),
    }
    (out / SUMMARY).write_text(json.dumps(result, indent=1))
    return result


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
    *,
    snapshot: Snapshot,
    format_name: str,
    target: str | None,
    actor: User | None,
    overall: Sequence[str] = (),
) -> Export:
    """Queue an export; its file can be downloaded once the job is done.

    Raises DomainError for an unknown format, target or dimension, and then stores nothing.
    """
    chosen = check_request(format_name, target, overall)
    if overall:
        check_rule(reader_of(snapshot), Rule(cast("Target", chosen), tuple(overall)))
    export = Export.objects.create(
        snapshot=snapshot,
        format=format_name,
        target=chosen,
        overall=list(overall),
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
            target=export.target or None,
            overall=export.overall,
        )
        summary["unusable_images"] = summary["unusable_images"][:MAX_KEPT]
        context.progress(1, 3, "Packing")
        packed = scratch / "export.zip"
        _pack(folder, packed)
        context.progress(2, 3, "Storing")
        name = f"exports/{export.public_id}.zip"
        _store(context, export, name, packed, summary)
    return summary


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
