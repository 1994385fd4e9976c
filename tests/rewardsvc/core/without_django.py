"""Make every import of the web application fail: the reward model's core stands without it."""

import sys

WEB = frozenset(
    (
        *("django", "rest_framework", "drf_spectacular", "celery", "kombu", "psycopg", "redis"),
        *("dj_database_url", "annotation", "config", "demo", "jobs"),
        *(f"rewardsvc.{name}" for name in ("apps", "models", "selectors", "services", "workers")),
    )
)
#: The parts of the web application's packages that the core reads; they are free of Django.
SHARED = ("annotation.errors", "annotation.items.imaging", "annotation.snapshots.format")


class WebImported(ImportError):
    """The core, or a test of it, asked for a part of the web application."""


def _refused(name):
    if any(f"{name}.".startswith(f"{each}.") or each.startswith(f"{name}.") for each in SHARED):
        return False
    return any(f"{name}.".startswith(f"{each}.") for each in WEB)


class _Refuser:
    @staticmethod
    def find_spec(name, *_):
        if _refused(name):
            raise WebImported(f"{name} is imported where the core is to stand alone", name=name)


def block():
    """Refuse these imports for the rest of the process. Raises WebImported if one came before."""
    if loaded := [name for name in sys.modules if _refused(name)]:
        raise WebImported(f"{min(loaded)} was imported before the tests of the core")
    sys.meta_path.insert(0, _Refuser)
