"""A small project with small wheels, for the real installer and the real pip."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
BACKEND = """
import zipfile
from pathlib import Path

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "editjury-1.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder, name), "w") as wheel:
        metadata = "Metadata-Version: 2.4\\nName: editjury\\nVersion: 1.0\\n"
        metadata += "Provides-Extra: model\\nProvides-Extra: embedded\\nRequires-Dist: django\\n"
        metadata += "Requires-Dist: torch; extra == 'model'\\n"
        wheel.writestr("editjury-1.0.dist-info/METADATA", metadata)
        tag = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr("editjury-1.0.dist-info/WHEEL", tag)
        wheel.writestr("editjury-1.0.dist-info/RECORD", "")
    return name

build_editable = build_wheel
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "editjury"
version = "1.0"
dependencies = ["django"]
[project.optional-dependencies]
embedded = []
model = ["torch"]
"""


def write_wheel(folder, name, version):
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", f"version = {version!r}\n")
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        wheel.writestr(f"{info}/METADATA", metadata)
        tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{info}/WHEEL", tag)
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n")


def make_project(folder):
    """Copy the installer into a small project that is as dependent as EditJury is."""
    shutil.copytree(PROJECT / "install", folder / "install")
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "annotation").mkdir()
    (folder / "annotation" / "models.py").write_text("count = 1\n")
    (folder / "constraints.txt").write_text("Django==5.2.19\ntorch==2.13.0\n")
    # pip's is no program: it only stands for the one that uv installs besides.
    wheels = ["django-5.2.19", "torch-2.13.0", "torch-2.13.0+cpu", "pip-26.0"]
    for name, _, version in (wheel.partition("-") for wheel in wheels):
        write_wheel(folder / "wheels", name, version)
    return folder


def environment(project, **changes):
    """Return variables with which pip sees nothing but the project's wheels."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (project / "wheels").as_uri()}
    settings = {"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "PIP_CONFIG_FILE": os.devnull}
    return kept | settings | wheels | changes


def install(project, *, folder="env", **changes):
    """Run the installer to its end."""
    return subprocess.run(
        ["sh", "install/environment.sh", folder],
        cwd=project,
        env=environment(project, **changes),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def installed(project, *, folder="env"):
    """Return the version of torch that the environment has."""
    return subprocess.run(
        [project / folder / "bin" / "python", "-c", "import torch; print(torch.version)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
