"""Settings of a judge: a JSON file; the key itself stays in the environment."""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MODES = ("pairs", "points")
DISAGREEMENTS = ("tie", "unanswered")
PROMPTS = Path(__file__).parent / "prompts"


class JudgeRefused(ValueError):
    """Settings or an endpoint with which no judge can work; the message says why."""


@dataclass(frozen=True)
class JudgeSettings:
    """How a vision-language model is asked.

    url: the base of an OpenAI-compatible interface, up to "/v1". key_variable: the environment
    variable with the key; empty for none. mode: pairs (both orders) or points (four numbers an
    edit). disagreement: what two orders that name different edits are: a tie, or unanswered.
    concurrency: calls at a time. timeout_s: of one call, in seconds. attempts: tries of one call.
    input_price, output_price: per million tokens, in the currency of spend_limit; no call starts
    once the limit is reached. longest_side: pictures are shrunk to it, in pixels.
    """

    url: str
    model: str
    key_variable: str = ""
    mode: str = "pairs"
    disagreement: str = "tie"
    temperature: float = 0.0
    max_tokens: int = 512
    concurrency: int = 4
    timeout_s: float = 120.0
    attempts: int = 6
    input_price: float = 0.0
    output_price: float = 0.0
    spend_limit: float | None = None
    longest_side: int = 1024
    prompt: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every value; raises JudgeRefused naming the first that cannot be."""
        parts = urlsplit(self.url)
        checks = [
            (parts.scheme in ("http", "https") and bool(parts.netloc), "url must be http or https"),
            (bool(self.model), "model must name a model"),
            (self.mode in MODES, f"mode must be one of {', '.join(MODES)}"),
            (
                self.disagreement in DISAGREEMENTS,
                f"disagreement must be one of {', '.join(DISAGREEMENTS)}",
            ),
            (1 <= self.concurrency <= 64, "concurrency must lie between 1 and 64"),  # noqa: PLR2004
            (self.timeout_s > 0, "timeout_s must be above 0"),
            (1 <= self.attempts <= 20, "attempts must lie between 1 and 20"),  # noqa: PLR2004
            (self.longest_side >= 64, "longest_side must be 64 or more"),  # noqa: PLR2004
            (min(self.input_price, self.output_price) >= 0, "prices must be 0 or more"),
            (self.spend_limit is None or self.spend_limit > 0, "spend_limit must be above 0"),
            (
                {"name", "system", "user"} <= self.prompt.keys(),
                "prompt must have name, system and user",
            ),
            ("{instruction}" in self.prompt.get("user", ""), "prompt lacks {instruction}"),
        ]
        for holds, why in checks:
            if not holds:
                raise JudgeRefused(why)


def read_settings(path: Path) -> JudgeSettings:
    """Return the settings of a JSON file; without a prompt, that of its mode.

    Raises JudgeRefused naming the file and what is wrong with it.
    """
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise JudgeRefused(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise JudgeRefused(f"{path} is no object")
    known = {each.name for each in fields(JudgeSettings)}
    if unknown := sorted(content.keys() - known):
        raise JudgeRefused(f"{path}: unknown setting {unknown[0]!r}")
    mode = content.get("mode", "pairs")
    if "prompt" not in content and mode in MODES:
        content["prompt"] = json.loads((PROMPTS / f"{mode}.json").read_text(encoding="utf-8"))
    try:
        return JudgeSettings(**content)
    except (TypeError, JudgeRefused) as error:
        raise JudgeRefused(f"{path}: {error}") from error
