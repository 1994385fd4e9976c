"""Files outside a manifest's folder, in the folders that a person allows."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from annotation.items.imports.files.names import FileNames, Found


class Outside:
    """Absolute paths and paths above a folder. roots: the only folders in which files are found.

    A link inside a root that leads out of every root is not followed.
    """

    def __init__(self, folder: Path, roots: Sequence[Path]) -> None:
        self._folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() follows links
        self._roots = {root.resolve(): FileNames(_names_below(root.resolve())) for root in roots}

    def find(self, path: str) -> Found | None:
        """Return the file that a path means, or None where it is in no root."""
        stated = Path(os.path.normpath(self._folder / path))
        # The roots are free of links, and the folder may be reached by one.
        for target in (stated, stated.parent.resolve() / stated.name):
            for root, names in self._roots.items():
                if not target.is_relative_to(root):
                    continue
                found = names.find(target.relative_to(root).as_posix())
                if found is not None and self._is_allowed(root / found.path):
                    return Found(str(root / found.path), found.spelling)
        return None

    def _is_allowed(self, file: Path) -> bool:
        return any(file.resolve().is_relative_to(root) for root in self._roots)


def _names_below(root: Path) -> Callable[[str], list[str]]:
    def names_in(folder: str) -> list[str]:
        try:
            return [path.name for path in (root / folder).iterdir()]
        except OSError:
            return []

    return names_in
