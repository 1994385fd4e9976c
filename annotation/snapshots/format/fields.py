"""Read JSON from outside: a field that is missing or of another type is refused by name."""

from collections.abc import Iterable, Sequence
from typing import Any

_KINDS = {dict: "an object", list: "a list", str: "text", int: "a whole number", float: "a number"}
_MOST = 2**31


class Fields:
    """The fields of a JSON object.

    where: the file. name: the path of the object in it, empty at the top.
    Every method raises `error` naming the file and the field.
    """

    def __init__(
        self, value: object, where: object, error: type[ValueError], name: str = ""
    ) -> None:
        self.where, self.error, self.name = where, error, name
        if not isinstance(value, dict):
            raise self._refusal(name or "the content", value, _KINDS[dict])
        self.value = value

    def get(self, key: str, kind: type) -> Any:
        """Return a field of this very type: no flag for a number, no number for text."""
        if key not in self.value:
            raise self.error(f"{self.where}: the key {self._path(key)!r} is missing")
        found = self.value[key]
        if type(found) is not kind:
            raise self._refusal(self._path(key), found, _KINDS[kind])
        return found

    def only(self, known: Iterable[str]) -> None:
        """Refuse fields of other names."""
        if unknown := sorted(set(self.value) - set(known)):
            raise self.error(f"{self.where}: unknown key {self._path(unknown[0])!r}")

    def count(self, key: str, *, least: int = 0, step: int = 1) -> int:
        found: int = self.get(key, int)
        if not least <= found < _MOST or found % step:
            raise self._refusal(self._path(key), found, _expected(least, step))
        return found

    def counts(self, key: str, lengths: Sequence[int], *, least: int, step: int) -> tuple[int, ...]:
        """Return a list of whole numbers that has one of some lengths."""
        found = self.get(key, list)
        for each in found:
            if type(each) is not int or not least <= each < _MOST or each % step:
                raise self._refusal(self._path(key), found, f"each {_expected(least, step)}")
        if len(found) not in lengths:
            wanted = " or ".join(map(str, lengths))
            raise self._refusal(self._path(key), found, f"{wanted} numbers")
        return tuple(found)

    def share(self, key: str) -> float:
        """Return a number from 0 to below 1."""
        found = self.get(key, float) if type(self.value.get(key)) is not int else self.value[key]
        if not 0 <= found < 1:
            raise self._refusal(self._path(key), found, "0 or more and less than 1")
        return float(found)

    def names(self, key: str, *, least: int = 0) -> tuple[str, ...]:
        """Return a list of distinct texts, none of them empty."""
        found = self.get(key, list)
        if not all(isinstance(each, str) and each for each in found):
            raise self._refusal(self._path(key), found, "a list of names")
        if len(set(found)) != len(found):
            raise self._refusal(self._path(key), found, "names that differ")
        if len(found) < least:
            raise self._refusal(self._path(key), found, f"{least} or more names")
        return tuple(found)

    def inner(self, key: str) -> "Fields":
        return Fields(self.get(key, dict), self.where, self.error, self._path(key))

    def objects(self, key: str) -> list["Fields"]:
        """Return the objects of a list."""
        return [
            Fields(each, self.where, self.error, f"{self._path(key)}[{n}]")
            for n, each in enumerate(self.get(key, list))
        ]

    def _path(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _refusal(self, name: str, found: object, expected: str) -> ValueError:
        return self.error(f"{self.where}: {name} is {found!r:.80}, expected {expected}")


def _expected(least: int, step: int) -> str:
    return f"{least} or more" if step == 1 else f"a multiple of {step}, {least} or more"
