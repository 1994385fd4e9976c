"""The name of the format, and the hash that names a snapshot."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

FORMAT = "editjury-snapshot/1"
_UNHASHED = ("content_sha256", "created_at")


def sha256(data: bytes) -> str:
    """Return the hash in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def canonical_json(value: object) -> bytes:
    """Return the bytes that a manifest's hash is taken over: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def content_hash(manifest: Mapping[str, Any]) -> str:
    """Return the hash of a manifest, of all but the hash itself and the time of creation."""
    return sha256(canonical_json({key: manifest[key] for key in manifest if key not in _UNHASHED}))
