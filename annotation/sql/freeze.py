"""Create the migration that loads edited SQL files into existing databases."""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from annotation.errors import DomainError
from annotation.sql import HERE, HISTORY, TODAY, frozen_copies

MIGRATIONS = HERE.parent / "migrations"
NAME = re.compile(r"[a-z][a-z0-9_]{2,60}")
TEMPLATE = '''"""{title}."""

from django.db import migrations

from annotation import sql


class Migration(migrations.Migration):
    dependencies = [("annotation", "{before}")]

    operations = [
        sql.load(
            "{number}",
            {{
{digests}
            }},
        ),
    ]
'''


def changed_files() -> dict[str, str]:
    """Return name and text of each SQL file whose current text no migration loads."""
    return {
        name: text
        for name, text in TODAY.items()
        if [path.read_text() for path in frozen_copies(name)[-1:]] != [text]
    }


def freeze(name: str) -> list[Path]:
    """Copy the changed SQL files under history/ and write the migration that loads the copies.

    Returns the written files, the migration last. Raises DomainError, and then nothing is written.
    """
    if not NAME.fullmatch(name):
        raise DomainError("Name the change in small letters, digits and underscores.")
    changed = changed_files()
    if not changed:
        raise DomainError("No SQL file changed since the newest migration that loads it.")
    before = max(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))
    number = f"{int(before[:4]) + 1:04}"
    copies = {HISTORY / f"{number}_{file}.sql": text for file, text in changed.items()}
    for path, text in copies.items():
        path.write_text(text)
    migration = MIGRATIONS / f"{number}_{name}.py"
    migration.write_text(_migration(name, number, before, changed))
    return [*copies, migration]


def _migration(name: str, number: str, before: str, changed: Mapping[str, str]) -> str:
    digests = "\n".join(
        f'                "{file}": "{sha256(text.encode()).hexdigest()}",'
        for file, text in changed.items()
    )
    title = name.replace("_", " ").capitalize()
    return TEMPLATE.format(title=title, before=before, number=number, digests=digests)
