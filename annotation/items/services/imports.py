"""Import a folder, a manifest or a ZIP into a campaign, and store a report."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from django.db import transaction
from django.db.models.functions import Now

from annotation.common.events import record
from annotation.common.scratch import scratch_folder
from annotation.errors import ImportRefused
from annotation.items.imports.files.containers import Container
from annotation.items.imports.reading import Reading, open_container, read_manifests
from annotation.items.imports.report import Line, Outcome, Report
from annotation.items.imports.rows import CandidateRow, ItemRow, RowRefused
from annotation.items.selectors.generators import edits_in_use
from annotation.items.services.corner_warnings import corner_warnings
from annotation.items.services.images import put_rows
from annotation.items.services.import_items import ItemWriter, Written
from annotation.items.services.import_pictures import Pictures
from annotation.items.services.masked_views import make_masked_views
from annotation.items.services.sized_views import make_sized_views
from annotation.items.telltales import telltales
from annotation.models import Campaign, ImportBatch, User
from jobs.isolation import for_each
from jobs.services import enqueue

Progress = Callable[[int, int, str], None]
Derive = Literal["now", "job"]
# Number of items whose pictures are decoded in parallel.
CHUNK = 8


@dataclass
class Watch:
    """Callbacks; each may raise an exception to stop the import between two items.

    progress(done, total, message); hold() locks the claim of the job within a transaction.
    """

    progress: Progress = lambda _done, _total, _message: None
    hold: Callable[[], None] = lambda: None


def import_folder(  # noqa: PLR0913 - options, all by keyword
    *,
    campaign: Campaign,
    path: Path,
    format: str | None = None,  # noqa: A002 - the option's own name
    strict: bool = False,
    actor: User | None = None,
    filename: str = "",
    progress: Progress | None = None,
    derive: Derive = "now",
    roots: Sequence[Path] = (),
) -> ImportBatch:
    """Import everything a manifest names and return the batch with its report.

    path: a folder, a manifest or a ZIP; format: one of annotation.items.imports.reading.FORMATS, or
    None to find out. Each item is imported completely or not at all; a repetition changes nothing.
    derive: make the views now instead of by a job. roots: as `open_container` takes them. Raises
    ImportRefused, and then nothing changed: for an unreadable manifest, a closed campaign, when
    every row is refused and, with strict, for any refused row (`.report` then lists all of them).
    """
    refuse_closed(campaign)
    name = filename or path.name or str(path)
    watch = Watch(progress) if progress else Watch()
    with closing(open_container(path, name=name, format=format, roots=roots)) as container:
        reading = read_manifests(container, format=format)
        with transaction.atomic() if strict else nullcontext():
            batch = ImportBatch.objects.create(
                campaign=campaign, filename=name[:255], created_by=actor
            )
            batch.refresh_from_db()
            fill_batch(batch, container, reading, watch=watch, strict=strict, views=derive == "now")
            if derive == "job":
                enqueue_derive(campaign)
            _refuse_whole(batch)
    return batch


def _refuse_whole(batch: ImportBatch) -> None:
    """Delete the batch and raise ImportRefused when every item was refused."""
    if batch.is_refused:
        batch.delete()
        refusal = ImportRefused(batch.report["why_refused"])
        refusal.report = batch.report
        raise refusal


def enqueue_derive(campaign: Campaign) -> None:
    """Queue a job that makes the missing views of a campaign's images."""
    campaign_id = campaign.public_id
    enqueue(
        "annotation.derive",
        payload={"campaign": str(campaign_id)},
        subject=campaign_id,
        max_attempts=2,
    )


def check_readable(
    path: Path,
    *,
    format: str | None = None,  # noqa: A002 - as above
    roots: Sequence[Path] = (),
) -> None:
    """Raise ImportRefused when no manifest can be read. Pictures are not read."""
    name = path.name or str(path)
    with closing(open_container(path, name=name, format=format, roots=roots)) as container:
        read_manifests(container, format=format)


def refuse_closed(campaign: Campaign) -> None:
    """Raise ImportRefused for a closed campaign."""
    if campaign.state == Campaign.State.CLOSED:
        raise ImportRefused(f"The campaign “{campaign.name}” is closed; nothing can be imported.")


def fill_batch(  # noqa: PLR0913 - options, all by keyword
    batch: ImportBatch,
    container: Container,
    reading: Reading,
    *,
    watch: Watch,
    strict: bool = False,
    views: bool = True,
) -> None:
    """Import a manifest into the campaign of a batch; write the report and an event.

    May be repeated for a batch after a worker died: earlier rows count as taken.
    strict: the caller holds a transaction, and a refusal raises ImportRefused at the end.
    """
    report = Report(hints=list(reading.hints))
    for line in reading.lines:
        report.add(line)
    report.left_out += reading.lines_left_out
    report.count("items", Outcome.REFUSED, reading.refused_items)
    report.count("candidates", Outcome.REFUSED, reading.refused_candidates)
    with (
        scratch_folder("import") as scratch,
        Pictures(
            container,
            campaign=batch.campaign,
            scratch=scratch,
            since=batch.created_at,
            views=views,
        ) as pictures,
    ):
        _Run(batch, pictures, report, watch, strict=strict).take(reading.items)
    if views:
        make_sized_views(batch.campaign, seconds=None)
        make_masked_views(batch.campaign, seconds=None)
    warnings, notes = telltales(edits_in_use(batch.campaign))
    report.warnings += [*warnings, *corner_warnings(batch.campaign)]
    for note in notes:
        report.add(Line(batch.filename, None, Outcome.NOTE, note))
    _close(batch, report)


@dataclass
class _Run:
    batch: ImportBatch
    pictures: Pictures
    report: Report
    watch: Watch
    strict: bool
    _waiting: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._writer = ItemWriter(self.batch)

    def take(self, items: Sequence[ItemRow]) -> None:
        total = len(items)
        chunks = [items[start : start + CHUNK] for start in range(0, total, CHUNK)]
        if chunks:
            self.pictures.start(chunks[0], self.report)
        for n, chunk in enumerate(chunks):
            self.watch.progress(n * CHUNK, total, f"{n * CHUNK} of {total} items")
            self.pictures.finish(self.report)
            # The next pictures are decoded while these items are written.
            if n + 1 < len(chunks):
                self.pictures.start(chunks[n + 1], self.report)
            # An unexpected error refuses its row; the import continues with the others.
            for_each(
                chunk,
                self._take_one,
                name=lambda row: f"import {self.batch.public_id}, {row.file} row {row.row}",
                on_failure=self._refuse_item,
            )
        if self.strict:
            self._settle_strict()
        self.watch.progress(total, total, f"{total} of {total} items")

    def _take_one(self, row: ItemRow) -> None:
        try:
            row = self._with_mask(row)
            written = self._write(row, self._hashes(row))
        except RowRefused as refusal:
            self._refuse_item(row, str(refusal))
            return
        self._record(row, written)

    def _with_mask(self, row: ItemRow) -> ItemRow:
        """Return the row without a mask that marks nothing; note how the mask is read."""
        is_usable, note = self.pictures.mask(row.mask) if row.mask else (True, "")
        if note:
            self._say(row, row.row, Outcome.NOTE, note)
        return row if is_usable else replace(row, mask="")

    def _refuse_item(self, row: ItemRow, reason: str) -> None:
        self.report.count("items", Outcome.REFUSED)
        self._say(row, row.row, Outcome.REFUSED, f"item refused: {reason}")

    def _hashes(self, row: ItemRow) -> dict[str, str]:
        own = {path: self.pictures.look(path) for path in row.own_pictures}
        usable = dict(self._usable(row))
        if not usable:
            raise RowRefused("none of its candidates can be taken")
        return own | usable

    def _usable(self, row: ItemRow) -> Iterator[tuple[str, str]]:
        for candidate in row.candidates:
            try:
                yield candidate.path, self.pictures.look(candidate.path)
            except RowRefused as refusal:
                self._refuse(row, candidate, str(refusal))

    def _write(self, row: ItemRow, hashes: dict[str, str]) -> Written:
        candidates = [candidate for candidate in row.candidates if candidate.path in hashes]
        fresh = [sha256 for sha256 in set(hashes.values()) if sha256 in self.pictures.staged]
        if not self.strict:
            self.pictures.put_files(fresh)
        with transaction.atomic():
            self.watch.hold()
            put_rows(self.pictures.staged[sha256] for sha256 in fresh)
            written = self._writer.write(row, candidates, hashes)
        if self.strict:
            self._waiting += [sha256 for sha256 in fresh if sha256 not in self._waiting]
        else:
            self.report.count("images", Outcome.TAKEN, len(fresh))
            self.pictures.stored(fresh)
        return written

    def _settle_strict(self) -> None:
        first = self.report.first_refusal()
        if first is not None:
            n = self.report.n_refused
            refusal = ImportRefused(f"nothing was imported: {n} refused, the first: {first}")
            refusal.report = self.report.as_dict()
            raise refusal
        try:
            self.pictures.put_files(self._waiting)
        except RowRefused as changed:
            raise ImportRefused(f"nothing was imported: {changed}") from None
        self.report.count("images", Outcome.TAKEN, len(self._waiting))

    def _record(self, row: ItemRow, written: Written) -> None:
        self.report.count("items", written.outcome)
        self._say(row, row.row, written.outcome, written.reason)
        for path in (*row.own_pictures, *(candidate.path for candidate in row.candidates)):
            for note in self.pictures.notes(path):
                self._say(row, row.row, Outcome.NOTE, f"{path}: {note}")
        for note in written.notes:
            self._say(row, row.row, Outcome.NOTE, note)
        for candidate, outcome, reason in written.candidates:
            if outcome == Outcome.REFUSED:
                self._refuse(row, candidate, reason)
                continue
            self.report.count("candidates", outcome)
            if reason:
                self._say(row, candidate.row, outcome, f"candidate {candidate.name}: {reason}")

    def _refuse(self, row: ItemRow, candidate: CandidateRow, reason: str) -> None:
        self.report.count("candidates", Outcome.REFUSED)
        self._say(row, candidate.row, Outcome.REFUSED, f"candidate {candidate.name}: {reason}")

    def _say(self, row: ItemRow, number: int, outcome: Outcome, reason: str) -> None:
        self.report.add(Line(row.file, number, outcome, reason))


@transaction.atomic
def _close(batch: ImportBatch, report: Report) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(report=report.as_dict(), finished_at=Now())
    batch.refresh_from_db(fields=["report", "finished_at"])
    taken = {kind: counts[Outcome.TAKEN] for kind, counts in report.counts.items()}
    if any(taken.values()):
        record(batch.campaign, batch.created_by, "imported", file=batch.filename, **taken)
