"""Settings refuse to guess; commands without given servers bring their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

PROJECT = Path(__file__).resolve().parents[2]


def manage(*arguments, **variables):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_without_given_servers_runs_on_bundled_ones_and_leaves_none(tmp_path):
    home = tmp_path / "home"
    question = (
        "from django.db import connection; c = connection.cursor(); "
        "c.execute('SHOW server_version_num'); print(c.fetchone()[0])"
    )
    done = manage("shell", "-v", "0", "-c", question, EDITJURY_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith("18")
    assert not (home / "postgres" / "postmaster.pid").exists()


def test_the_secret_key_is_made_once_and_is_nobody_elses_to_read(tmp_path):
    question = "from django.conf import settings; print(settings.SECRET_KEY)"
    asked = ("shell", "-v", "0", "-c", question)
    first, second = (manage(*asked, EDITJURY_HOME=str(tmp_path)).stdout.strip() for _ in "12")
    assert first == second
    assert len(first) > 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    given = manage(*asked, EDITJURY_HOME=str(tmp_path), SECRET_KEY="mine").stdout.strip()
    assert given == "mine"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"DATABASE_URL": "postgres:///x", "REDIS_URL": "redis://localhost"}, "SECRET_KEY"),
        ({"DATABASE_URL": "postgres:///x", "SECRET_KEY": "x"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://localhost", "SECRET_KEY": "x"}, "DATABASE_URL"),
    ],
)
def test_given_servers_need_the_whole_set_of_variables(tmp_path, given, missing):
    done = manage("check", EDITJURY_HOME=str(tmp_path), **given)
    assert done.returncode != 0
    assert f"{missing} is not set." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_used_is_one_line_and_exit_2(tmp_path):
    (tmp_path / "file").write_text("")
    done = manage("check", EDITJURY_HOME=str(tmp_path / "file"))
    assert done.returncode == 2
    assert str(tmp_path / "file") in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_secret_may_come_from_a_mounted_file(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("from-a-file\n")
    monkeypatch.setenv("PASSWORD_OF_TEST_FILE", str(tmp_path / "secret"))
    assert env.text("PASSWORD_OF_TEST") == "from-a-file"


def test_values_that_cannot_be_meant_are_refused_by_name(monkeypatch):
    monkeypatch.setenv("FLAG_OF_TEST", "yes")
    with pytest.raises(ImproperlyConfigured, match="FLAG_OF_TEST must be True or False"):
        env.flag("FLAG_OF_TEST", default=False)
    monkeypatch.setenv("NUMBER_OF_TEST", "many")
    with pytest.raises(ImproperlyConfigured, match="NUMBER_OF_TEST must be a whole number"):
        env.integer("NUMBER_OF_TEST", 1)


def test_the_home_is_absolute_wherever_the_command_is_run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDITJURY_HOME", "here")
    assert env.home() == tmp_path / "here"
    monkeypatch.delenv("EDITJURY_HOME")
    assert env.home() == PROJECT / "var"
