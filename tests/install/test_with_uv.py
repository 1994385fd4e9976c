"""With uv the same packages are installed as with pip."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.install.small import install, installed, make_project

PATH = os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])
pytestmark = pytest.mark.skipif(
    shutil.which("uv", path=PATH) is None, reason="no uv here; `make test` installs one"
)


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "späces and letters")


def with_uv(project, **changes):
    home = project.parent
    # uv reads find-links from pip's configuration file, as install/pip_settings.py puts it.
    (home / "index").mkdir()
    places = f"find-links = {(project / 'wheels').as_uri()}\n"
    places += f"index-url = {(home / 'index').as_uri()}\n"
    (home / "pip.conf").write_text(f"[global]\n{places}")
    settings = {"PIP_CONFIG_FILE": str(home / "pip.conf"), "PIP_NO_INDEX": "", "PIP_FIND_LINKS": ""}
    settings |= {"UV_CACHE_DIR": str(home / "cache"), "PATH": PATH}
    return install(project, **(settings | changes))


def test_uv_takes_what_pips_configuration_offers_and_needs_no_venv_module(project):
    (project / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    done = with_uv(project, PYTHONPATH=str(project))
    assert done.returncode == 0, done.stderr
    assert "with uv" in done.stdout
    assert "torch 2.13.0+cpu" in done.stdout
    assert installed(project) == "2.13.0+cpu"


def test_pip_does_what_uv_cannot(project):
    next((project / "wheels").glob("pip-*")).unlink()
    done = with_uv(project)
    assert done.returncode == 0, done.stderr
    assert "uv cannot install here" in done.stdout
    assert "with pip" in done.stdout
    assert installed(project) == "2.13.0+cpu"


def test_a_setting_that_uv_does_not_have_leaves_the_work_to_pip(project):
    (project / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    done = with_uv(project, PIP_NO_INDEX="1", PYTHONPATH=str(project))
    assert "pip's setting no-index has no counterpart in uv: installing with pip" in done.stdout
    assert "no venv module" in done.stderr
