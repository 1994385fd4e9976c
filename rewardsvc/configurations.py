"""Named training configurations: those shipped, and a deployment's own folder of them.

A vision-language base model is named in such a file and nowhere else: no path comes from a form.
"""

import json
import logging
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "configs"
DEFAULT = "compact"
BACKBONES = ("compact", "qwen2.5-vl", "qwen3-vl")
_KEYS = {"title", "about", "backbone", "settings"}


class BadConfiguration(ValueError):
    """A configuration file that cannot be used; its text names the file and what is wrong."""


@dataclass(frozen=True)
class Configuration:
    """What a run can be started with. settings: as `TrainConfig.from_json` reads them."""

    name: str
    title: str
    about: str
    backbone: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Offer:
    """What a run can be started with, and the file names of what cannot be used."""

    usable: list[Configuration]
    broken: list[str]


def offer() -> Offer:
    """Return all that can be used, shipped ones first; a broken file is logged with its fault."""
    usable, broken = {}, []
    for path in _files():
        try:
            usable[path.stem] = read_configuration(path)
        except BadConfiguration as error:
            usable.pop(path.stem, None)  # a file of the deployment replaces one of its name
            broken.append(path.name)
            logger.warning("left out of the configurations: %s", error)
    return Offer(list(usable.values()), broken)


def configurations() -> list[Configuration]:
    """Return all that can be used, shipped ones first."""
    return offer().usable


def configuration_named(name: str) -> Configuration:
    """Return one by its file's name. Raises BadConfiguration."""
    for path in reversed(_files()):
        if path.stem == name:
            return read_configuration(path)
    known = ", ".join(sorted({path.stem for path in _files()}))
    raise BadConfiguration(f"there is no configuration {name!r}; there are {known}")


def read_configuration(path: Path) -> Configuration:
    """Read a file of title, about, backbone and settings. Raises BadConfiguration."""
    try:
        told = json.loads(
            path.read_text(encoding="utf-8"), parse_float=finite, parse_constant=finite
        )
    except (OSError, ValueError) as error:
        raise BadConfiguration(f"{path}: {error}") from error
    if not isinstance(told, dict) or set(told) != _KEYS:
        raise BadConfiguration(f"{path}: expected exactly {', '.join(sorted(_KEYS))}")
    if told["backbone"] not in BACKBONES:
        raise BadConfiguration(
            f"{path}: backbone is {told['backbone']!r}, expected one of {', '.join(BACKBONES)}"
        )
    for key, kind in (("title", str), ("about", str), ("settings", dict)):
        if not isinstance(told[key], kind):
            raise BadConfiguration(f"{path}: {key} is {told[key]!r}, expected {kind.__name__}")
    return Configuration(name=path.stem, **told)


def finite(text: str) -> float:
    """Read a number of a JSON file. Raises ValueError for what PostgreSQL's JSON cannot hold."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


def _files() -> list[Path]:
    files = sorted(SHIPPED.glob("*.json"), key=lambda path: (path.stem != DEFAULT, path.stem))
    if settings.REWARD_CONFIGS:
        folder = Path(settings.REWARD_CONFIGS)
        if not folder.is_dir():
            logger.warning("REWARD_CONFIGS names %s, which is no folder", folder)
        files += sorted(folder.glob("*.json"))
    return files
