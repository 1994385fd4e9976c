"""The installer on a small project: real processes, the real pip, folders that it may break."""

import fcntl
import os
import shutil
import subprocess
import sys

import pytest

from tests.install.small import environment, install, installed, make_project


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """A project in a folder with a difficult name, and its complete environment."""
    name = f"späces and «letters» {'long' * 25}"
    project = make_project(tmp_path_factory.mktemp("complete") / name)
    done = install(project)
    assert done.returncode == 0, done.stderr
    return project, done.stdout


@pytest.fixture
def outdated(complete):
    """The complete environment, older than what it is made from."""
    project, _ = complete
    stamp = project / "env" / ".run-time"
    os.utime(stamp, (0, 0))
    yield project
    stamp.touch()


def test_everything_is_installed_and_said_before(complete):
    project, output = complete
    assert installed(project) == "2.13.0+cpu"
    before = output.partition("Looking in links")[0]
    assert str(project / "env") in before
    assert "torch 2.13.0+cpu" in before
    assert "0.4 GB to download, 1.4 GB on disk" in before


def test_the_project_is_compiled_once_instead_of_by_every_process(complete):
    project, _ = complete
    assert list((project / "annotation" / "__pycache__").glob("models.*.pyc"))


def test_an_environment_that_is_up_to_date_is_left_alone_in_silence(complete):
    project, _ = complete
    stamp = (project / "env" / ".run-time").stat().st_mtime_ns
    done = install(project, PYTHON="/no/python/at/all")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (project / "env" / ".run-time").stat().st_mtime_ns == stamp


def test_an_interrupted_installation_is_begun_again(complete):
    project, _ = complete
    folder = project / "env"
    (folder / ".unfinished").touch()
    (folder / ".run-time").unlink()
    (folder / "bin" / "python").unlink()
    (folder / "half").mkdir()
    done = install(project)
    assert done.returncode == 0, done.stderr
    assert "did not end" in done.stdout
    assert installed(project) == "2.13.0+cpu"
    assert not (folder / "half").exists()
    assert not (folder / ".unfinished").exists()


def test_a_second_installer_waits_for_the_first_and_finds_its_work_done(outdated):
    handle = os.open(outdated / "env", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    command = [sys.executable, "-m", "install", "env"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=outdated, env=environment(outdated), **streams) as second:
        assert "waiting" in second.stdout.readline()
        (outdated / "env" / ".run-time").touch()
        os.close(handle)
        output, complaint = second.communicate(timeout=180)
    assert (second.returncode, output, complaint) == (0, "", "")


def test_an_index_that_cannot_be_reached_is_said_with_the_settings_that_help(outdated):
    nowhere = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/"}
    done = install(outdated, **nowhere)
    assert done.returncode == 2
    assert "cannot reach a package index (Connection refused)" in done.stderr
    for setting in ("HTTPS_PROXY", "PIP_PROXY", "PIP_CERT", "PIP_INDEX_URL", "PIP_FIND_LINKS"):
        assert setting in done.stderr
    assert "Traceback" not in done.stderr
    assert "WARNING" not in done.stderr
    assert_unchanged(outdated)


def test_a_machine_without_a_wheel_of_torch_is_told_so(outdated, tmp_path):
    for wheel in (outdated / "wheels").glob("django-*"):
        shutil.copy(wheel, tmp_path)
    done = install(outdated, PIP_FIND_LINKS=tmp_path.as_uri())
    assert done.returncode == 2
    assert f"no torch 2.13.0 for CPython {sys.version_info.major}." in done.stderr
    assert "PYTHON=" in done.stderr
    assert_unchanged(outdated)


def assert_unchanged(project):
    assert (project / "env" / ".run-time").stat().st_mtime == 0
    assert not (project / "env" / ".unfinished").exists()
    assert installed(project) == "2.13.0+cpu"


def test_a_python_without_its_venv_module_is_refused_with_the_package_to_install(project):
    (project / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    done = install(project, PYTHONPATH=str(project))
    assert done.returncode == 2
    assert f"python3.{sys.version_info.minor}-venv" in done.stderr
    assert "uv" in done.stderr


def test_a_folder_that_cannot_be_made_is_refused_by_name(project):
    done = install(project, folder="/proc/environment")
    assert done.returncode == 2
    assert "/proc/environment cannot be written" in done.stderr
    assert "Clone it to a folder of your own" in done.stderr


def test_a_folder_of_someone_else_is_left_alone(project):
    (project / "env").mkdir()
    (project / "env" / "letter.txt").write_text("keep me")
    done = install(project)
    assert done.returncode == 2
    assert "is no working Python environment" in done.stderr
    assert [path.name for path in (project / "env").iterdir()] == ["letter.txt"]
