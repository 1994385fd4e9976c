"""Accounts of the demo: created once; a file readable only by its owner has the passwords."""

import json
import os
import secrets
import string
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from annotation.models import User

SIGNS = string.ascii_lowercase + string.digits
PASSWORD_LENGTH = 16
NAMES = ("lead", "annotator")
ADMIN = "admin"


@dataclass(frozen=True)
class Account:
    """password: None for an account that the demo did not create and does not change."""

    user: User
    password: str | None


@transaction.atomic
def demo_accounts(path: Path, *, superuser: bool = False) -> dict[str, Account]:
    """Return the demo's accounts by name; missing ones are created.

    path: the file of passwords. It is written before the accounts are committed, so that no
    password is lost. superuser: `admin` is one of the accounts. Raises ValueError when the file is
    not one of demo passwords.
    """
    known = _read(path)
    names = (*NAMES, ADMIN) if superuser else NAMES
    users = {user.username: user for user in User.objects.filter(username__in=names)}
    fresh = [name for name in names if name not in users]
    for name in fresh:
        known.setdefault(name, "".join(secrets.choice(SIGNS) for _ in range(PASSWORD_LENGTH)))
    if fresh:
        _write(path, known)
    for name in fresh:
        create = User.objects.create_superuser if name == ADMIN else User.objects.create_user
        users[name] = create(name, password=known[name])
    return {name: Account(users[name], known.get(name)) for name in names}


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        rows = None
    if not isinstance(rows, dict) or not all(isinstance(value, str) for value in rows.values()):
        raise ValueError(f"{path} is not a file of demo passwords; move it away.")
    return rows


def _write(path: Path, known: dict[str, str]) -> None:
    """Write the file atomically, readable only by its owner from the start."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(known, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
