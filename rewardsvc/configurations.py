"""Named training configurations: the shipped ones, and those in a deployment's folder.

The path of a vision-language base model comes from such a file only, never from a form.
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
MIN_FOLDS, MAX_FOLDS = 3, 10
_KEYS = {"title", "about", "backbone", "settings"}


class BadConfiguration(ValueError):
    """A configuration file that cannot be used; the message names the file and the fault."""


@dataclass(frozen=True)
class Configuration:
    """A named configuration. settings: in the format of `TrainConfig.from_json`."""

    name: str
    title: str
    about: str
    backbone: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Offer:
    """The usable configurations, and the names of unusable files."""

    usable: list[Configuration]
    broken: list[str]


def offer() -> Offer:
    """Return all usable configurations, shipped ones first; log the fault of each broken file."""
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
    """Return all usable configurations, shipped ones first."""
    return offer().usable


def configuration_named(name: str) -> Configuration:
    """Return the configuration with this file name, without its ending. Raises BadConfiguration."""
    for path in reversed(_files()):
        if path.stem == name:
            return read_configuration(path)
    known = ", ".join(sorted({path.stem for path in _files()}))
    raise BadConfiguration(f"there is no configuration {name!r}; there are {known}")


def read_configuration(path: Path) -> Configuration:
    """Read a file of title, about, backbone and settings. Raises BadConfiguration."""
    try:
        content = json.loads(
            path.read_text(encoding="utf-8"), parse_float=finite, parse_constant=finite
        )
    except (OSError, ValueError) as error:
        raise BadConfiguration(f"{path}: {error}") from error
    if not isinstance(content, dict) or set(content) != _KEYS:
        raise BadConfiguration(f"{path}: expected exactly {', '.join(sorted(_KEYS))}")
    if content["backbone"] not in BACKBONES:
        raise BadConfiguration(
            f"{path}: backbone is {content['backbone']!r}, expected one of {', '.join(BACKBONES)}"
        )
    for key, kind in (("title", str), ("about", str), ("settings", dict)):
        if not isinstance(content[key], kind):
            raise BadConfiguration(f"{path}: {key} is {content[key]!r}, expected {kind.__name__}")
    return Configuration(name=path.stem, **content)


def finite(text: str) -> float:
    """Read a number of a JSON file. Raises ValueError for numbers that PostgreSQL's JSON lacks."""
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
