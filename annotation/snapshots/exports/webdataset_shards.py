"""WebDataset shards: tar files in which the files of a sample lie together under one key."""

import io
import json
import tarfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# Bytes of a shard; the next sample opens another one.
SHARD_BYTES = 10**9
KEY = "__key__"


class WebdatasetShards:
    """`<part>-00000.tar`, …; the same samples give the same bytes.

    A row has the sample's key, and a value by file ending: bytes, or what becomes JSON.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._stack = ExitStack()
        self._shards: dict[str, tuple[int, tarfile.TarFile]] = {}

    def add(self, part: str, row: dict[str, Any]) -> None:
        """Append a sample to the shard of its part."""
        archive = self._shard(part)
        for ending, value in row.items():
            if ending == KEY:
                continue
            text = json.dumps(value, ensure_ascii=False).encode() if ending == "json" else value
            # No owner and no time: they would change the bytes of the next export.
            entry = tarfile.TarInfo(f"{row[KEY]}.{ending}")
            entry.size, entry.mode = len(text), 0o644
            archive.addfile(entry, io.BytesIO(text))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _shard(self, part: str) -> tarfile.TarFile:
        number, archive = self._shards.get(part, (-1, None))
        if archive is not None and archive.offset < SHARD_BYTES:
            return archive
        if archive is not None:
            archive.close()
        path = self._out / f"{part}-{number + 1:05d}.tar"
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = self._stack.enter_context(
            tarfile.open(path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 - closed above
        )
        self._shards[part] = (number + 1, opened)
        return opened
