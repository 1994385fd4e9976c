"""Each migration loads its own copy of the queue's SQL, so that an edit reaches every database."""

import json
import re
import shutil
from hashlib import sha256
from importlib import import_module
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, migrations

from annotation import sql
from annotation.sql import freeze as freezing
from tests.annotation.old_databases import FUNCTIONS, migrations_of, rows

LOADED = re.compile(r"\d{4}_(invariants|places|slots|search|lease|submit)\.sql")


def test_every_sql_file_is_loaded_as_it_is_by_a_migration():
    changed = list(freezing.changed_files())
    assert not changed, (
        f"annotation/sql/ {', '.join(changed)}: databases that exist keep the old functions. Run"
        " manage.py freeze_sql NAME and commit the migration (docs/architecture.md)."
    )


def test_every_frozen_copy_is_loaded_by_the_migration_of_its_number():
    by_number = {name[:4]: name for name in migrations_of("annotation")}
    for path in sql.HISTORY.iterdir():
        assert LOADED.fullmatch(path.name), path.name
        migration = import_module(f"annotation.migrations.{by_number[path.name[:4]]}").Migration
        loaded = [op.sql for op in migration.operations if isinstance(op, migrations.RunSQL)]
        assert any(path.read_text() in text for text in loaded), path.name


def test_a_copy_that_was_edited_after_its_migration_is_refused(tmp_path, monkeypatch):
    (tmp_path / "0009_lease.sql").write_text("CREATE OR REPLACE FUNCTION annotation_lease() ...")
    monkeypatch.setattr(sql, "HISTORY", tmp_path)
    with pytest.raises(sql.FrozenTextChanged, match=r"0009_lease\.sql .* freeze_sql NAME"):
        sql.load("0009", {"lease": sha256(b"as it was").hexdigest()})


def test_loading_replaces_a_function_of_other_arguments_and_undoing_brings_it_back(
    db, tmp_path, monkeypatch
):
    monkeypatch.setattr(sql, "HISTORY", tmp_path)
    head = "CREATE OR REPLACE FUNCTION annotation_lanes"
    body = "RETURNS integer LANGUAGE sql AS 'SELECT 1';\n"
    texts = {"0001": f"{head}(a integer) {body}", "0002": f"{head}(a integer, b text) {body}"}
    operations = {}
    for number, text in texts.items():
        (tmp_path / f"{number}_lease.sql").write_text(text)
        digest = sha256(text.encode()).hexdigest()
        operations[number] = sql.load(number, {"lease": digest})
    signatures = "SELECT oid::regprocedure::text FROM pg_proc WHERE proname = 'annotation_lanes'"
    with connection.cursor() as cursor:
        cursor.execute(operations["0001"].sql)
        cursor.execute(operations["0002"].sql)
    assert rows(signatures) == [("annotation_lanes(integer,text)",)]
    with connection.cursor() as cursor:
        cursor.execute(operations["0002"].reverse_sql)
    assert rows(signatures) == [("annotation_lanes(integer)",)]


def test_a_database_of_the_migrations_has_the_functions_of_the_files_and_no_others(db):
    found = rows(FUNCTIONS)
    with connection.cursor() as cursor:
        cursor.execute(sql.drop_statement(sql.functions_of(sql.TODAY.values())))
        for text in sql.TODAY.values():
            cursor.execute(text)
    assert rows(FUNCTIONS) == found


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the SQL's history and of the migrations, to freeze into."""
    for name, folder in (("HISTORY", sql.HISTORY), ("MIGRATIONS", freezing.MIGRATIONS)):
        shutil.copytree(folder, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        monkeypatch.setattr(freezing, name, tmp_path / name)
    monkeypatch.setattr(sql, "HISTORY", tmp_path / "HISTORY")
    return tmp_path


def files_in(folder):
    return {path for path in folder.rglob("*") if path.is_file()}


def test_freezing_writes_the_copies_and_a_migration_that_loads_them(copy, monkeypatch):
    edited = sql.TODAY | {"submit": sql.TODAY["submit"] + "-- More.\n"}
    monkeypatch.setattr(freezing, "TODAY", edited)
    out = StringIO()
    call_command("freeze_sql", "say_more", "--json", stdout=out)
    frozen, migration = json.loads(out.getvalue())["written"]
    newest = migrations_of("annotation")[-1]
    number = f"{int(newest[:4]) + 1:04}"
    assert frozen == str(copy / "HISTORY" / f"{number}_submit.sql")
    assert migration == str(copy / "MIGRATIONS" / f"{number}_say_more.py")
    text = (copy / "MIGRATIONS" / f"{number}_say_more.py").read_text()
    namespace = {}
    exec(text, namespace)  # noqa: S102 - the file that was just written, as Django imports it
    made = namespace["Migration"]
    assert made.dependencies == [("annotation", newest)]
    assert [edited["submit"] in operation.sql for operation in made.operations] == [True]
    assert freezing.changed_files() == {}


@pytest.mark.parametrize("name", ["say_more", "Say more", "../up"])
def test_freezing_without_an_edit_or_with_a_bad_name_writes_nothing(copy, name):
    before = files_in(copy)
    with pytest.raises(CommandError) as refused:
        call_command("freeze_sql", name)
    assert refused.value.returncode == 2
    assert files_in(copy) == before
