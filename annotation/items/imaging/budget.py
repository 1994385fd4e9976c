"""Bound the pixels that are decoded at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Condition

from PIL import Image

from annotation.items.imaging.pictures import FORMATS, MAX_PIXELS


class PixelBudget:
    """Threads wait here until their picture fits beside those that are being decoded.

    most: pixels at a time. A larger picture is decoded alone.
    """

    def __init__(self, most: int = MAX_PIXELS) -> None:
        self.most = self.free = most
        self._changed = Condition()

    @contextmanager
    def of(self, data: bytes) -> Iterator[None]:
        """Hold the pixels that the header of a picture states; 0 for one without a header."""
        wanted = min(stated_pixels(data), self.most)
        with self._changed:
            self._changed.wait_for(lambda: self.free >= wanted)
            self.free -= wanted
        try:
            yield
        finally:
            with self._changed:
                self.free += wanted
                self._changed.notify_all()


def stated_pixels(data: bytes) -> int:
    """Return the pixels that a picture's header states, without decoding it; 0 if none can be."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            return image.width * image.height
    except Image.DecompressionBombError:
        return MAX_PIXELS
    except Exception:  # noqa: BLE001 - decoders raise whatever the bytes lead them to
        return 0
