"""Which account the servers run as, and what they may reach."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import psycopg
import pytest

from config.embedded import EmbeddedError, running
from config.embedded.account import Account, account_for
from config.embedded.binaries import Binaries, installed, readable_by
from config.embedded.layout import Layout
from config.embedded.postgres import Postgres, shared_memory_type

PROJECT = Path(__file__).resolve().parents[2]
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change accounts")
START = """
import sys
from pathlib import Path
from config.embedded import EmbeddedError, running
try:
    with running(Path(sys.argv[1])) as services:
        print(Path(f"/proc/{services.keeper}/status").read_text())
except EmbeddedError as refusal:
    sys.exit(str(refusal))
"""


def nobody():
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


@pytest.fixture
def open_folder():
    """A folder that every account can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="editjury-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start_as_nobody():
    """Return start(home), which runs a Python process as nobody."""
    account = nobody()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"

    def run(python, *arguments):
        return subprocess.run(
            [python, "-c", *arguments],
            cwd=PROJECT,
            env={"PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), *sys.path]))},
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )

    if not account.can_read(PROJECT) or not account.can_read(installed().postgres):
        pytest.skip("the user nobody cannot read this checkout")
    for found in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        if (
            account.can_read(Path(found).resolve())
            and run(found, "import config.embedded.keeper").returncode == 0
        ):
            return partial(run, found, START)
    pytest.skip(f"no {version} here that the user nobody can run")
    return None


@root_only
def test_an_ordinary_user_runs_the_servers_under_its_own_name(open_folder, start_as_nobody):
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, nobody().uid, nobody().gid)
    done = start_as_nobody(str(home))
    assert done.returncode == 0, done.stderr
    assert f"Uid:\t{nobody().uid}\t" in done.stdout
    assert (home / "postgres").stat().st_uid == nobody().uid


@root_only
def test_root_runs_the_servers_as_the_owner_of_the_data(open_folder, start_as_nobody):
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, nobody().uid, nobody().gid)
    assert start_as_nobody(str(home)).returncode == 0
    with running(home):
        assert account_for(home / "postgres").uid == nobody().uid
        assert _owner_of_postmaster(home) == nobody().uid


@root_only
def test_an_ordinary_user_is_told_that_roots_home_is_not_its_own(open_folder, start_as_nobody):
    home = open_folder / "home"
    with running(home):
        pass
    done = start_as_nobody(str(home))
    assert done.returncode == 1
    assert str(home) in done.stderr
    assert "Traceback" not in done.stderr


@root_only
def test_root_runs_the_servers_in_a_home_that_their_account_cannot_reach(tmp_path):
    tmp_path.chmod(0o700)
    home = tmp_path / "home"
    with running(home) as services:
        assert not account_for(home / "postgres").can_read(home)
        assert _owner_of_postmaster(home) != 0
        with psycopg.connect(services.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


@root_only
def test_programs_in_a_private_folder_are_copied_to_where_the_account_can_run_them(
    tmp_path, open_folder
):
    tmp_path.chmod(0o700)
    given = installed()
    package = given.postgres_root.parent
    private = Binaries(
        tmp_path / package.name / given.postgres_root.name, tmp_path / "redis-server"
    )
    shutil.copytree(given.postgres_root, private.postgres_root)
    libraries = f"{package.name}.libs"
    shutil.copytree(package.parent / libraries, tmp_path / libraries)
    shutil.copy(given.redis, private.redis)
    account = account_for(open_folder / "postgres")
    copy = readable_by(account, private, open_folder / "copy")
    assert open_folder in copy.postgres.parents
    assert open_folder in copy.redis.parents
    assert _answer(copy, open_folder, account, "SELECT 40 + 2") == 42


def test_programs_that_the_account_can_run_are_not_copied(tmp_path):
    mine = Account("me", os.geteuid(), os.getegid(), switch=False)
    assert readable_by(mine, installed(), tmp_path) == installed()
    assert list(tmp_path.iterdir()) == []


def test_little_shared_memory_is_avoided(open_folder):
    assert shared_memory_type(open_folder / "absent") == "mmap"
    account = account_for(open_folder / "postgres")
    binaries = readable_by(account, installed(), open_folder / "copy")
    asked = "SHOW dynamic_shared_memory_type"
    assert _answer(binaries, open_folder, account, asked) == "mmap"


def test_a_user_id_without_a_name_is_told_what_to_do(monkeypatch, tmp_path):
    def nameless(uid):
        raise KeyError(uid)

    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    monkeypatch.setattr(pwd, "getpwuid", nameless)
    with pytest.raises(EmbeddedError, match="54321 has no name"):
        account_for(tmp_path / "postgres")


def test_a_recorded_socket_folder_that_is_not_ours_is_never_deleted(tmp_path):
    layout = Layout(tmp_path / "home")
    layout.make()
    precious = tmp_path / "precious"
    precious.mkdir()
    layout.state.write_text(f'{{"runtime": "{precious}"}}')
    layout.remove_runtime()
    assert precious.is_dir()


def _answer(binaries, folder, account, question):
    """Start PostgreSQL where /dev/shm seems absent, and return one answer."""
    sockets = folder / "s"
    account.make_private(sockets)
    server = Postgres(
        folder / "postgres", sockets, folder / "log", account, shared_memory=folder / "absent"
    )
    try:
        server.prepare(binaries)
        server.start(binaries)
        with psycopg.connect(server.url) as connection:
            return connection.execute(question).fetchone()[0]
    finally:
        server.stop()


def _owner_of_postmaster(home):
    pid = (home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]
    return Path(f"/proc/{pid}").stat().st_uid
