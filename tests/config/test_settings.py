"""Every setting that code reads is documented, and the containers can be given it."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from config import env

PROJECT = Path(__file__).resolve().parents[2]
OURS = {"web", "migrate", "default-worker", "sweeps-worker", "gpu-worker", "beat"}
#: Functions of config.env whose first argument is the name of a variable.
READERS = {"text", "flag", "integer", "words"}
#: Read from the environment, yet set by another program and never by an operator.
NOT_OURS = {
    "PATH": "the system",
    "LOCAL_RANK": "torchrun",
    "WORLD_SIZE": "torchrun",
    "DJANGO_SETTINGS_MODULE": "Django's own; this project has one module of settings",
}
#: Files that read names which another line passes to them; a judge's key is named by who runs it.
READ_BY_ARGUMENT = {
    "config/env.py",
    "config/embedded/environment.py",
    "rewardsvc/judges/client.py",
}
#: Variables that other programs read: Python for large temporary files, OpenMP, the shell.
READ_BY_OTHERS = {"TMPDIR", "OMP_WAIT_POLICY", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def sources():
    packages = [
        path.parent for path in PROJECT.glob("*/__init__.py") if path.parent.name != "tests"
    ]
    return [PROJECT / "manage.py", *(path for one in packages for path in one.rglob("*.py"))]


def key_nodes(tree):
    """Yield the expression that names the variable, for each read of the environment."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="environ"), slice=key):
                yield key
            case ast.Compare(left=key, comparators=[ast.Attribute(attr="environ")]):
                yield key
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="environ"), attr=called),
                args=[key, *_],
            ) if called in {"get", "pop", "setdefault"}:
                yield key
            case ast.Call(func=ast.Attribute(attr="getenv"), args=[key, *_]):
                yield key
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env"), attr=called), args=[key, *_]
            ) if called in READERS:
                yield key


def names_read():
    """Variable -> the files that read it; "" for names that are not written where they are read."""
    found = {}
    for path in sources():
        for key in key_nodes(ast.parse(path.read_text())):
            name = key.value if isinstance(key, ast.Constant) else ""
            found.setdefault(name, set()).add(str(path.relative_to(PROJECT)))
    return found


def default_in_code(name):
    """The default of a setting as text: None when it is required or computed from others."""
    tree = ast.parse((PROJECT / "config/settings.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("env."):
            given = [*node.args[1:], *(word.value for word in node.keywords)]
            if node.args and ast.unparse(node.args[0]) == repr(name):
                if not given:
                    return "" if ast.unparse(node.func) == "env.words" else None
                if any(isinstance(part, ast.Name | ast.Call) for part in ast.walk(given[0])):
                    return None
                return str(eval(ast.unparse(given[0])))  # noqa: S307  # a literal of our own file
    return None


def rows(columns):
    """Variable -> the other cells, of the table in deployment.md with so many columns."""
    text = (PROJECT / "docs/deployment.md").read_text()
    lines = re.findall(r"^\| `([A-Z][A-Z_]+)` \|(.*)\|$", text, re.MULTILINE)
    cells = {name: [cell.strip() for cell in rest.split("|")] for name, rest in lines}
    return {name: found for name, found in cells.items() if len(found) == columns - 1}


@pytest.fixture(scope="module")
def read():
    # NAME_FILE is another way to give NAME.
    names = {name.removesuffix("_FILE") for name in names_read()}
    return names - NOT_OURS.keys() - {""}


@pytest.fixture(scope="module")
def documented():
    return rows(4)


@pytest.fixture(scope="module")
def environment():
    """The environment of each of our services: the image's, overlaid by compose's."""
    image = " ".join((PROJECT / "Dockerfile").read_text().replace("\\\n", " ").split("\n"))
    fixed = dict(re.findall(r"\b([A-Z][A-Z_]+)=(\S+)", " ".join(re.findall(r"ENV [^#]*", image))))
    services = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    return {name: fixed | services[name]["environment"] for name in OURS}


def test_the_readers_of_the_environment_are_those_looked_for():
    functions = [
        node for node in ast.parse(Path(env.__file__).read_text()).body if hasattr(node, "args")
    ]
    assert {node.name for node in functions if node.args.args} == READERS


def test_a_variable_is_named_where_it_is_read():
    assert names_read()[""] <= READ_BY_ARGUMENT


def test_every_setting_is_documented_and_nothing_else_is(read, documented):
    assert documented.keys() == read


def test_every_setting_reaches_every_process_of_the_containers(read, environment):
    for service, variables in environment.items():
        assert read <= variables.keys(), service


def test_containers_set_nothing_that_nobody_reads(read, environment):
    for service, variables in environment.items():
        assert variables.keys() <= read | NOT_OURS.keys() | READ_BY_OTHERS, service


def test_what_containers_do_without_a_value_is_as_documented(documented, environment):
    for name, (_, shown, _) in documented.items():
        value = environment["web"][name]
        if shown == "set":
            assert f"${{{name}" not in value, name
        elif shown == "required":
            assert value.startswith(f"${{{name}:?"), name
        else:
            assert value == f"${{{name}:-{shown.strip('`')}}}", name


def test_the_defaults_of_the_code_are_as_documented(documented):
    for name, (shown, _, _) in documented.items():
        default = default_in_code(name)
        if default is not None:
            assert shown.strip("`") == default, name
        else:
            assert shown, name


def test_what_compose_itself_can_be_given_is_documented(documented):
    compose = (PROJECT / "docker-compose.yml").read_text()
    found = dict(re.findall(r"\$\{(\w+):([-?][^}]*)\}", compose))
    own = rows(3)
    assert own.keys() == found.keys() - documented.keys()
    for name, (shown, _) in own.items():
        assert (found[name] == f"-{shown.strip('`')}") or (
            found[name][0] == "?" and shown == "required"
        )
