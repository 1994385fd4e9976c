"""Refuse machines for which the pinned packages have no wheels, before pip tries to build them."""

import platform
import sys
import sysconfig
from dataclasses import dataclass

from install.refusal import Refusal

#: What torch, pyarrow and the bundled PostgreSQL of constraints.txt are built for.
OLDEST_GLIBC = (2, 28)
PROCESSORS = ("x86_64", "aarch64")
INSTEAD = "Run EditJury in containers instead (docs/deployment.md)."


@dataclass(frozen=True)
class Machine:
    system: str
    processor: str
    #: Name and version of the C library, as platform.libc_ver() returns them.
    libc: tuple[str, str]
    interpreter: str
    bits: int
    free_threaded: bool


def this_machine() -> Machine:
    return Machine(
        system=platform.system(),
        processor=platform.machine(),
        libc=platform.libc_ver(),
        interpreter=platform.python_implementation(),
        bits=64 if sys.maxsize > 2**32 else 32,
        free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    )


def refuse_unsupported(machine: Machine) -> None:
    """Raise Refusal on a system, processor, C library or kind of Python without wheels."""
    if machine.system != "Linux":
        raise Refusal(
            f"`make demo` needs Linux, and this is {machine.system}: the bundled PostgreSQL and "
            f"Redis are Linux programs. {INSTEAD}"
        )
    if machine.processor not in PROCESSORS or machine.bits != 64:  # noqa: PLR2004  bits
        raise Refusal(
            f"The packages are built for 64-bit {' and '.join(PROCESSORS)}, and this is a "
            f"{machine.bits}-bit Python on {machine.processor}. {INSTEAD}"
        )
    name, version = machine.libc
    if name != "glibc":
        raise Refusal(
            "The packages are built for glibc, and this system has another C library "
            f"(Alpine Linux has musl). {INSTEAD}"
        )
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_GLIBC:
        raise Refusal(
            f"The packages need glibc 2.28 or newer (Debian 10, Ubuntu 18.10, RHEL 8), and this "
            f"system has {version}. {INSTEAD}"
        )
    if machine.interpreter != "CPython" or machine.free_threaded:
        kind = "free-threaded Python" if machine.free_threaded else machine.interpreter
        raise Refusal(
            f"{sys.executable} is {kind}, for which some packages are not built: "
            "name an ordinary CPython with PYTHON=python3.12."
        )
