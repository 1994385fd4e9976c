"""Who may import whom: the contracts of pyproject.toml, and where the ORM is used."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
#: What writes or reads rows by the ORM, wherever it stands in an expression.
ORM = {"objects", "bulk_create", "bulk_update", "select_for_update", "get_or_create"}


def test_no_import_runs_up_between_or_within_the_capabilities(tmp_path):
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--cache-dir", tmp_path],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert "0 broken" in linted.stdout


def test_the_layer_of_snapshots_names_all_of_the_package_but_the_format():
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = contracts["contracts"][0]["layers"]
    (layer,) = [layer for layer in layers if "snapshots.services" in layer]
    package = PROJECT / "annotation" / "snapshots"
    modules = {path.stem for path in package.iterdir() if path.name[:2] != "__"}
    named = {name.strip().removeprefix("snapshots.") for name in layer.split(":")}
    assert named == modules - {"format"}
    assert layers[-1] == "snapshots.format"


def pages_and_commands() -> list[Path]:
    files = [
        path
        for app in ("annotation", "rewardsvc", "jobs")
        for path in (PROJECT / app).rglob("*.py")
        if {"views", "api", "commands"} & set(path.parts) or path.stem in {"views", "home"}
    ]
    assert len(files) > 30
    return files


def test_pages_programs_and_commands_leave_rows_to_services_and_selectors():
    for path in pages_and_commands():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                where = f"{path.relative_to(PROJECT)}:{node.lineno}"
                assert node.attr not in ORM, f"{where} uses .{node.attr}"
