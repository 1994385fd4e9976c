"""The environment that settings read, filled in from the bundled services."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded.instance import Services, running
from config.embedded.layout import Layout
from config.embedded.locks import locked

SERVERS = ("DATABASE_URL", "REDIS_URL")


def servers_are_given() -> bool:
    """Whether the environment names a database or a Redis; settings refuse a single one."""
    return any(os.environ.get(name) or os.environ.get(f"{name}_FILE") for name in SERVERS)


@contextmanager
def bundled_environment(home: Path) -> Iterator[Services]:
    """Run the bundled services, with their addresses in os.environ until the end."""
    with running(home) as services:
        fresh = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
        if not (os.environ.get("SECRET_KEY") or os.environ.get("SECRET_KEY_FILE")):
            fresh["SECRET_KEY"] = secret_key(home)
        former = {name: os.environ.get(name) for name in fresh}
        os.environ.update(fresh)
        try:
            yield services
        finally:
            for name, value in former.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def secret_key(home: Path) -> str:
    """Return the home's secret key, created at first use and readable only by its owner."""
    path = home / "secret_key"
    with locked(Layout(home).start_lock):
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(50))
            fresh.replace(path)
    return path.read_text().strip()
