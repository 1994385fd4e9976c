"""A vision-language judge as a scorer: pairs in both orders, or points for single edits."""

import base64
import io
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from threading import Lock
from typing import Any

from PIL import Image

from rewardsvc.benchmarks.answers import Answers, Progress, ScorerRefused, Usage
from rewardsvc.benchmarks.data import Benchmark, Edit, Picture
from rewardsvc.core.data.pictures import UNREADABLE, decoded
from rewardsvc.judges.cache import ReplyCache, request_key
from rewardsvc.judges.client import CallFailed, Client, Reply
from rewardsvc.judges.parsing import Unreadable, parse_pair, parse_points
from rewardsvc.judges.settings import JudgeSettings


@dataclass(frozen=True)
class _Call:
    """One request: what it is about, the pictures in the order shown, and the instruction."""

    key: Hashable
    pictures: tuple[Picture, ...]
    instruction: str


#: A call, or its key with the reason why it cannot be made.
Request = _Call | tuple[Hashable, str]


class _SpendLimit(Exception):
    """No call may start any more."""


class Judge:
    """Answers a benchmark by asking a model; replies are cached, so a run can be resumed."""

    def __init__(
        self, spec: str, settings: JudgeSettings, client: Client, cache: ReplyCache
    ) -> None:
        self.spec = spec
        self._settings = settings
        self._client = client
        self._cache = cache
        self._lock = Lock()
        self._usage = Usage()

    def answer(self, benchmark: Benchmark, progress: Progress) -> Answers:
        """Ask about every pair in both orders, or about every edit.

        Raises ScorerRefused where no edit has its pictures, JudgeRefused where the endpoint
        refuses the request itself.
        """
        self._usage = Usage()
        if not any(edit.source and edit.edited for edit in benchmark.edits):
            raise ScorerRefused("none of the edits has its pictures, which a judge needs")
        if self._settings.mode == "points":
            return self._points(benchmark, progress)
        if not benchmark.groups:
            raise ScorerRefused("a judge of pairs needs groups; set mode to points for ratings")
        return self._pairs(benchmark, progress)

    def _points(self, benchmark: Benchmark, progress: Progress) -> Answers:
        calls = [_call(edit.key, [edit]) for edit in benchmark.edits]
        found = self._asked(calls, parse_points, progress)
        scores = {str(key): each for key, each in found.items() if not isinstance(each, str)}
        missing = {str(key): each for key, each in found.items() if isinstance(each, str)}
        return Answers(scores=scores, missing=missing, usage=self._usage)

    def _pairs(self, benchmark: Benchmark, progress: Progress) -> Answers:
        calls = []
        for group in benchmark.groups:
            for i, j in combinations(range(len(group.edits)), 2):
                for first, second in ((i, j), (j, i)):
                    edits = [group.edits[first], group.edits[second]]
                    calls.append(_call((group.key, first, second), edits))
        found = self._asked(calls, parse_pair, progress)
        pairs: dict[tuple[str, int, int], int] = {}
        missing: dict[str, str] = {}
        for group in benchmark.groups:
            for i, j in combinations(range(len(group.edits)), 2):
                both = found[group.key, i, j], found[group.key, j, i]
                outcome = self._outcome(*both)
                if isinstance(outcome, str):
                    missing[f"{group.key}: {i + 1} and {j + 1}"] = outcome
                else:
                    pairs[group.key, i, j] = outcome
        notes = _position_notes(found)
        return Answers(pairs=pairs, missing=missing, notes=notes, usage=self._usage)

    def _outcome(self, straight: float | str, swapped: float | str) -> int | str:
        """Return the outcome of both orders, or why there is none."""
        if isinstance(straight, str) or isinstance(swapped, str):
            return straight if isinstance(straight, str) else str(swapped)
        if straight == -swapped:
            return int(straight)
        return 0 if self._settings.disagreement == "tie" else "the two orders disagree"

    def _asked(
        self,
        calls: Sequence[Request],
        parse: Callable[[str], float],
        progress: Progress,
    ) -> dict[Any, float | str]:
        """Return for each call its parsed reply, or the reason why there is none."""
        found: dict[Any, float | str] = {}
        with ThreadPoolExecutor(self._settings.concurrency) as pool:
            results = pool.map(partial(self._one, parse), calls)
            for done, (call, result) in enumerate(zip(calls, results, strict=True), start=1):
                found[call.key if isinstance(call, _Call) else call[0]] = result
                progress(done, len(calls))
        return found

    def _one(self, parse: Callable[[str], float], call: Request) -> float | str:
        if not isinstance(call, _Call):
            return call[1]
        try:
            body = self._body(call)
        except UNREADABLE as error:
            return f"the picture cannot be read: {error}"
        try:
            reply = self._reply(body)
        except (CallFailed, _SpendLimit) as error:
            return str(error)
        if reply.refusal:
            return f"refused: {reply.refusal}"
        try:
            return parse(reply.text)
        except Unreadable as error:
            return f"unreadable: {error}"

    def _reply(self, body: dict[str, Any]) -> Reply:
        key = request_key(body, self._settings.url)
        if (known := self._cache.get(key)) is not None:
            self._count(known, cached=True)
            return known
        limit = self._settings.spend_limit
        if limit is not None and self._usage.cost >= limit:
            raise _SpendLimit(f"the spend limit of {limit:g} is reached")
        reply = self._client.complete(body)
        self._cache.put(key, reply)
        self._count(reply, cached=False)
        return reply

    def _count(self, reply: Reply, *, cached: bool) -> None:
        """Add a reply to what was used; cached ones cost nothing again."""
        settings = self._settings
        cost = reply.input_tokens * settings.input_price
        cost += reply.output_tokens * settings.output_price
        with self._lock:
            before = self._usage
            self._usage = Usage(
                before.calls + (not cached),
                before.cached + cached,
                before.input_tokens + (0 if cached else reply.input_tokens),
                before.output_tokens + (0 if cached else reply.output_tokens),
                before.cost + (0.0 if cached else cost / 1e6),
            )

    def _body(self, call: _Call) -> dict[str, Any]:
        prompt, side = self._settings.prompt, self._settings.longest_side
        text = prompt["user"].replace("{instruction}", call.instruction)
        pictures = [
            {"type": "image_url", "image_url": {"url": _data_url(picture, side)}}
            for picture in call.pictures
        ]
        return {
            "model": self._settings.model,
            "temperature": self._settings.temperature,
            "max_tokens": self._settings.max_tokens,
            "response_format": {"type": "json_object"},
            "messages": [
                {"role": "system", "content": prompt["system"]},
                {"role": "user", "content": [*pictures, {"type": "text", "text": text}]},
            ],
        }


def _call(key: Hashable, edits: Sequence[Edit]) -> Request:
    """Return the request, or its key with the reason why it cannot be made."""
    source = edits[0].source
    shown = [edit.edited for edit in edits if edit.edited is not None]
    if source is None or len(shown) < len(edits):
        return key, "an edit or its source has no picture"
    return _Call(key, (source, *shown), edits[0].instruction)


def _position_notes(found: dict[Any, float | str]) -> tuple[str, ...]:
    """Return how often the first shown edit won: an unbiased judge gives one half."""
    decided = [each for each in found.values() if not isinstance(each, str) and each != 0]
    if not decided:
        return ("position: no answer names a winner",)
    first = sum(each > 0 for each in decided)
    return (f"position: the first shown edit wins {first} of {len(decided)} decided answers",)


def _data_url(picture: Picture, longest_side: int) -> str:
    """Return a picture as people see it: upright sRGB, shrunk, as a PNG in a data address."""
    image = decoded(picture.read())
    image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"
