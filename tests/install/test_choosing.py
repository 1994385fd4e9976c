"""Which Python is taken, what is said when none fits, and how much room must be free."""

import shutil
import sys

import pytest

from install.refusal import Refusal
from install.space import refuse_little_space
from tests.install.small import install, make_project

OLD = "#!/bin/sh\n[ $1 = --version ] && echo Python 3.9.2\nexit 1\n"


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture
def programs(tmp_path):
    """A PATH that has nothing but an old Python and the programs that the script needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python3").write_text(OLD)
    (folder / "python3").chmod(0o755)
    return folder


def launch(project, programs, **changes):
    shell = shutil.which("sh")
    (programs / "sh").symlink_to(shell)
    return install(project, PATH=str(programs), **changes)


def test_an_old_python_alone_is_refused_with_its_version_and_the_remedies(project, programs):
    done = launch(project, programs, PYTHON="")
    assert done.returncode == 2
    assert "needs Python 3.11" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert "PYTHON=" in done.stderr
    assert not (project / "env").exists()


def test_no_python_at_all_is_refused_in_the_same_words(project, programs):
    (programs / "python3").unlink()
    done = launch(project, programs, PYTHON="")
    assert done.returncode == 2
    assert "needs Python 3.11" in done.stderr
    assert "not found" in done.stderr


def test_a_newer_python_beside_an_old_one_is_found(project, programs):
    newer = programs / f"python3.{sys.version_info.minor}"
    newer.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    newer.chmod(0o755)
    (project / "env").write_text("in the way")
    done = launch(project, programs, PYTHON="")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr, "the installer has not begun"


def test_a_python_that_was_asked_for_and_does_not_fit_is_not_replaced(project, programs):
    done = launch(project, programs, PYTHON=str(programs / "python3"))
    assert done.returncode == 2
    assert f"PYTHON={programs / 'python3'} is not Python 3.11" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert not (project / "env").exists()


def test_folders_on_one_disk_share_its_room(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    refuse_little_space({tmp_path / "a": 0.6 * free})
    with pytest.raises(Refusal, match="Too little disk space") as refusal:
        refuse_little_space({tmp_path / "a" / "b": 0.6 * free, tmp_path / "c": 0.6 * free})
    assert str(tmp_path / "a" / "b") in str(refusal.value)
    assert "TMPDIR" in str(refusal.value)
    assert list(tmp_path.iterdir()) == []
