"""The rules of the house that a reader can rely on: who imports whom, how long things get."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import quantiles

import pytest
from django.core.management import call_command

PROJECT = Path(__file__).resolve().parents[1]
CODE = ("annotation", "config", "demo", "install", "jobs", "rewardsvc")
DJANGO = {"django", "rest_framework", "celery", "drf_spectacular"}
TORCH = {"torch", "safetensors", "transformers", "peft", "accelerate"}

#: folder or file -> what it never imports, at any depth of the code.
BANNED = [
    ("annotation", TORCH | {"rewardsvc", "demo"}),
    ("annotation/stats", DJANGO | {"annotation.models", "annotation.common", "psycopg"}),
    ("annotation/items/imaging", DJANGO | TORCH | {"annotation.models", "annotation.common"}),
    ("annotation/models", {"annotation.common", "annotation.queue"}),
    ("jobs", TORCH | {"annotation", "rewardsvc", "demo"}),
    ("config", TORCH | {"rewardsvc.core", "demo"}),
    ("rewardsvc", {"demo"}),
    ("rewardsvc/core", DJANGO | {"annotation", "jobs", "config", "rewardsvc.models"}),
    ("rewardsvc/core/compact", {"rewardsvc.core.vlm", "transformers"}),
    ("rewardsvc/core/vlm", {"rewardsvc.core.compact"}),
    ("rewardsvc/benchmarks/metrics.py", DJANGO | TORCH | {"annotation"}),
]
#: folder -> the parts of a banned package that it may import all the same; free of Django.
ALLOWED = {
    "rewardsvc/core": {
        "annotation.errors", "annotation.items.imaging", "annotation.snapshots.format"
    },
}  # fmt: skip
#: Where torch may be imported as the module loads. Everything else reaches these rooms from
#: inside a function or by a dotted path, so that the web process never loads torch.
TORCH_ROOMS = ("rewardsvc/core/", "rewardsvc/workers/")
HEAVY = TORCH | {"rewardsvc.core", "rewardsvc.workers"}
#: What these folders may import besides the standard library and themselves.
MAY_IMPORT = {
    "annotation/snapshots/format": {"numpy", "pyarrow"},
    "install": set(),
    "annotation/stats": {"numpy", "scipy"},
}

LINES, TEST_LINES = 300, 400
FUNCTION_CAP, FUNCTION_P90, TRAINING_CAP = 50, 30, 80
POSITIONAL = 5


def sources(*folders: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [PROJECT / name for name in listed if (PROJECT / name).is_file()]


def python_files(*folders: str) -> list[Path]:
    return [path for path in sources(*folders) if path.suffix == ".py"]


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def imported(tree: ast.AST, path: Path) -> Iterator[str]:
    """Every module that the tree imports, with `from a import b` given as a.b too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno}: a relative import"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def hits(names: Iterator[str], banned: set[str]) -> set[str]:
    return {name for name in names for root in banned if f"{name}.".startswith(f"{root}.")}


@pytest.mark.parametrize(("folder", "banned"), BANNED, ids=[folder for folder, _ in BANNED])
def test_imports_point_inward(folder, banned):
    for path in python_files(folder):
        found = hits(imported(ast.parse(path.read_text()), path), banned)
        if folder in ALLOWED:
            found -= hits(iter(found), ALLOWED[folder])
        assert not found, f"{name_of(path)} imports {sorted(found)}"


def circle_of(arrows: dict[str, set[str]]) -> list[str]:
    """The modules of one circle of imports, empty where there is none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def arrows_between(files: list[Path]) -> dict[str, set[str]]:
    """What each module imports of the others, at any depth of its code."""
    modules = {module_of(path): path for path in files}
    arrows = {}
    for module, path in modules.items():
        found: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                # A module taken out of a package is an arrow to the module alone.
                found |= inner & modules.keys()
                found |= set() if inner <= modules.keys() else {str(node.module)}
        arrows[module] = (found & modules.keys()) - {module}
    return arrows


def test_no_files_import_each_other_in_a_circle():
    arrows = arrows_between(python_files(*CODE))
    assert not (circle := circle_of(arrows)), " <- ".join(circle)
    assert "rewardsvc.core.registry" in arrows["rewardsvc.core.checkpoint"]


def test_a_planted_circle_of_imports_is_found():
    assert set(circle_of({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}
    assert circle_of({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_the_import_rules_name_folders_that_exist():
    missing = [folder for folder, _ in BANNED if not (PROJECT / folder).exists()]
    assert not missing


def test_a_planted_import_is_found_wherever_it_hides():
    lazy = ast.parse("def f():\n    from torch.nn import functional\n")
    assert hits(imported(lazy, PROJECT / "x.py"), {"torch"}) == {
        "torch.nn",
        "torch.nn.functional",
    }
    assert not hits(imported(ast.parse("import torchlike"), PROJECT / "x.py"), {"torch"})


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_statistics_and_the_snapshot_format_stand_on_few_libraries_alone(folder):
    allowed = MAY_IMPORT[folder] | sys.stdlib_module_names | {folder.replace("/", ".")}
    for path in python_files(folder):
        names = set(imported(ast.parse(path.read_text()), path))
        found = names - hits(iter(names), allowed)
        assert not found, f"{name_of(path)} imports {sorted(found)}"


def test_torch_is_loaded_with_a_module_in_its_own_rooms_only():
    for path in python_files("rewardsvc"):
        if name_of(path).startswith(TORCH_ROOMS):
            continue
        loaded = ast.parse(path.read_text())
        for node in ast.walk(loaded):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                node.body = []
        found = hits(imported(loaded, path), HEAVY)
        light = {name for name in found if _is_light(name)}
        assert found <= light, f"{name_of(path)} loads {sorted(found - light)} with the module"


def _is_light(name: str) -> bool:
    """Whether a part of the core loads without torch, e.g. its errors and file formats."""
    parts = name.split(".")
    for end in range(len(parts), 2, -1):
        path = PROJECT.joinpath(*parts[:end]).with_suffix(".py")
        if path.exists():
            inner = set(imported(ast.parse(path.read_text()), path))
            if hits(iter(inner), TORCH):
                return False
            core = {each for each in inner if each.startswith("rewardsvc.core.")}
            return all(_is_light(each) for each in core)
    return name == "rewardsvc.core"


def test_files_stay_short():
    for path in python_files(*CODE, "tests", "manage.py"):
        if path.name.startswith("0001_"):
            continue
        limit = TEST_LINES if name_of(path).startswith("tests/") else LINES
        count = len(path.read_text().splitlines())
        assert count <= limit, f"{name_of(path)} has {count} lines, more than {limit}"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """Lines from def to end without docstring, comments and blanks."""
    body = function.body
    skipped: set[int] = set()
    if ast.get_docstring(function, clean=False) is not None:
        skipped = set(range(body[0].lineno, (body[0].end_lineno or 0) + 1))
    kept = 0
    for number in range(function.lineno, (function.end_lineno or 0) + 1):
        text = lines[number - 1].strip()
        kept += bool(text) and not text.startswith("#") and number not in skipped
    return kept


def test_functions_stay_small():
    lengths = []
    for path in python_files(*CODE):
        if "/migrations/" in name_of(path):
            continue
        lines = path.read_text().splitlines()
        for function in functions(path):
            length = code_lines(function, lines)
            lengths.append(length)
            training = name_of(path).startswith("rewardsvc/core/training/train")
            cap = TRAINING_CAP if training else FUNCTION_CAP
            where = f"{name_of(path)}:{function.lineno} {function.name}"
            assert length <= cap, f"{where} has {length} code lines"
    assert quantiles(lengths, n=10)[-1] <= FUNCTION_P90


def test_functions_take_few_positional_arguments():
    for path in python_files(*CODE):
        for function in functions(path):
            names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
            count = len([name for name in names if name not in {"self", "cls"}])
            assert count <= POSITIONAL, (
                f"{name_of(path)}:{function.lineno} {function.name} takes {count}"
            )


def test_services_take_keywords_only():
    for path in python_files("annotation"):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if "transaction.atomic" not in map(ast.unparse, node.decorator_list):
                continue
            names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
            assert len(names) <= 1, f"{name_of(path)}:{node.lineno} {node.name}({names})"


def test_rows_are_written_with_their_columns_named():
    """A bare save() would write back columns that another transaction has changed."""
    for path in python_files("annotation", "jobs", "rewardsvc", "demo"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            bare = node.func.attr == "save" and not node.args and not node.keywords
            assert not bare, f"{name_of(path)}:{node.lineno}: save() without update_fields"


def test_no_signals_and_no_skipped_work_markers():
    marker = re.compile(r"\b(TO" + "DO|FIX" + r"ME)\b")
    for path in python_files(*CODE, "tests"):
        text = path.read_text()
        assert not marker.search(text), f"{name_of(path)} has a marker of unfinished work"
        if not name_of(path).startswith("tests/"):
            assert "django.db.models.signals" not in text, f"{name_of(path)} uses signals"


def test_no_column_stores_a_screen_side_or_an_export_word():
    """docs/glossary.md: data speak of candidates in canonical order, never of sides."""
    words = {"left", "right", "chosen", "rejected", "margin"}
    column = re.compile(r"^    (\w+)\s*(?::[^=]+)?=\s*\w*\.?\w*Field\(", re.MULTILINE)
    for path in python_files("annotation/models"):
        fields = column.findall(path.read_text())
        wrong = {name for name in fields if words & set(name.split("_"))}
        assert not wrong, f"{name_of(path)} stores {sorted(wrong)}"


def test_a_script_or_style_in_a_page_comes_from_a_file():
    """The content security policy would block anything else."""
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|<style\b|\sstyle=|\son[a-z]+=",
        re.IGNORECASE,
    )
    for path in sources("templates"):
        found = inline.search(path.read_text())
        assert not found, f"{name_of(path)} has {found[0]!r}"


def test_no_script_loads_its_page_again_by_the_way_it_came():
    """The page may be the answer to a form, which a reload would send once more."""
    again = re.compile(r"location\.reload|history\.go\(")
    for path in sources("static/js"):
        assert not again.search(path.read_text()), name_of(path)


def test_only_the_ci_script_knows_where_reference_data_lie():
    for path in sources("."):
        if path.suffix in {".png", ".webp", ".jpg", ".ico", ".woff2", ".svg"}:
            continue
        if name_of(path) == ".ci/run":
            continue
        text = path.read_text(errors="replace")
        parent = ".." + "/shared"
        assert parent not in text, f"{name_of(path)} names {parent}"


def test_every_model_has_its_migration(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
