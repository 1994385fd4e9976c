"""Read the objects of a JSON list one after another, without the whole document in memory."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from annotation.errors import ImportRefused
from annotation.items.imports.manifests.columns import renamed
from annotation.items.imports.manifests.text_stream import MAX_ROW_CHARS, row_too_long

SPACE = " \t\n\r"
# At least the length of the longest token (-Infinity, an escaped surrogate pair). An error this
# near to the end of the buffer may come from a token that is cut in two.
LONGEST_TOKEN = 16
# Extensions of the keys of an object that has one row per picture.
# Most keys of an object that are kept, to find out whether it is a row.
MAX_KEYS = 200
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif")
NO_LIST = "a manifest is a list of items, and this is not a list"


class Fields(dict[str, Any]):
    """A JSON object that records duplicate keys."""

    __slots__ = ("doubles",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.doubles: list[str] = []
        if len(self) < len(pairs):
            names = [key for key, _ in pairs]
            self.doubles = sorted({key for key in names if names.count(key) > 1})


def json_objects(texts: Iterable[str], file: str) -> Iterator[tuple[int, object]]:
    """Yield (number, value) of a list, or of the list under "items"; numbers start at 1.

    Of an object whose keys are names of pictures, each value is a row with its key as the source.
    An object that is a row itself is the first of JSON Lines under the name of JSON.

    Raises ImportRefused, possibly after some values, for example where the text ends too early.
    """
    text = _Text(texts, file)
    first = text.peek()
    if first == "[":
        yield from _elements(text)
    elif first == "{":
        yield from _items_of_object(text)
    elif not first:
        raise text.refused(0, "there is nothing in it")
    else:
        text.value("the document")
        _end(text)
        raise ImportRefused(f"{file}: {NO_LIST}")
    _end(text)


def _elements(text: "_Text") -> Iterator[tuple[int, object]]:
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    number = 0
    while True:
        number += 1
        yield number, text.value(f"row {number}")
        if text.peek() == "]":
            text.take("]")
            return
        text.take(",")


def _items_of_object(text: "_Text") -> Iterator[tuple[int, object]]:
    text.take("{")
    has_items, number = False, 0
    pairs: list[tuple[str, Any]] = []
    while text.peek() != "}":
        if text.peek() != '"':
            raise text.refused(0, "a key in double quotes is missing")
        key = text.value("a key")
        text.take(":")
        if key != "items":
            value = text.value(f"the value of {str(key)[:60]!r}")
            if str(key).lower().endswith(PICTURES):
                number += 1
                yield number, _keyed(str(key), value)
            elif len(pairs) < MAX_KEYS:
                pairs.append((str(key), value))
        elif has_items:
            raise ImportRefused(f"{text.file}: the key 'items' is given twice")
        elif text.peek() != "[":
            raise ImportRefused(f"{text.file}: {NO_LIST}")
        else:
            has_items = True
            yield from _elements(text)
        if text.peek() == "}":
            break
        text.take(",")
    text.take("}")
    if not has_items and not number:
        yield from _lines_after(text, pairs)


def _lines_after(text: "_Text", pairs: list[tuple[str, Any]]) -> Iterator[tuple[int, object]]:
    """Yield a row given as the pairs of an object, and the objects that follow it."""
    if not _is_row({key for key, _ in pairs}):
        raise ImportRefused(f"{text.file}: {NO_LIST}")
    yield 1, Fields(pairs)
    number = 1
    while text.peek() == "{":
        number += 1
        yield number, text.value(f"row {number}")


def _is_row(keys: set[str]) -> bool:
    """Whether an object names an instruction and a source, by any of their names."""
    needed = {"instruction", "source"}
    return needed <= keys | set(renamed(keys, tuple(needed)).values())


def _keyed(picture: str, value: object) -> object:
    """Return the row of an object by picture: {"a.png": {"instruction": …}} or {"a.png": …}."""
    if isinstance(value, str):
        return Fields([("instruction", value), ("source", picture)])
    if not isinstance(value, Fields) or "source" in value or "image" in value:
        return value
    value["source"] = picture
    return value


def _end(text: "_Text") -> None:
    if text.peek():
        raise text.refused(0, "something follows after its end")


class _Text:
    """A buffer over a text, and the position where it begins."""

    def __init__(self, texts: Iterable[str], file: str) -> None:
        self.file = file
        self._texts = iter(texts)
        self._buffer, self._at, self._line, self._has_ended = "", 0, 1, False
        self._decoder = json.JSONDecoder(object_pairs_hook=Fields)

    def peek(self) -> str:
        """Return the next character that is not white space, "" at the end."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in SPACE:
                    return self._buffer[self._at]
                self._at += 1
            if not self._more():
                return ""

    def take(self, character: str) -> None:
        """Consume one expected character. Raises ImportRefused for another."""
        if self.peek() != character:
            raise self.refused(0, f"{character!r} is missing")
        self._at += 1

    def value(self, what: str) -> object:
        """Return the value that begins here. Raises ImportRefused when it is too long."""
        self.peek()
        while True:
            length = len(self._buffer) - self._at
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if self._is_wrong(error):
                    raise self.refused(error.pos - self._at, error.msg) from None
            except RecursionError:
                raise ImportRefused(f"{self.file}: nested too deeply to be a manifest") from None
            except ValueError as error:
                raise ImportRefused(f"{self.file}: not valid JSON ({error})") from None
            else:
                # A number at the end of the buffer may continue: 12, 12.5, 12e+5.
                rest = len(self._buffer) - end
                if rest > (2 if isinstance(value, int | float) else 0) or self._has_ended:
                    self._at = end
                    return value
            if length > MAX_ROW_CHARS:
                raise row_too_long(self.file, what)
            # The buffer doubles, so that a long value is parsed only a few times.
            self._fill(min(2 * length, MAX_ROW_CHARS + 1))

    def _is_wrong(self, error: json.JSONDecodeError) -> bool:
        """Whether an error is final; a value that is cut off may continue in the next part."""
        if self._has_ended:
            return True
        is_open = error.msg.startswith("Unterminated")
        return not is_open and error.pos < len(self._buffer) - LONGEST_TOKEN

    def refused(self, at: int, problem: str) -> ImportRefused:
        """Return a refusal that names the line, `at` characters from here."""
        line = self._line + self._buffer.count("\n", 0, self._at + at)
        return ImportRefused(f"{self.file} line {line}: not valid JSON ({problem})")

    def _fill(self, wanted: int) -> None:
        while len(self._buffer) - self._at < wanted and self._more():
            pass

    def _more(self) -> bool:
        text = next(self._texts, "")
        if not text:
            self._has_ended = True
            return False
        self._line += self._buffer.count("\n", 0, self._at)
        self._buffer = self._buffer[self._at :] + text
        self._at = 0
        return True
