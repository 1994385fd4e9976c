"""Read pip's configuration and put it into uv's terms, so that both take the same packages."""

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

#: pip's setting -> uv's variable, and what stands between several values there.
VARIABLES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "constraint": ("UV_CONSTRAINT", " "),
    "cert": ("SSL_CERT_FILE", ""),
    "proxy": ("ALL_PROXY", ""),
}
#: These do not change which packages are taken.
WITHOUT_EFFECT = {
    "break-system-packages", "cache-dir", "compile", "default-timeout", "disable-pip-version-check",
    "format", "log", "no-cache-dir", "no-color", "no-compile", "no-input",
    "no-python-version-warning", "no-warn-script-location", "prefer-binary", "progress-bar",
    "quiet", "require-virtualenv", "resume-retries", "retries", "root-user-action", "timeout",
    "user", "verbose",
}  # fmt: skip


def pip_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what applies to `pip install`: files first, then PIP_ variables over them."""
    parser = configparser.RawConfigParser()
    parser.read(_files(environment), encoding="utf-8")
    rows: list[tuple[str, str]] = []
    for section in ("global", "install"):
        if parser.has_section(section):
            rows += parser.items(section)
    for key, value in environment.items():
        if key.startswith("PIP_") and key != "PIP_CONFIG_FILE":
            rows.append((key.removeprefix("PIP_"), value))
    # pip ignores empty values, so that they do not replace others.
    return {_name(key): value.strip() for key, value in rows if value.strip()}


def for_uv(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables that make uv install what pip would; uv's own variables take precedence.

    Raises ValueError with the name of a setting that uv has no counterpart for.
    """
    variables = {"UV_INDEX_STRATEGY": "unsafe-best-match"}  # pip compares all indexes
    for name, value in settings.items():
        if name in WITHOUT_EFFECT:
            continue
        if name not in VARIABLES:
            raise ValueError(name)
        variable, separator = VARIABLES[name]
        variables[variable] = separator.join(value.split()) if separator else value
    return {name: value for name, value in variables.items() if not environment.get(name)}


def _files(environment: Mapping[str, str]) -> list[Path]:
    """Return pip's configuration files, the strongest last."""
    own = environment.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return []
    shared = environment.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    files = [Path(folder, "pip", "pip.conf") for folder in reversed(shared.split(":"))]
    files.append(Path("/etc/pip.conf"))
    if own:
        return [*files, Path(own)]
    home = Path(environment.get("HOME") or "/nonexistent")
    user = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    return [*files, home / ".pip" / "pip.conf", user / "pip" / "pip.conf"]


def _name(key: str) -> str:
    return key.lower().replace("_", "-")
