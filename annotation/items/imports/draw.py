"""Draw the random arm and the held-out sources from hashes. Pure functions."""

import hashlib
import unicodedata
from typing import NamedTuple

RANGE = 2**64


class Arm(NamedTuple):
    """The arm of a source. Held-out sources are always in the random arm."""

    random_arm: bool
    held_out: bool


def draw_arm(
    campaign_seed: int, source_sha256: str, *, random_arm_percent: int, held_out_percent: int
) -> Arm:
    """Draw a source's arm from one number in [0, 1), uniform over sources.

    One number decides both, so that a held-out source is in the random arm at any percentages.
    """
    digest = hashlib.sha256(f"{campaign_seed}:{source_sha256}".encode()).digest()
    number = int.from_bytes(digest[:8], "big") * 100
    return Arm(number < random_arm_percent * RANGE, number < held_out_percent * RANGE)


def comparable(text: str) -> str:
    """Return a text that is equal for texts that differ only in Unicode form and white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def text_sha256(text: str) -> str:
    """Return the hash of an instruction as it is stored."""
    return hashlib.sha256(text.encode()).hexdigest()
