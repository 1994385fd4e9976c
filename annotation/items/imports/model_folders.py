"""Folders of edits, one per generator, with the same file names as the sources have."""

import posixpath
from functools import cached_property

from annotation.items.imaging.pictures import SUFFIXES
from annotation.items.imports.files.containers import Container, is_junk
from annotation.items.imports.rows import RowRefused, leads_out

# Names of a folder that holds sources, and of one that holds neither sources nor edits.
SOURCES = frozenset(
    [
        *(
            "source",
            "sources",
            "src",
            "input",
            "inputs",
            "original",
            "originals",
            "image",
            "images",
        ),
        *("source_images", "input_images", "before"),
    ]
)
# Beginnings of such names, for folders such as input_512, where none has such a name.
SOURCE_PREFIXES = ("source", "src", "input", "original")
NO_EDITS = frozenset(["mask", "masks"])


class ModelFolders:
    """The folders below a manifest's own. base: the manifest's folder, "" for the root."""

    def __init__(self, container: Container, base: str) -> None:
        self._container = container
        self._base = base
        # Rows whose edits were found.
        self.n_found = 0

    def pictures_of(self, path: str) -> tuple[str, dict[str, str]]:
        """Return (source, {generator: edit}) for a source as a manifest names it.

        path: inside the container. Raises RowRefused where sources or edits cannot be recognised.
        """
        folder, name = posixpath.split(path)
        found = {at: file for at in self._folders if (file := self._picture(at, name))}
        home = folder if folder in found or leads_out(path) else self._home(name, found)
        edits = {
            at: file
            for at, file in found.items()
            if at != home and posixpath.basename(at).lower() not in NO_EDITS | SOURCES
        }
        if not edits:
            raise RowRefused(
                "there are no candidates in it, and no folder beside"
                f" {home or 'the manifest'} has an edit named {name}"
            )
        self.n_found += 1
        names = [posixpath.basename(at) for at in edits]
        return found.get(home, path), {
            posixpath.relpath(at, self._base or ".")
            if names.count(posixpath.basename(at)) > 1
            else posixpath.basename(at): file
            for at, file in edits.items()
        }

    def _home(self, name: str, found: dict[str, str]) -> str:
        likely = [at for at in found if posixpath.basename(at).lower() in SOURCES]
        if not likely:
            names = {at: posixpath.basename(at).lower() for at in found}
            likely = [at for at, name in names.items() if name.startswith(SOURCE_PREFIXES)]
        if len(likely) == 1:
            return likely[0]
        if self._base in found:
            return self._base
        named = " or ".join(sorted(likely)[:3]) or "no folder of sources"
        raise RowRefused(f"there are no candidates in it, and {named} has the source {name}")

    @cached_property
    def _folders(self) -> list[str]:
        inside = f"{self._base}/" if self._base else ""
        return [
            at
            for at in self._container.folders()
            if at == self._base or (at.startswith(inside) and not any(map(is_junk, at.split("/"))))
        ]

    def _picture(self, folder: str, name: str) -> str:
        """Return the path of a picture with this name, also with another extension, or ""."""
        found = self._container.find(posixpath.join(folder, name))
        if found is not None:
            return found.path
        same = [
            file
            for file in self._container.same_stem(folder, name)
            if posixpath.splitext(file)[1].lower() in SUFFIXES
        ]
        return posixpath.join(folder, same[0]) if len(same) == 1 else ""
