"""The bundled servers on folders of their own: shared, durable, and gone when nobody is left."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import psycopg
import pytest
import redis

from config.embedded import EmbeddedError, running
from config.embedded.instance import keep_running
from config.embedded.layout import Layout

PROJECT = Path(__file__).resolve().parents[2]
USER = """
import sys
from pathlib import Path
from config.embedded import running
with running(Path(sys.argv[1])) as services:
    print(services.keeper, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def connect(services):
    return psycopg.connect(services.database_url.replace("postgres://", "postgresql://"))


def broker(services):
    return redis.Redis(unix_socket_path=services.redis_url.removeprefix("redis+socket://"))


def socket_folder(services):
    return Path(services.redis_url.removeprefix("redis+socket://")).parent


def alive(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def postmaster(home):
    return int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def wait_until(question):
    deadline = time.monotonic() + 120
    while not question():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@contextmanager
def another_user(home):
    """A second process that uses the home's services until its standard input is closed."""
    command = [sys.executable, "-c", USER, str(home)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=PROJECT, text=True, **pipes) as process:
        process.keeper = int(process.stdout.readline())
        yield process


def keep_a_row(services):
    with connect(services) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")


def kept_row(services):
    with connect(services) as connection:
        return connection.execute("SELECT n FROM kept").fetchone()


def test_both_servers_answer_and_nothing_is_left_afterwards(home):
    with running(home) as services:
        folder, pid = socket_folder(services), postmaster(home)
        assert broker(services).ping()
        keep_a_row(services)
        assert alive(pid)
        assert alive(services.keeper)
    assert not folder.parent.exists()
    assert not alive(pid)
    wait_until(lambda: not alive(services.keeper))
    assert not (home / "run" / "services.json").exists()


def test_data_outlive_the_servers(home):
    with running(home) as services:
        keep_a_row(services)
    with running(home) as services:
        assert kept_row(services) == (7,)


def test_a_commit_is_on_disk_before_it_is_acknowledged(home):
    with running(home) as services, connect(services) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_the_servers_listen_on_a_private_short_unix_socket_only(home):
    with running(home) as services:
        folder = socket_folder(services)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(str(folder / ".s.PGSQL.5432")) < 100
        assert broker(services).config_get("port") == {"port": "0"}
        with connect(services) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_long_temporary_folder_does_not_make_a_long_socket_path(home, tmp_path, monkeypatch):
    long_folder = tmp_path / ("long" * 25)
    long_folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(long_folder))
    with running(home) as services:
        assert broker(services).ping()
        assert len(services.redis_url) < 100


def test_two_users_share_the_servers_and_the_last_one_stops_them(home):
    with running(home) as services:
        pid = postmaster(home)
        with another_user(home) as other:
            assert other.keeper == services.keeper
        assert other.returncode == 0
        assert alive(pid)
        assert broker(services).ping()
    assert not alive(pid)


def test_the_first_user_may_leave_before_the_second(home):
    with another_user(home) as other:
        with running(home) as services:
            assert services.keeper == other.keeper
        pid = postmaster(home)
        assert alive(pid)
    assert not alive(pid)


def test_a_killed_user_leaves_no_servers_behind(home):
    with another_user(home) as other:
        pid = postmaster(home)
        other.kill()
    wait_until(lambda: not alive(pid) and not alive(other.keeper))


@pytest.mark.faults
def test_a_killed_postgres_is_started_again_with_everything_that_was_committed(home):
    with running(home) as services:
        keep_a_row(services)
        killed = postmaster(home)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: not alive(killed))

        def back():
            try:
                return kept_row(services) == (7,)
            except psycopg.OperationalError:
                return False

        wait_until(back)
        assert postmaster(home) != killed


@pytest.mark.faults
def test_a_killed_redis_is_started_again(home):
    with running(home) as services:
        os.kill(broker(services).info()["process_id"], signal.SIGKILL)

        def back():
            try:
                return broker(services).ping()
            except redis.ConnectionError:
                return False

        wait_until(back)


@pytest.mark.faults
def test_killing_the_launcher_ends_the_servers_and_a_new_one_takes_over(home):
    with running(home) as services:
        keep_a_row(services)
        former = postmaster(home)
        os.kill(services.keeper, signal.SIGKILL)
        wait_until(lambda: not alive(former))
        assert socket_folder(services).exists()  # the stale sockets of the killed launcher
        keep_running(home)
        assert kept_row(services) == (7,)
        assert broker(services).ping()
    assert not socket_folder(services).exists()


@pytest.mark.faults
def test_everything_killed_at_once_is_recovered_by_the_next_start(home):
    with another_user(home) as other:
        with running(home) as services:
            keep_a_row(services)
        pid = postmaster(home)
        # Held still first, or it would end or restart the server between the blows.
        os.kill(other.keeper, signal.SIGSTOP)
        for victim in (pid, other.keeper, other.pid):
            os.kill(victim, signal.SIGKILL)
    assert (home / "postgres" / "postmaster.pid").exists()
    with running(home) as services:
        assert kept_row(services) == (7,)


@pytest.mark.faults
def test_a_newcomer_does_not_join_a_launcher_that_is_dying(home):
    """A killed process keeps its locks until the kernel has taken it down."""
    with another_user(home) as other:
        with running(home) as services:
            keep_a_row(services)
        pid = postmaster(home)
        os.kill(other.keeper, signal.SIGSTOP)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(pid))
        dying = threading.Timer(0.5, os.kill, (other.keeper, signal.SIGKILL))
        dying.start()
        with running(home) as services:
            assert kept_row(services) == (7,)
        dying.join()
        other.stdin.close()


def test_a_pid_file_that_names_a_living_stranger_does_not_stop_the_start(home):
    with running(home) as services:
        keep_a_row(services)
    (home / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    with running(home) as services:
        assert kept_row(services) == (7,)


def test_a_data_folder_of_another_major_version_is_refused_with_the_dump_command(home):
    with running(home):
        pass
    version = home / "postgres" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"written by PostgreSQL 17.*pg_dump .*pg_restore"):
        running(home).__enter__()
    assert version.read_text() == "17\n"
    assert not (home / "postgres" / "postmaster.pid").exists()
    assert not (home / "run" / "services.json").exists()


def test_a_folder_with_someone_elses_files_is_left_alone(home):
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "letter.txt").write_text("keep me")
    with pytest.raises(EmbeddedError, match="no PostgreSQL data"):
        running(home).__enter__()
    assert [path.name for path in (home / "postgres").iterdir()] == ["letter.txt"]


def test_a_home_that_is_a_file_is_refused_by_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match=str(tmp_path / "file")):
        running(tmp_path / "file").__enter__()


def test_the_address_is_one_that_other_programs_can_use(home):
    with running(home) as services:
        said = json.loads(Layout(home).state.read_text())
        assert said["database_url"] == services.database_url
        host = unquote(services.database_url.split("@")[1].split("/")[0])
        assert Path(host) == socket_folder(services)
