"""Compare the installed run-time packages with licences.toml: `python -m config.licences`."""

import fnmatch
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent
#: The GPL and the AGPL; the LGPL needs a stated reason instead.
FORBIDDEN = re.compile(r"(?<!L)GPL|(?<!Lesser )General Public", re.IGNORECASE)
COPYLEFT = re.compile(r"GPL|General Public", re.IGNORECASE)


def complaints(
    lines: Mapping[str, Mapping[str, str]], installed: Mapping[str, str], pinned: set[str]
) -> list[str]:
    """Return one sentence per package that breaks a rule.

    lines: the sections of licences.toml. installed: name -> what the package's metadata says.
    pinned: the names in constraints.txt; another Python may need fewer of them.
    """
    packages, patterns, allowed = lines["packages"], lines["with_cuda"], lines["allowed"]
    stale = packages.keys() - installed.keys() - pinned
    found = [f"{name} has a line but is no dependency." for name in stale]
    for name, stated in installed.items():
        line = packages.get(name) or _by_pattern(patterns, name)
        if line is None:
            found.append(f"{name} has no line in licences.toml; its metadata says: {stated}.")
        elif FORBIDDEN.search(line) or FORBIDDEN.search(stated):
            found.append(f"{name} is under the GPL ({line}; metadata: {stated}).")
        elif (COPYLEFT.search(line) or COPYLEFT.search(stated)) and name not in allowed:
            found.append(f"{name} is copyleft ({line}) and no reason allows it.")
    return sorted(found)


def run_time_packages() -> dict[str, str]:
    """Return name -> licence as its metadata says, for everything the project runs with."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    found: dict[str, str] = {}
    queue = [Requirement(line) for line in wanted]
    seen: set[tuple[str, str]] = set()
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        for extra_name in ["", *requirement.extras]:
            if (name, extra_name) in seen:
                continue
            seen.add((name, extra_name))
            try:
                distribution = metadata.distribution(name)
            except metadata.PackageNotFoundError:
                # A requirement of another platform, or of another build of torch.
                continue
            found[name] = _licence_of(distribution.metadata)
            queue += _requirements(distribution, extra_name)
    return found


def pinned_packages() -> set[str]:
    """Return the names in constraints.txt."""
    lines = (PROJECT / "constraints.txt").read_text().splitlines()
    return {canonicalize_name(Requirement(line).name) for line in lines if line[:1].isalnum()}


def _requirements(distribution: metadata.Distribution, extra: str) -> Iterator[Requirement]:
    environment: dict[str, Any] = {**default_environment(), "extra": extra}
    for line in distribution.requires or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            yield requirement


def _licence_of(package: metadata.PackageMetadata) -> str:
    classifiers = [
        line.rsplit(" :: ", 1)[1]
        for line in package.get_all("Classifier") or []
        if line.startswith("License :: ")
    ]
    expression = package.get_all("License-Expression") or ["; ".join(classifiers)]
    # Older packages may put the whole text into the last field; its first line names it.
    text = expression[0] or (package.get_all("License") or [""])[0]
    return text.strip().split("\n", 1)[0] or "nothing"


def _by_pattern(patterns: Mapping[str, str], name: str) -> str | None:
    return next((patterns[p] for p in patterns if fnmatch.fnmatchcase(name, p)), None)


def main() -> int:
    """Print the complaints; 1 when there are any."""
    lines = tomllib.loads((PROJECT / "licences.toml").read_text())
    installed = run_time_packages()
    found = complaints(lines, installed, pinned_packages())
    for line in found:
        sys.stderr.write(f"{line}\n")
    if not found:
        sys.stdout.write(f"{len(installed)} run-time packages, each with a licence, no GPL.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
