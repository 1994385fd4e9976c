"""Turn a question about an edit into token segments; questions may share leading segments.

released: system, source, edit, then the text of one dimension; one pass per dimension.
native: the whole rubric, source, instruction, edit, then a reward token per dimension; one pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rewardsvc.core.errors import CheckpointError, RewardError
from rewardsvc.core.vlm.prompts import PLACEHOLDER, REWARD_TOKEN, Prompts

#: The id of visual tokens. The k-th reward token has the id `REWARD` - k.
IMAGE, REWARD = -1, -2

_IMAGE_TOKEN = "<|image_pad|>"  # noqa: S105 - a token of the vocabulary
LAYOUTS = ("released", "native")


class Segment(NamedTuple):
    """Tokens that follow an earlier segment.

    ids: rows of the embedding table, or `IMAGE`, or `REWARD` - k for the k-th reward token.
    pictures: (index, number of tokens) of the segment's images, in order.
    """

    ids: tuple[int, ...]
    pictures: tuple[tuple[int, int], ...] = ()


class Question(NamedTuple):
    """An edit to score: indices of its images, their numbers of visual tokens, its instruction."""

    source: int
    edit: int
    source_tokens: int
    edit_tokens: int
    instruction: str


TokenPath = tuple[Segment, ...]


@dataclass(frozen=True)
class Layout:
    """Turns questions into paths of segments.

    reads: reward tokens per edit; the released layout has one path for each.
    """

    tokenizer: Any
    prompts: Prompts
    kind: str
    reads: int

    def __post_init__(self) -> None:
        if self.kind not in LAYOUTS:
            raise CheckpointError(f"layout is one of {', '.join(LAYOUTS)}, not {self.kind!r}")

    def paths(self, question: Question) -> tuple[TokenPath, ...]:
        """Return the paths of one question; the last segment of each has a reward token.

        Raises RewardError for an instruction that contains a special token of the model.
        """
        self.check(question.instruction)
        if self.kind == "native":
            return (self._cut(self._native(question.instruction), question, native=True),)
        return tuple(
            self._cut(self._released(dimension, question.instruction), question, native=False)
            for dimension in self.prompts.dimensions[: self.reads]
        )

    def check(self, instruction: str) -> None:
        """Raise RewardError for an instruction that contains a special token of the model."""
        for token in self.tokenizer.get_added_vocab():
            if token in instruction:
                raise RewardError(f"the instruction {instruction!r} holds the token {token!r}")

    def _released(self, dimension: str, instruction: str) -> list[int]:
        text = {"type": "text", "text": self.prompts.ask(dimension, instruction)}
        return self._ids([{"type": "image"}, {"type": "image"}, text])

    def _native(self, instruction: str) -> list[int]:
        # The instruction follows the source image; the rubric's texts refer to it as "below".
        texts = self.prompts.texts.values()
        rubric = "\n\n".join(text.replace(PLACEHOLDER, "below") for text in texts)
        return self._ids(
            [
                {"type": "text", "text": f"{rubric}\n"},
                {"type": "image"},
                {"type": "text", "text": f"\nInstruction: {instruction}\n"},
                {"type": "image"},
                {"type": "text", "text": REWARD_TOKEN * self.reads},
            ]
        )

    def _ids(self, content: list[dict[str, str]]) -> list[int]:
        text = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _cut(self, ids: list[int], question: Question, *, native: bool) -> TokenPath:
        image = self.tokenizer.convert_tokens_to_ids(_IMAGE_TOKEN)
        reward = self.tokenizer.convert_tokens_to_ids(REWARD_TOKEN)
        image_positions = [n for n, each in enumerate(ids) if each == image]
        if len(image_positions) != 2:  # noqa: PLR2004 - source and edit
            raise CheckpointError(
                f"the chat template shows {len(image_positions)} images, expected 2"
            )
        first, second = image_positions
        rewards = [n for n, each in enumerate(ids) if each == reward]
        expected = self.reads if native else 1
        if len(rewards) != expected:
            raise CheckpointError(
                f"the text holds {len(rewards)} reward tokens, expected {expected}"
            )
        for k, position in enumerate(rewards):
            ids[position] = REWARD - k
        source = (IMAGE,) * question.source_tokens
        edit = (IMAGE,) * question.edit_tokens
        source_picture = ((question.source, question.source_tokens),)
        edit_picture = ((question.edit, question.edit_tokens),)
        between, after = tuple(ids[first + 1 : second]), tuple(ids[second + 1 :])
        if native:
            tail = tuple(ids[second + 1 : rewards[-1] + 1])
            return (
                Segment(tuple(ids[:first])),
                Segment((*source, *between), source_picture),
                Segment((*edit, *tail), edit_picture),
            )
        return (
            Segment((*ids[:first], *source), source_picture),
            Segment((*between, *edit), edit_picture),
            Segment(after),
        )


def load_tokenizer(folder: Path) -> Any:
    """Return a base model's tokenizer, with the reward token added if it has none.

    Raises CheckpointError naming what is missing.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder} holds no tokenizer: {error}") from error
    if tokenizer.chat_template is None:
        tokenizer.chat_template = _chat_template(folder)
    if tokenizer.convert_tokens_to_ids(_IMAGE_TOKEN) in (None, tokenizer.unk_token_id):
        raise CheckpointError(f"the tokenizer in {folder} has no token {_IMAGE_TOKEN}")
    tokenizer.add_special_tokens({"additional_special_tokens": [REWARD_TOKEN]})
    return tokenizer


def _chat_template(folder: Path) -> str:
    import json

    path = folder / "chat_template.json"
    try:
        return str(json.loads(path.read_bytes())["chat_template"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder} holds no chat template") from error


def unique_paths(paths: Sequence[TokenPath], *, share: bool) -> list[TokenPath]:
    """Return the paths to compute; share=False joins the segments of each path into one."""
    if share:
        return list(paths)
    return [(_joined(path),) for path in paths]


def _joined(path: TokenPath) -> Segment:
    return Segment(
        tuple(each for segment in path for each in segment.ids),
        tuple(each for segment in path for each in segment.pictures),
    )
