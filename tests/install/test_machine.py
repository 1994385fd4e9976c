"""Machines for which the pinned packages have no wheels are refused before pip starts."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from install.machine import OLDEST_GLIBC, Machine, refuse_unsupported, this_machine
from install.refusal import Refusal

FITTING = Machine("Linux", "x86_64", ("glibc", "2.28"), "CPython", bits=64, free_threaded=False)
SITE = Path(__import__("numpy").__file__).parents[1]


@pytest.mark.parametrize("changes", [{}, {"processor": "aarch64"}, {"libc": ("glibc", "2.43")}])
def test_a_machine_that_the_wheels_are_built_for_is_accepted(changes):
    refuse_unsupported(replace(FITTING, **changes))


@pytest.mark.parametrize(
    ("changes", "cause", "remedy"),
    [
        ({"system": "Darwin"}, "this is Darwin", "containers"),
        ({"processor": "riscv64"}, "riscv64", "containers"),
        ({"bits": 32}, "32-bit Python", "containers"),
        ({"libc": ("", "")}, "another C library", "containers"),
        ({"libc": ("glibc", "2.17")}, "this system has 2.17", "containers"),
        ({"libc": ("glibc", "2.9")}, "this system has 2.9", "containers"),
        ({"interpreter": "PyPy"}, "PyPy", "PYTHON="),
        ({"free_threaded": True}, "free-threaded", "PYTHON="),
    ],
)
def test_another_machine_is_refused_with_cause_and_remedy(changes, cause, remedy):
    with pytest.raises(Refusal) as refusal:
        refuse_unsupported(replace(FITTING, **changes))
    assert cause in str(refusal.value)
    assert remedy in str(refusal.value)


def test_this_machine_runs_the_tests_and_is_therefore_accepted():
    refuse_unsupported(this_machine())


def test_the_oldest_glibc_is_the_one_that_the_installed_wheels_are_built_for():
    oldest = []
    for path in SITE.glob("*.dist-info/WHEEL"):
        found = re.findall(r"manylinux_(\d+)_(\d+)_", path.read_text())
        tags = [(int(major), int(minor)) for major, minor in found]
        oldest += [min(tags)] if tags else []
    assert max(oldest) <= OLDEST_GLIBC
