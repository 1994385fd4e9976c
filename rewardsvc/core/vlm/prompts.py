"""The words a vision-language reward model is asked with: data beside the checkpoint."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardsvc.core.errors import CheckpointError

REWARD_TOKEN = "<|Reward|>"  # noqa: S105 - a token of the vocabulary
PLACE = "{text_prompt}"  # where the instruction goes
_SUFFIX = "suffix"
# The names in the released code's module of prompts, and of the closing request beside it.
_RELEASED = {
    "dim1": "INSTRUCTION_EDIT_FOLLOWING",
    "dim2": "INSTRUCTION_EDIT_QUALITY",
    _SUFFIX: "prompt_with_special_token",
}
# What a rubric version's criteria are, by their wording.
_HEADINGS = {"fault": "What may be wrong:", "quality": "What should hold:"}
_RELEASED_SUFFIX_FILE = "data_collator_qwen_edit.py"
# The file beside the weights of a checkpoint.
PROMPTS = "prompts.json"


@dataclass(frozen=True)
class Prompts:
    """One text per dimension, each with `{text_prompt}` for the instruction, and the closing.

    The closing request holds the reward token once; text and closing meet without a separator.
    """

    texts: Mapping[str, str]
    suffix: str

    def __post_init__(self) -> None:
        for name, text in {**self.texts, _SUFFIX: self.suffix}.items():
            if not isinstance(text, str):
                raise CheckpointError(f"the prompt {name!r} is not text")
        if not self.texts:
            raise CheckpointError("there is no prompt for any dimension")
        for name, text in self.texts.items():
            if text.count(PLACE) != 1:
                raise CheckpointError(f"the prompt {name!r} needs {PLACE} exactly once")
            if REWARD_TOKEN in text:
                raise CheckpointError(f"the prompt {name!r} holds the reward token of the closing")
        if self.suffix.count(REWARD_TOKEN) != 1:
            raise CheckpointError(f"the closing request needs {REWARD_TOKEN} exactly once")

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(self.texts)

    def ask(self, dimension: str, instruction: str) -> str:
        """Return the user's text for one dimension."""
        return self.texts[dimension].replace(PLACE, instruction) + self.suffix

    def write(self, path: Path) -> None:
        """Write the file that `of` reads."""
        path.write_text(json.dumps(self.to_json(), indent=1, ensure_ascii=False))

    def to_json(self) -> dict[str, str]:
        return {**self.texts, _SUFFIX: self.suffix}

    @classmethod
    def of(cls, given: "Prompts | Mapping[str, str] | Path | str") -> "Prompts":
        """Read prompts from a mapping, a JSON file, or a Python file of the released layout.

        The mapping holds `suffix` and one text per dimension, in the order of the heads. A Python
        file is parsed, never run. Raises CheckpointError naming what is missing.
        """
        if isinstance(given, Prompts):
            return given
        if isinstance(given, Mapping):
            return cls._from_mapping(given, "the prompts")
        path = Path(given)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CheckpointError(f"cannot read the prompts {path}: {error}") from error
        if path.suffix == ".py":
            return cls._from_python(text, path)
        try:
            found = json.loads(text)
        except ValueError as error:
            raise CheckpointError(f"{path} is not JSON: {error}") from error
        return cls._from_mapping(found, str(path))

    @classmethod
    def _from_mapping(cls, given: Any, where: str) -> "Prompts":
        if not isinstance(given, Mapping) or _SUFFIX not in given:
            raise CheckpointError(f"{where}: the key {_SUFFIX!r} is missing")
        return cls({k: v for k, v in given.items() if k != _SUFFIX}, given[_SUFFIX])

    @classmethod
    def _from_python(cls, text: str, path: Path) -> "Prompts":
        found = _constants(text, path)
        beside = path.parent / _RELEASED_SUFFIX_FILE
        if _RELEASED[_SUFFIX] not in found and beside.is_file():
            found = {**_constants(beside.read_text(encoding="utf-8"), beside), **found}
        given = {}
        for ours, theirs in _RELEASED.items():
            value = found.get(theirs, found.get(ours))
            if value is None:
                raise CheckpointError(f"{path}: neither {theirs} nor {ours} is assigned a text")
            given[ours] = value if ours == _SUFFIX else _unescaped(value)
        return cls._from_mapping(given, str(path))


def _constants(text: str, path: Path) -> dict[str, str]:
    """Return the texts assigned to names at the top of a Python file."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise CheckpointError(f"{path} is not Python: {error}") from error
    found = {}
    for node in tree.body:
        targets: Sequence[ast.expr] = ()
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        else:
            continue
        try:
            value = ast.literal_eval(node.value)  # type: ignore[arg-type]
        except (ValueError, TypeError, SyntaxError):
            continue
        if isinstance(value, str):
            found.update({t.id: value for t in targets if isinstance(t, ast.Name)})
    return found


def _unescaped(text: str) -> str:
    # The released code fills its prompts by str.format: doubled braces stand for single ones.
    return text.replace("{{", "{").replace("}}", "}")


def rubric_prompts(rubric: Mapping[str, Any]) -> Prompts:
    """Return the prompts that ask for each dimension of a rubric version.

    rubric: `{"criteria_wording", "dimensions": [{"slug", "name", "question", "criteria", "levels":
    [{"value", "name", "text"}]}]}`, as a snapshot's manifest holds it. Levels are listed best
    first. A manifest without `criteria_wording` is older: its criteria say what should hold.
    """
    heading = _HEADINGS[rubric.get("criteria_wording", "quality")]
    texts = {d["slug"]: _dimension_text(d, heading) for d in rubric["dimensions"]}
    return Prompts(texts, f"\nOverall mark: {REWARD_TOKEN}\n")


def _dimension_text(dimension: Mapping[str, Any], heading: str) -> str:
    lines = [
        "Two images follow each other: a source and an edit of it made under an instruction.",
        f"Judge the edit on one dimension only: {dimension['name']}.",
    ]
    if dimension.get("question"):
        lines.append(str(dimension["question"]))
    criteria = dimension.get("criteria") or ()
    lines += [heading] if criteria else []
    lines += [
        f"- {criterion['name']}: {criterion.get('text', '')}".rstrip(": ") for criterion in criteria
    ]
    lines += [
        f"{level['value']} ({level['name']}): {level.get('text', '')}".rstrip(": ")
        for level in sorted(dimension["levels"], key=lambda each: -each["value"])
    ]
    lines.append(f"Instruction: {PLACE}")
    return "\n".join(lines)
