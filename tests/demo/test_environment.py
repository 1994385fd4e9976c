"""The environment that `make demo` installs: nothing is missing there, and nothing is added."""

import ast
import json
import subprocess

from tests.demo.launched import PROJECT

PACKAGES = ("annotation", "config", "demo", "jobs", "rewardsvc")
#: What the tests run in has these; an import of one in the shipped code would break the demo.
LEFT_OUT = {
    "transformers", "peft", "accelerate", "tensorboardX", "pytest", "requests", "playwright",
    "hypothesis",
}  # fmt: skip
#: The files that use an extra on purpose, each behind a check that it is installed.
OPTIONAL = {
    "rewardsvc/core/vlm/building.py": {"huggingface_hub"},
    "rewardsvc/core/vlm/family.py": {"transformers", "accelerate"},
    "rewardsvc/core/vlm/layout.py": {"transformers"},
    "rewardsvc/core/vlm/network.py": {"transformers"},
    "rewardsvc/core/vlm/tuning.py": {"peft"},
    "rewardsvc/workers/logs.py": {"tensorboardX"},
}

ABSENT = """
import importlib.util, json, sys
print(json.dumps([name for name in json.load(sys.stdin) if not importlib.util.find_spec(name)]))
"""
ADDED = """
import json
from importlib import metadata
from packaging.utils import canonicalize_name
from config.licences import run_time_packages
installed = {canonicalize_name(each.metadata["Name"]) for each in metadata.distributions()}
print(json.dumps(sorted(installed - run_time_packages().keys())))
"""
BROKEN = """
import importlib, json, sys, traceback
import django
django.setup()
broken = {}
for name in json.load(sys.stdin):
    try:
        importlib.import_module(name)
    except Exception:
        broken[name] = traceback.format_exc()
print(json.dumps(broken))
"""


def shipped():
    """Return path -> module name of every Python file that a demo may run."""
    paths = [path for folder in PACKAGES for path in (PROJECT / folder).rglob("*.py")]
    names = {}
    for path in [*paths, PROJECT / "manage.py"]:
        parts = path.relative_to(PROJECT).with_suffix("").parts
        names[path] = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return names


def imported(path):
    """Return the first names of all that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def ask(python, script, values=None):
    """Run a script in the demo's environment; return the JSON it prints."""
    done = subprocess.run(
        [python, "-c", script],
        cwd=PROJECT,
        env={
            "SECRET_KEY": "x",
            "DATABASE_URL": "postgres:///x",
            "REDIS_URL": "redis://x",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        input=json.dumps(values),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_environment_holds_what_the_demo_declares_and_nothing_else(demo_python):
    assert set(ask(demo_python, ABSENT, sorted(LEFT_OUT))) == LEFT_OUT
    assert set(ask(demo_python, ADDED)) <= {"editjury", "pip", "setuptools"}


def test_only_guarded_files_import_what_the_demo_does_not_install(demo_python):
    by_file = {path: imported(path) for path in shipped()}
    every = sorted(set().union(*by_file.values()))
    absent = set(ask(demo_python, ABSENT, every))
    found = {
        str(path.relative_to(PROJECT)): names & absent
        for path, names in by_file.items()
        if names & absent
    }
    assert found == OPTIONAL


def test_every_module_loads_where_only_the_demo_is_installed(demo_python):
    assert ask(demo_python, BROKEN, sorted(shipped().values())) == {}
