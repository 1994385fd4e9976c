"""The operating-system account that the servers run under: PostgreSQL refuses root."""

import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import EmbeddedError

PREFERRED = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int
    #: The launcher is root and the servers must not be.
    switch: bool

    def drop_privileges(self) -> None:
        """Switch from root to this account permanently; only for a forked child."""
        if self.switch:
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)

    def make_private(self, folder: Path) -> None:
        """Create the folder, owned by this account and closed to others."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.switch:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)

    def can_read(self, path: Path) -> bool:
        """Whether this account may enter and read the path, all its parents included."""
        return self._allowed(lambda: os.access(path, os.R_OK | os.X_OK))

    def _allowed(self, question: Callable[[], bool]) -> bool:
        if not self.switch:
            return question()
        child = os.fork()
        if child == 0:
            # _exit: a child that returned would run the launcher a second time.
            try:
                self.drop_privileges()
                os._exit(0 if question() else 1)
            finally:
                os._exit(2)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def account_for(data: Path) -> Account:
    """Choose the account: the caller's, or for root the data folder's owner or a spare one.

    Raises EmbeddedError when the data folder belongs to someone else or no account fits.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise EmbeddedError(
                f"{data} belongs to user id {owner} and you are user id {os.geteuid()}: run as "
                "that user, or set EDITJURY_HOME to a folder of your own."
            )
        return _entry(os.geteuid(), switch=False)
    if owner:
        return _entry(owner, switch=True)
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and this machine has neither a user 'postgres' nor "
        "'nobody' to run it as: start as an ordinary user."
    )


def _entry(uid: int, *, switch: bool) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedError(
            f"User id {uid} has no name in the password database, and PostgreSQL's initdb needs "
            "one: run as a named user, or set DATABASE_URL and REDIS_URL."
        ) from None
    return Account(entry.pw_name, uid, entry.pw_gid, switch=switch)
