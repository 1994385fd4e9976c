"""The queue's SQL, kept where it can be read, and loaded into the database by migrations.

A migration that changes a function runs the file's present text again: the last one wins.
"""

from pathlib import Path

HERE = Path(__file__).parent


def text(name: str) -> str:
    """Return the text of a file of this folder."""
    return (HERE / f"{name}.sql").read_text()
