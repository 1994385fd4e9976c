"""How a question about an edit becomes tokens, cut where two questions may share their beginning.

released: system, source, edit, then the text of one dimension; a pass per dimension.
native: the whole rubric, source, instruction, edit, then a reward token per dimension; one pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rewardsvc.core.errors import CheckpointError, RewardError
from rewardsvc.core.vlm.prompts import PLACE, REWARD_TOKEN, Prompts

#: Stands for a visual token; the reward tokens count down from `REWARD`.
IMAGE, REWARD = -1, -2

_IMAGE_TOKEN = "<|image_pad|>"  # noqa: S105 - a token of the vocabulary
LAYOUTS = ("released", "native")


class Segment(NamedTuple):
    """Tokens that follow an earlier segment.

    ids: of the table, or `IMAGE`, or `REWARD` - k for the k-th reward token.
    pictures: (index, tokens) of the images whose visual tokens these are, in order.
    """

    ids: tuple[int, ...]
    pictures: tuple[tuple[int, int], ...] = ()


class Question(NamedTuple):
    """An edit to be scored: indices of its images, their visual tokens, its instruction."""

    source: int
    edit: int
    source_tokens: int
    edit_tokens: int
    instruction: str


Path_ = tuple[Segment, ...]


@dataclass(frozen=True)
class Layout:
    """Turns questions into paths of segments.

    reads: reward tokens an edit is read at; the released layout has one path for each.
    """

    tokenizer: Any
    prompts: Prompts
    kind: str
    reads: int

    def __post_init__(self) -> None:
        if self.kind not in LAYOUTS:
            raise CheckpointError(f"layout is one of {', '.join(LAYOUTS)}, not {self.kind!r}")

    def paths(self, question: Question) -> tuple[Path_, ...]:
        """Return the paths of one question, a reward token at least in each one's last segment.

        Raises RewardError for an instruction that holds a token of the model's own.
        """
        self._check(question.instruction)
        asked = self.prompts.dimensions
        if self.kind == "native":
            return (self._cut(self._native(question.instruction), question, native=True),)
        return tuple(
            self._cut(self._released(dimension, question.instruction), question, native=False)
            for dimension in asked[: self.reads]
        )

    def _check(self, instruction: str) -> None:
        for token in self.tokenizer.get_added_vocab():
            if token in instruction:
                raise RewardError(f"the instruction {instruction!r} holds the token {token!r}")

    def _released(self, dimension: str, instruction: str) -> list[int]:
        text = {"type": "text", "text": self.prompts.ask(dimension, instruction)}
        return self._ids([{"type": "image"}, {"type": "image"}, text])

    def _native(self, instruction: str) -> list[int]:
        # Every dimension's text but for the line of the instruction, which follows the source.
        rubric = "\n\n".join(text.replace(PLACE, "below") for text in self.prompts.texts.values())
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

    def _cut(self, ids: list[int], question: Question, *, native: bool) -> Path_:
        image = self.tokenizer.convert_tokens_to_ids(_IMAGE_TOKEN)
        reward = self.tokenizer.convert_tokens_to_ids(REWARD_TOKEN)
        places = [n for n, each in enumerate(ids) if each == image]
        if len(places) != 2:  # noqa: PLR2004 - source and edit
            raise CheckpointError(f"the chat template shows {len(places)} images, expected 2")
        first, second = places
        marks = [n for n, each in enumerate(ids) if each == reward]
        wanted = self.reads if native else 1
        if len(marks) != wanted:
            raise CheckpointError(f"the text holds {len(marks)} reward tokens, expected {wanted}")
        for k, place in enumerate(marks):
            ids[place] = REWARD - k
        source = (IMAGE,) * question.source_tokens
        edit = (IMAGE,) * question.edit_tokens
        seen_source = ((question.source, question.source_tokens),)
        seen_edit = ((question.edit, question.edit_tokens),)
        between, after = tuple(ids[first + 1 : second]), tuple(ids[second + 1 :])
        if native:
            tail = tuple(ids[second + 1 : marks[-1] + 1])
            return (
                Segment(tuple(ids[:first])),
                Segment((*source, *between), seen_source),
                Segment((*edit, *tail), seen_edit),
            )
        return (
            Segment((*ids[:first], *source), seen_source),
            Segment((*between, *edit), seen_edit),
            Segment(after),
        )


def load_tokenizer(folder: Path) -> Any:
    """Return a base model's tokenizer with the reward token added where it lacks it.

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


def unique_paths(paths: Sequence[Path_], *, share: bool) -> list[Path_]:
    """Return the paths as they are computed: whole, or cut into shareable segments."""
    if share:
        return list(paths)
    return [(_joined(path),) for path in paths]


def _joined(path: Path_) -> Segment:
    return Segment(
        tuple(each for segment in path for each in segment.ids),
        tuple(each for segment in path for each in segment.pictures),
    )
