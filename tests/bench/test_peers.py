"""The peers stay out of our process; none of this needs their environment."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pytest

from tests.bench import peers

PROJECT = Path(__file__).resolve().parents[2]
# Ours are numpy and scipy alone; what else the peers bring must not be imported here.
OURS_TOO = {"numpy", "scipy", "click", "six", "attrs", "tzdata", "python-dateutil"}
MODULES = {"crowd-kit": "crowdkit", "scikit-learn": "sklearn"}


def pins():
    lines = peers.PINS.read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).split(".")[0]


def test_every_peer_is_pinned_to_one_version():
    assert pins()
    for line in pins():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9.]+", line), line


def test_peers_are_imported_by_their_own_scripts_only():
    names = {line.split("==")[0] for line in pins()} - OURS_TOO
    modules = {MODULES.get(name, name) for name in names}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.py"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for path in map(Path, listed):
        if not path.is_relative_to("tests/bench/peer_scripts") and (PROJECT / path).is_file():
            assert not modules & set(imported(PROJECT / path)), path


def test_no_peer_is_a_dependency_of_the_project():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    names = {re.split(r"[^A-Za-z0-9-]", line)[0].lower() for line in wanted}
    assert not names & {"krippendorff", "crowd-kit", "choix"}


def test_an_unknown_script_is_refused_by_name():
    with pytest.raises(peers.PeerError, match=r"no peer script peer_scripts/nowhere\.py"):
        peers.run_peer("nowhere", {"x": np.ones(1)})


def test_an_environment_that_cannot_be_made_is_told_with_its_reason(tmp_path, monkeypatch):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no ensurepip here >&2\nexit 3\n")
    python.chmod(0o755)
    monkeypatch.setattr(peers.sys, "executable", str(python))
    monkeypatch.setattr(peers, "ENVIRONMENTS", tmp_path / "peers")
    reason = r"(?s)could not be made in .* \(exit 3\):\nno ensurepip here"
    with pytest.raises(peers.PeerError, match=reason):
        peers.run_peer("krippendorff_alpha", {"x": np.ones(1)})


@pytest.mark.parametrize("printed", ["", "print('words')", "print([1])"])
def test_a_script_that_ends_on_no_object_is_refused(tmp_path, monkeypatch, printed):
    _script(tmp_path, monkeypatch, printed)
    with pytest.raises(peers.PeerError, match="odd ended on no JSON object"):
        peers.run_peer("odd", {"x": np.ones(1)})


def test_a_script_that_fails_is_told_with_its_complaint(tmp_path, monkeypatch):
    _script(tmp_path, monkeypatch, "raise SystemExit('no such table')")
    with pytest.raises(peers.PeerError, match=r"odd failed \(exit 1\):\nno such table"):
        peers.run_peer("odd", {"x": np.ones(1)})


def test_a_script_gets_its_arrays_and_its_last_line_is_the_answer(tmp_path, monkeypatch):
    code = "import sys, json, zipfile\nprint('first')\n"
    code += "print(json.dumps({'names': zipfile.ZipFile(sys.argv[1]).namelist()}))"
    _script(tmp_path, monkeypatch, code)
    assert peers.run_peer("odd", {"x": np.ones(1)}) == {"names": ["x.npy"]}


def _script(folder, monkeypatch, code):
    """Make a script `odd`, run by the Python that exists already."""
    (folder / "odd.py").write_text(code)
    monkeypatch.setattr(peers, "SCRIPTS", folder)
    monkeypatch.setattr(peers, "environment", lambda: peers.sys.executable)
