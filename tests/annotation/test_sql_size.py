"""Size of the queue's SQL: a function that fits on a screen."""

import re

import pytest

from annotation import sql

LARGEST = 60
FUNCTION = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+).*?\$\$;$", re.MULTILINE | re.DOTALL)


def functions():
    """Return each function of today's SQL as (file, name, number of lines)."""
    return [
        (file, match[1], match[0].count("\n") + 1)
        for file, text in sql.TODAY.items()
        for match in FUNCTION.finditer(text)
    ]


def test_the_sizes_are_those_of_all_functions():
    names = {name for _, name, _ in functions()}
    assert names == sql.functions_of(sql.TODAY.values())
    assert len(names) == len(functions())


def test_every_sql_file_is_one_of_those_that_are_loaded():
    assert {path.stem for path in sql.HERE.glob("*.sql")} == set(sql.TODAY)


@pytest.mark.parametrize(("file", "name", "n_lines"), functions())
def test_an_sql_function_has_at_most_sixty_lines(file, name, n_lines):
    assert n_lines <= LARGEST, f"{file}.sql: {name} has {n_lines} lines"
