"""Instructions as hashed bags of words and word pairs, without a vocabulary.

In scripts without spaces between words, each character counts as a word.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import torch
from torch import Tensor

_WORD = re.compile(r"\w+", re.UNICODE)
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_MAX_CHARACTERS = 2000  # longer instructions are cut; the rest would hardly change the bag

# Words whose meaning changes when an image is mirrored.
DIRECTIONS = frozenset(
    {
        *("left", "right", "leftmost", "rightmost", "leftward", "rightward", "leftwards"),
        *("rightwards", "clockwise", "counterclockwise", "anticlockwise", "east", "west"),
        *("text", "letter", "letters", "word", "words", "sign", "mirror", "mirrored", "flip"),
    }
)


def words(instruction: str) -> list[str]:
    """Return the case-folded words of the instruction in Unicode normal form NFKC."""
    plain = unicodedata.normalize("NFKC", instruction[:_MAX_CHARACTERS]).casefold()
    return _WORD.findall(plain)


def mirrors_safely(instruction: str) -> bool:
    """Whether source and edit may be mirrored without the instruction becoming wrong."""
    return DIRECTIONS.isdisjoint(words(instruction))


def _parts(word: str) -> list[str]:
    return list(word) if _UNSPACED.search(word) else [word]


@lru_cache(maxsize=65_536)
def token_ids(instruction: str, buckets: int) -> tuple[int, ...]:
    """Return the sorted buckets of all words and word pairs.

    Bucket 0 marks every instruction, so that an empty one still has an embedding.
    """
    found = [part for word in words(instruction) for part in _parts(word)]
    grams = [f"w:{word}" for word in found]
    grams += [f"b:{a} {b}" for a, b in pairwise(found)]
    hashed = {1 + zlib.crc32(gram.encode()) % (buckets - 1) for gram in grams}
    return (0, *sorted(hashed))


def token_bags(instructions: Sequence[str], buckets: int) -> tuple[Tensor, Tensor]:
    """Return flat bucket ids (total,) and the offsets (n,) at which the bags start."""
    bags = [token_ids(instruction, buckets) for instruction in instructions]
    flat = torch.tensor([token for bag in bags for token in bag], dtype=torch.long)
    lengths = torch.tensor([len(bag) for bag in bags], dtype=torch.long)
    return flat, lengths.cumsum(0) - lengths
