"""SQL of invariants and queue: the current text, and under history/ the copy of each migration.

docs/architecture.md, "Changing the SQL of the hot path", says how to change a function.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from django.db.migrations import RunSQL

HERE = Path(__file__).parent
HISTORY = HERE / "history"
# Current text by file, in loading order.
FILES = ("invariants", "slots", "search", "lease", "submit")
TODAY = {name: (HERE / f"{name}.sql").read_text() for name in FILES}
DEFINED = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+)", re.MULTILINE)
# Functions are dropped by name first: CREATE OR REPLACE cannot change results, and with other
# arguments it would create a second function. A function that a trigger or a constraint uses is
# only replaced.
DROP = """
DO $$
DECLARE
    known record;
BEGIN
    FOR known IN
        SELECT p.oid::regprocedure AS signature FROM pg_proc p
         WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = ANY ('{%s}')
           AND NOT EXISTS (SELECT 1 FROM pg_depend d
                            WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
                              AND d.deptype = 'n')
    LOOP
        EXECUTE format('DROP FUNCTION %%s', known.signature);
    END LOOP;
END $$;
"""
# A reversed migration loads bodies with the old column names before the renaming is reversed. So
# PostgreSQL must not check the bodies yet.
BODIES_UNCHECKED = "SET LOCAL check_function_bodies = off;"


class FrozenTextChanged(Exception):
    """The frozen SQL of a migration differs from the text when the migration was made."""


def load(migration: str, digests: Mapping[str, str], *, retired: Iterable[str] = ()) -> RunSQL:
    """Return the operation that replaces the functions of some files by a migration's own copy.

    migration: its number, such as "0009". digests: the SHA-256 of history/<number>_<file>.sql by
    file. retired: files that were removed; their functions are dropped. Reversed, each file's
    functions become those of its previous copy, if any. Raises FrozenTextChanged for a copy whose
    digest differs.
    """
    new = [_frozen(migration, name, digest) for name, digest in digests.items()]
    old = [
        path.read_text()
        for name in (*retired, *digests)
        for path in frozen_copies(name, before=migration)[-1:]
    ]
    drop = drop_statement(functions_of([*old, *new]))
    return RunSQL("\n".join([drop, *new]), "\n".join([BODIES_UNCHECKED, drop, *old]))


def frozen_copies(name: str, *, before: str = "~") -> list[Path]:
    """Return the frozen copies of a file that migrations below a number load, oldest first."""
    paths = sorted(HISTORY.glob(f"*_{name}.sql"))
    return [path for path in paths if path.name < before]


def drop_statement(functions: Iterable[str]) -> str:
    """Return the statement that drops functions by name, whatever their arguments."""
    return DROP % ",".join(sorted(functions))


def functions_of(texts: Iterable[str]) -> set[str]:
    """Return the names of the functions that texts define."""
    return {name for text in texts for name in DEFINED.findall(text)}


def _frozen(migration: str, name: str, digest: str) -> str:
    path = HISTORY / f"{migration}_{name}.sql"
    data = path.read_bytes()
    if sha256(data).hexdigest() != digest:
        raise FrozenTextChanged(
            f"{path.name} is not what migration {migration} was made with. Put it back, edit "
            f"{name}.sql, and add a migration: manage.py freeze_sql NAME"
        )
    return data.decode()
