"""Read JSON that others wrote: a field that is missing or of another kind is refused by name."""

from typing import Any

from rewardsvc.core.errors import RewardError

_KINDS = {dict: "an object", list: "a list", str: "text", int: "a whole number", bool: "a flag"}


class Fields:
    """The fields of a JSON object.

    where: the file. name: the path of the object in it, empty at the top.
    Every method raises `error` naming the file and the field.
    """

    def __init__(
        self, value: object, where: object, error: type[RewardError], name: str = ""
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

    def count(self, key: str, *, least: int = 0) -> int:
        found: int = self.get(key, int)
        if found < least:
            raise self._refusal(self._path(key), found, f"{least} or more")
        return found

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of distinct texts, none of them empty."""
        found = self.get(key, list)
        if not all(isinstance(each, str) and each for each in found):
            raise self._refusal(self._path(key), found, "a list of names")
        if len(set(found)) != len(found):
            raise self._refusal(self._path(key), found, "names that differ")
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

    def _refusal(self, name: str, found: object, expected: str) -> RewardError:
        return self.error(f"{self.where}: {name} is {found!r:.80}, expected {expected}")
