"""Real PostgreSQL and Redis for one test session, shared by all its processes."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded import running

MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 1024**3
REDIS_DATABASES = 16


@contextmanager
def test_servers() -> Iterator[None]:
    """Let os.environ name the servers of this test run, whatever the shell had exported.

    EDITJURY_TEST_DATABASE_URL and EDITJURY_TEST_REDIS_URL name other ones (their role must be
    allowed to create databases); else the bundled ones run on a temporary folder.
    """
    home = Path(tempfile.mkdtemp(prefix="editjury-test-", dir=_fast_folder()))
    fresh = {
        "EDITJURY_HOME": str(home),
        "SECRET_KEY": "tests",
        # Files of tests lie in memory too, and go with the rest: `--basetemp` keeps them.
        "PYTEST_DEBUG_TEMPROOT": str(home),
        # Test processes share the cores: threads of one would wait for those of another.
        "OMP_NUM_THREADS": "1",
    }
    for name in [*os.environ]:
        if name in {"DEBUG", "HTTPS", "ALLOWED_HOSTS", "STATIC_ROOT", "MEDIA_ROOT"}:
            del os.environ[name]
    os.environ.update(fresh)
    # WhiteNoise warns about an absent one; the live site fills it.
    (home / "static").mkdir()
    try:
        if given := os.environ.get("EDITJURY_TEST_DATABASE_URL"):
            os.environ["DATABASE_URL"] = given
            os.environ["REDIS_URL"] = os.environ["EDITJURY_TEST_REDIS_URL"]
            yield
        else:
            with running(home) as services:
                os.environ["DATABASE_URL"] = services.database_url
                os.environ["REDIS_URL"] = services.redis_url
                yield
    finally:
        shutil.rmtree(home, ignore_errors=True)


def take_redis_database(worker: str) -> None:
    """Give a parallel test process ("gw3") a Redis database of its own."""
    number = int(worker.removeprefix("gw")) + 1
    if number >= REDIS_DATABASES:
        raise RuntimeError(f"Redis has {REDIS_DATABASES} databases: use fewer than that many -n.")
    url = os.environ["REDIS_URL"]
    separator = "?virtual_host=" if url.startswith("redis+socket") else "/"
    os.environ["REDIS_URL"] = f"{url.rstrip('/')}{separator}{number}"


def _fast_folder() -> str | None:
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return None
    return str(MEMORY) if shutil.disk_usage(MEMORY).free >= ROOM_BYTES else None
