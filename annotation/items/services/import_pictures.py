"""The pictures of one import: read, hashed and decoded in threads, each once."""

import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Self

from annotation.errors import PictureRefused
from annotation.items.imaging.budget import PixelBudget
from annotation.items.imaging.masks import read_mask
from annotation.items.imaging.pictures import MAX_BYTES
from annotation.items.imports.files.containers import Container
from annotation.items.imports.report import Outcome, Report
from annotation.items.imports.rows import ItemRow, RowRefused
from annotation.items.imports.staging import StagedImage, stage
from annotation.items.services.images import images_of, known_images, put_files
from annotation.models import Campaign
from jobs.isolation import reason_of

logger = logging.getLogger(__name__)

# Number of threads: decoding releases the interpreter lock.
MAX_THREADS = 4


class Pictures:
    """Pictures by path inside the container.

    Threads read, decode and encode. Only the caller's thread uses the database.
    """

    def __init__(
        self,
        container: Container,
        *,
        campaign: Campaign,
        scratch: Path,
        since: datetime,
        views: bool = True,
    ) -> None:
        self._container = container
        self._campaign = campaign
        self._scratch = scratch
        self._since = since
        self._views = views
        self._budget = PixelBudget()
        self._pool = ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1))
        self._hashes: dict[str, str] = {}  # path -> sha256
        self._refused: dict[str, str] = {}  # path or sha256 -> reason
        self._paths: dict[str, str] = {}  # sha256 -> one path with these bytes
        self._known: set[str] = set()
        self._notes: dict[str, tuple[str, ...]] = {}
        self._staging: dict[str, Future[StagedImage | str]] = {}
        self._masks: dict[str, Future[tuple[bool, str]]] = {}
        self.staged: dict[str, StagedImage] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def start(self, rows: Sequence[ItemRow], report: Report) -> None:
        """Hash every picture of some items and start to stage the new ones.

        Counts known pictures. Call `finish` before the next `start`.
        """
        paths = dict.fromkeys(
            path for row in rows for path in (*row.own_pictures, *(c.path for c in row.candidates))
        )
        self._digest([path for path in paths if path not in self._hashes | self._refused], report)
        for path in {row.mask for row in rows} & self._hashes.keys() - self._masks.keys():
            self._masks[path] = self._pool.submit(self._mask_one, path)
        hashes = dict.fromkeys(self._hashes[path] for path in paths if path in self._hashes)
        unseen = [
            sha256
            for sha256 in hashes
            if sha256 not in self._known | self.staged.keys() | self._refused.keys()
        ]
        known = known_images(unseen, with_views=self._views)
        # A lead must not learn that another campaign has a picture: it counts as taken.
        own = images_of(self._campaign, known) if known else set()
        for sha256, stored_at in known.items():
            # Pictures that this import stored before an interruption count as taken.
            mine = stored_at >= self._since or sha256 not in own
            report.count("images", Outcome.TAKEN if mine else Outcome.ALREADY_THERE)
        self._known.update(known)
        self._staging = {
            sha256: self._pool.submit(self._stage_one, sha256)
            for sha256 in unseen
            if sha256 not in known
        }

    def finish(self, report: Report) -> None:
        """Wait until the started pictures are staged or refused."""
        for sha256, future in self._staging.items():
            done = future.result()
            if isinstance(done, str):
                self._refused[sha256] = done
                report.count("images", Outcome.REFUSED)
            else:
                self.staged[sha256] = done
                self._notes[self._paths[sha256]] = done.notes
        self._staging = {}

    def look(self, path: str) -> str:
        """Return the sha256 of a loaded picture. Raises RowRefused naming the path."""
        sha256 = self._hashes.get(path)
        reason = self._refused.get(path) or self._refused.get(sha256 or "")
        if reason is not None or sha256 is None:
            raise RowRefused(reason or f"{path}: was not read")
        return sha256

    def mask(self, path: str) -> tuple[bool, str]:
        """Return whether a loaded mask marks a part of a picture, and a note on how it is read.

        Raises RowRefused as `look` does.
        """
        self.look(path)
        return self._masks[path].result()

    def notes(self, path: str) -> tuple[str, ...]:
        """Return the notes about a picture, once: a second call returns none."""
        return self._notes.pop(path, ())

    def put_files(self, hashes: Iterable[str]) -> None:
        """Store the files of staged pictures. Raises RowRefused for one that has changed."""
        for sha256 in hashes:
            put_files(self.staged[sha256], self._original(sha256))

    def stored(self, hashes: Iterable[str]) -> None:
        """Delete the scratch files of pictures whose rows are committed."""
        for sha256 in hashes:
            for view in self.staged.pop(sha256).views:
                view.file.unlink(missing_ok=True)
            self._known.add(sha256)

    def _original(self, sha256: str) -> Callable[[], bytes]:
        def original() -> bytes:
            path = self._paths[sha256]
            data = self._container.read(path, MAX_BYTES)
            if hashlib.sha256(data).hexdigest() != sha256:
                raise RowRefused(f"{path}: it changed while it was being imported")
            return data

        return original

    def _digest(self, paths: list[str], report: Report) -> None:
        for path, (sha256, reason) in zip(
            paths, self._pool.map(self._digest_one, paths), strict=True
        ):
            if reason:
                self._refused[path] = reason
                report.count("images", Outcome.REFUSED)
            else:
                self._hashes[path] = sha256
                self._paths.setdefault(sha256, path)

    def _digest_one(self, path: str) -> tuple[str, str]:
        try:
            return hashlib.sha256(self._container.read(path, MAX_BYTES)).hexdigest(), ""
        except RowRefused as refusal:
            return "", str(refusal)

    def _mask_one(self, path: str) -> tuple[bool, str]:
        try:
            data = self._container.read(path, MAX_BYTES)
            with self._budget.of(data):
                note = read_mask(data).note
        except (PictureRefused, RowRefused) as refusal:
            return False, f"the mask {path} is left out: {refusal}"
        return True, note and f"the mask {path}: {note}"

    def _stage_one(self, sha256: str) -> StagedImage | str:
        path = self._paths[sha256]
        try:
            data = self._container.read(path, MAX_BYTES)
            with self._budget.of(data):
                staged = stage(data, name=path, scratch=self._scratch if self._views else None)
        except PictureRefused as refusal:
            return f"{path}: {refusal}"
        except RowRefused as refusal:
            return str(refusal)
        except Exception as error:
            logger.exception("%s could not be prepared", path)
            return f"{path}: {reason_of(error)}"
        if staged.sha256 != sha256:
            return f"{path}: it changed while it was being imported"
        return staged
