"""The handlers of the kinds of job. Apps register them in AppConfig.ready."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from jobs.models import Job


@dataclass(frozen=True)
class Kind:
    """A kind of job: its queue, and the dotted path of `handler(context) -> result dict`.

    A path instead of a function, so that the web process never imports torch.
    """

    name: str
    queue: str
    handler: str
    # Called with the job after its final failure or cancellation, for example to mark a run.
    on_end: str | None = None
    # What a progress bar calls it; a part of other work has none.
    title: str = ""

    def load(self) -> Callable[..., dict[str, Any] | None]:
        """Import the handler."""
        return import_string(self.handler)  # type: ignore[no-any-return]


_kinds: dict[str, Kind] = {}


def register(
    name: str,
    *,
    handler: str,
    queue: str = Job.Queue.DEFAULT,
    on_end: str | None = None,
    title: str = "",
) -> None:
    """Register a kind. Raises ValueError for a duplicate name."""
    if name in _kinds:
        raise ValueError(f"job kind {name!r} is registered twice")
    _kinds[name] = Kind(name, queue, handler, on_end, title)


def kind(name: str) -> Kind:
    """Return a registered kind; raises LookupError for an unknown one."""
    if name not in _kinds:
        raise LookupError(f"no job kind named {name!r}")
    return _kinds[name]


def titles() -> dict[str, str]:
    """Return the title of every kind that has one."""
    return {each.name: each.title for each in _kinds.values() if each.title}
