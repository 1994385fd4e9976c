"""Call an OpenAI-compatible endpoint, on the standard library alone: no further dependency."""

import http.client
import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from rewardsvc.judges.settings import JudgeRefused, JudgeSettings

_TOO_MANY, _SERVER = 429, 500
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_MOST_BYTES = 4 << 20


class CallFailed(Exception):
    """A call without a usable response after all attempts; the message has the last fault."""


@dataclass(frozen=True)
class Reply:
    """The text of a response and its tokens; refusal: why the model did not answer, or empty."""

    text: str
    refusal: str
    input_tokens: int
    output_tokens: int


class _Again(Exception):
    """A fault that may pass; wait_s: what the server asked for, in seconds."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class Client:
    """Sends chat completions and repeats what may pass: 429, 5xx, timeouts, broken bodies."""

    def __init__(
        self,
        settings: JudgeSettings,
        *,
        sleep: Callable[[float], None] = time.sleep,
        seed: int = 0,
    ) -> None:
        self.settings = settings
        self._sleep = sleep
        self._jitter = random.Random(seed)  # noqa: S311 - spreads retries, no secret
        self._key = _key(settings.key_variable)

    def complete(self, body: dict[str, Any]) -> Reply:
        """Return the reply to one request.

        Raises CallFailed after the last attempt; JudgeRefused on 401, 403, 404 and other faults of
        the request, which every further call would meet too.
        """
        attempts = self.settings.attempts
        for attempt in range(1, attempts + 1):
            try:
                return _reply(self._post(body))
            except _Again as fault:
                if attempt == attempts:
                    raise CallFailed(f"{fault} ({attempts} attempts)") from fault
                self._sleep(self._wait(attempt, fault.wait_s))
        raise CallFailed("no attempt was made")

    def _wait(self, attempt: int, asked: float | None) -> float:
        """Return the seconds before the next attempt: doubled each time, with jitter."""
        grown = min(_FIRST_WAIT_S * 2.0 ** (attempt - 1), _LONGEST_WAIT_S)
        wait = grown * self._jitter.uniform(0.5, 1.0)
        return wait if asked is None else min(max(asked, wait), _LONGEST_WAIT_S)

    def _post(self, body: dict[str, Any]) -> bytes:
        url = f"{self.settings.url.rstrip('/')}/chat/completions"
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {self._key}"} if self._key else {}
        request = Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - checked in settings
        try:
            with urlopen(request, timeout=self.settings.timeout_s) as response:  # noqa: S310 - as above
                content: bytes = response.read(_MOST_BYTES)
                return content
        except HTTPError as error:
            with error:
                raise _fault(error) from error
        except (URLError, TimeoutError, http.client.HTTPException, ConnectionError) as error:
            raise _Again(f"no response: {error}") from error


def _key(variable: str) -> str:
    if not variable:
        return ""
    key = os.environ.get(variable, "")
    if not key:
        raise JudgeRefused(f"the environment variable {variable} holds no key")
    return key


def _fault(error: HTTPError) -> Exception:
    """Return what a status means: a fault that may pass, or one of the request itself."""
    if error.code == _TOO_MANY or error.code >= _SERVER:
        return _Again(f"status {error.code}", _seconds(error.headers.get("Retry-After")))
    return JudgeRefused(f"the endpoint answers {error.code} {error.reason}")


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None  # a date


def _reply(content: bytes) -> Reply:
    try:
        found = json.loads(content)
        message = found["choices"][0]["message"]
        usage = found.get("usage") or {}
        tokens = int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0))
        text, refusal = message.get("content") or "", message.get("refusal") or ""
        filtered = found["choices"][0].get("finish_reason") == "content_filter"
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise _Again(f"the response cannot be read: {error}") from error
    if filtered and not refusal:
        refusal = "filtered by the provider"
    return Reply(str(text), str(refusal), *tokens)
