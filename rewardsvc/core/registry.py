"""The kinds of reward models by backbone name."""

from typing import Any

from rewardsvc.core.backbone import Kind
from rewardsvc.core.compact import kind as compact
from rewardsvc.core.vlm import kind as vlm
from rewardsvc.core.vlm.family import FAMILIES

_KINDS: dict[str, Any] = {"compact": compact, **dict.fromkeys(FAMILIES, vlm)}


def kind_of(backbone: str) -> Kind:
    """Return the kind of a backbone; raises KeyError for an unknown one."""
    kind: Kind = _KINDS[backbone]
    return kind


def backbones() -> tuple[str, ...]:
    """Return the names of all backbones."""
    return tuple(_KINDS)
