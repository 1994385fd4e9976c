"""The prompts of a vision-language reward model: a JSON file beside its weights."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewardsvc.core.errors import CheckpointError

REWARD_TOKEN = "<|Reward|>"  # noqa: S105 - a token of the vocabulary
PLACEHOLDER = "{text_prompt}"  # replaced by the instruction
_SUFFIX = "suffix"
# Names of the prompts in the released code's module, and of the suffix in its collator's file.
_RELEASED = {
    "dim1": "INSTRUCTION_EDIT_FOLLOWING",
    "dim2": "INSTRUCTION_EDIT_QUALITY",
    _SUFFIX: "prompt_with_special_token",
}
# The heading of the criteria by a rubric version's `criteria_wording`.
_HEADINGS = {"fault": "What may be wrong:", "quality": "What should hold:"}
_RELEASED_SUFFIX_FILE = "data_collator_qwen_edit.py"
# The file beside the weights of a checkpoint.
PROMPTS = "prompts.json"


@dataclass(frozen=True)
class Prompts:
    """One text per dimension, each with `{text_prompt}` for the instruction, and a suffix.

    The suffix contains the reward token once. It is appended to a text without a separator.
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
            if text.count(PLACEHOLDER) != 1:
                raise CheckpointError(f"the prompt {name!r} needs {PLACEHOLDER} exactly once")
            if REWARD_TOKEN in text:
                raise CheckpointError(f"the prompt {name!r} holds the reward token of the closing")
        if self.suffix.count(REWARD_TOKEN) != 1:
            raise CheckpointError(f"the closing request needs {REWARD_TOKEN} exactly once")

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(self.texts)

    def ask(self, dimension: str, instruction: str) -> str:
        """Return the text of the user's turn for one dimension."""
        return self.texts[dimension].replace(PLACEHOLDER, instruction) + self.suffix

    def write(self, path: Path) -> None:
        """Write the prompts as a JSON file."""
        path.write_text(json.dumps(self.to_json(), indent=1, ensure_ascii=False))

    def to_json(self) -> dict[str, str]:
        return {**self.texts, _SUFFIX: self.suffix}

    @classmethod
    def of(cls, prompts: "Prompts | Mapping[str, str] | Path | str") -> "Prompts":
        """Read prompts from a mapping, a JSON file, or a Python file of the released layout.

        The mapping holds `suffix` and one text per dimension, in the order of the heads. A Python
        file is parsed, never run. Raises CheckpointError naming what is missing.
        """
        if isinstance(prompts, Prompts):
            return prompts
        if isinstance(prompts, Mapping):
            return cls._from_mapping(prompts, "the prompts")
        path = Path(prompts)
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
    def _from_mapping(cls, prompts: Any, where: str) -> "Prompts":
        if not isinstance(prompts, Mapping) or _SUFFIX not in prompts:
            raise CheckpointError(f"{where}: the key {_SUFFIX!r} is missing")
        return cls({k: v for k, v in prompts.items() if k != _SUFFIX}, prompts[_SUFFIX])

    @classmethod
    def _from_python(cls, text: str, path: Path) -> "Prompts":
        found = _constants(text, path)
        beside = path.parent / _RELEASED_SUFFIX_FILE
        if _RELEASED[_SUFFIX] not in found and beside.is_file():
            found = {**_constants(beside.read_text(encoding="utf-8"), beside), **found}
        prompts = {}
        for key, released in _RELEASED.items():
            value = found.get(released, found.get(key))
            if value is None:
                raise CheckpointError(f"{path}: neither {released} nor {key} is assigned a text")
            prompts[key] = value if key == _SUFFIX else _unescaped(value)
        return cls._from_mapping(prompts, str(path))


def _constants(text: str, path: Path) -> dict[str, str]:
    """Return the string constants assigned at the top level of a Python file."""
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
    # The released code uses str.format, where doubled braces mean single ones.
    return text.replace("{{", "{").replace("}}", "}")


def rubric_prompts(rubric: Mapping[str, Any]) -> Prompts:
    """Return one prompt for each dimension of a rubric version.

    rubric: `{"criteria_wording", "dimensions": [{"slug", "name", "question", "criteria", "levels":
    [{"value", "name", "text"}]}]}`, as in a snapshot's manifest. Levels are listed best first. In
    an older manifest, without `criteria_wording`, the criteria describe a good edit.
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
    lines.append(f"Instruction: {PLACEHOLDER}")
    return "\n".join(lines)
