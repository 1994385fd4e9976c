"""Content-addressed files in the media storage: complete or absent, written once."""

import hashlib
import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, BinaryIO

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage

from annotation.errors import ImageUnusable
from annotation.snapshots.format.errors import ImageLost
from annotation.snapshots.format.images import DAMAGED, GONE, read_image

_BLOCK = 1 << 20


def put_once(name: str, data: bytes) -> bool:
    """Store `data` under a content-addressed name unless it is there; return whether it was new.

    On a local disk the file gets its name by a rename after an fsync, so that a killed process
    leaves no incomplete file under it. Object stores write whole files or none.
    """
    return _put(name, io.BytesIO(data))


def put_file(name: str, path: Path) -> bool:
    """Store a file as `put_once` stores bytes, in bounded memory."""
    with path.open("rb") as source:
        return _put(name, source)


def _put(name: str, source: IO[bytes]) -> bool:
    if default_storage.exists(name):
        return False
    if not isinstance(default_storage._wrapped, FileSystemStorage):  # type: ignore[attr-defined]  # noqa: SLF001
        default_storage.save(name, File(source))
        return True
    target = Path(default_storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(source, file, _BLOCK)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def remove_folder(name: str) -> None:
    """Remove every file under a name of the storage, if there is any."""
    try:
        folders, files = default_storage.listdir(name)
    except FileNotFoundError:
        return
    for folder in folders:
        remove_folder(f"{name}/{folder}")
    for file in files:
        default_storage.delete(f"{name}/{file}")
    default_storage.delete(name)


def read(name: str) -> bytes:
    """Return a stored file's bytes. Raises FileNotFoundError."""
    with default_storage.open(name, "rb") as file:
        return bytes(file.read())


def read_original(sha256: str) -> bytes:
    """Return an original's bytes. Raises ImageUnusable where it is gone, unreadable or altered."""

    def open_original() -> BinaryIO:
        return default_storage.open(original_name(sha256), "rb")  # type: ignore[return-value]

    try:
        return read_image(sha256, open_original)
    except ImageLost as error:
        raise ImageUnusable(error.sha256, error.reason) from error


def copy_out(name: str, target: Path) -> None:
    """Put a copy of a stored file at `target`: a hard link where the disk allows it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        return
    try:
        os.link(default_storage.path(name), target)
    except (NotImplementedError, OSError):
        # A storage without local paths raises NotImplementedError; another disk refuses the link.
        _copy_whole(name, target)


def copy_original(sha256: str, target: Path) -> None:
    """Put a copy of an original at `target` as `copy_out` does, and check it.

    Raises ImageUnusable where it is gone or altered, and then leaves no file at `target`.
    """
    try:
        copy_out(original_name(sha256), target)
    except FileNotFoundError:
        raise ImageUnusable(sha256, GONE) from None
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        target.unlink()
        raise ImageUnusable(sha256, DAMAGED)


def _copy_whole(name: str, target: Path) -> None:
    # By rename, so that what a full disk or a killed process leaves has another name.
    part = target.with_name(f".part-{os.getpid()}-{target.name}")
    try:
        with default_storage.open(name, "rb") as source, part.open("wb") as copy:
            shutil.copyfileobj(source, copy, _BLOCK)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def original_name(sha256: str) -> str:
    """Return the name of an original in the storage."""
    return f"originals/{sha256[:2]}/{sha256}"


def derivative_name(sha256: str, variant: str) -> str:
    """Return the name of a derivative in the storage."""
    return f"derivatives/{sha256[:2]}/{sha256}.{variant}.webp"


def sized_view_name(sha256: str, variant: str, size: tuple[int, int]) -> str:
    """Return the name of a view at another size than the image's own."""
    return f"derivatives/{sha256[:2]}/{sha256}.{size[0]}x{size[1]}.{variant}.webp"


def masked_view_name(sha256: str, variant: str, size: tuple[int, int], tag: str) -> str:
    """Return the name of a view of this size without watermarks; tag: of these watermarks."""
    return f"derivatives/{sha256[:2]}/{sha256}.{size[0]}x{size[1]}.{tag}.{variant}.webp"
