"""How a person types a management command on this installation."""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def manage_py() -> str:
    """Return the words before a command's name, as typed in the project's folder.

    Names the Python of an environment inside that folder: the shell's own lacks the packages.
    """
    python = Path(sys.executable)
    inside = python.relative_to(PROJECT) if python.is_relative_to(PROJECT) else "python"
    return f"{inside} manage.py"
