"""Replies by the hash of what was asked: a run that was interrupted pays for nothing twice."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from rewardsvc.judges.client import Reply


def request_key(body: dict[str, Any], url: str) -> str:
    """Return the hash of a request and its endpoint; pictures stand in the body by content."""
    text = json.dumps([url, body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class ReplyCache:
    """A file of JSON lines, appended to by several threads; a torn last line is left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._known = _read(path)

    def get(self, key: str) -> Reply | None:
        return self._known.get(key)

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply: on the disk before in memory."""
        line = json.dumps({"key": key, **asdict(reply)}, ensure_ascii=False)
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                if file.tell() and not _ends_whole(self._path):
                    file.write(b"\n")
                file.write(f"{line}\n".encode())
            self._known[key] = reply


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"


def _read(path: Path) -> dict[str, Reply]:
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_bytes().splitlines():
        try:
            row = json.loads(line)
            key = row.pop("key")
            found[key] = Reply(**row)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue  # torn by a crash: it is asked again
    return found
