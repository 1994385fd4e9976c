"""A person's preferences: keys, zoom, sensitive pictures, breaks. Stored as a whole."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from annotation.errors import InvalidSetting
from annotation.models import User

DEFAULTS: dict[str, Any] = {
    "keys": {},
    "keys_on": True,
    "keep_zoom": False,
    "sensitive": "blur",
    "break_minutes": 50,
    "advance": True,
    "dock": "auto",
    "surround": "mid",
    "daily_goal": 0,
    "work_offline": False,
}
SENSITIVE = ("blur", "show", "never")
# Where the controls stand; auto: where the pictures are larger.
DOCK = ("auto", "below", "beside")
# The grey around the pictures.
SURROUND = ("dark", "mid", "light")
# Answers a day that the person wants to give; 0 = no goal.
DAILY_GOAL = (0, 10_000)
# Minutes; 0 = no suggestion to take a break.
BREAK_MINUTES = (0, 480)
ACTION = re.compile(r"[a-z0-9-]{1,30}")
# KeyboardEvent.code: the physical key, independent of the keyboard layout.
CODE = re.compile(r"(Shift\+)?[A-Z][A-Za-z0-9]{0,29}")
MAX_KEYS = 100


def preferences_of(user: User) -> dict[str, Any]:
    """Return a person's preferences, with the default for what was never chosen."""
    return DEFAULTS | {
        name: user.preferences[name] for name in DEFAULTS if name in user.preferences
    }


def replace_preferences(*, user: User, preferences: Any) -> dict[str, Any]:
    """Store a person's preferences and return them; a name that is left out takes its default.

    `keys` binds an action to a KeyboardEvent.code, such as {"flicker": "KeyX"} or "Shift+KeyX".
    Raises InvalidSetting naming the field, and then nothing changed.
    """
    chosen = _checked(preferences)
    user.preferences = chosen
    user.save(update_fields=["preferences"])
    return DEFAULTS | chosen


def _checked(preferences: Any) -> dict[str, Any]:
    if not isinstance(preferences, Mapping):
        raise InvalidSetting("", "The preferences must be an object.")
    for name in preferences:
        if name not in CHECKS:
            shown = str(name)[:60].encode(errors="replace").decode()
            raise InvalidSetting(shown, f"There is no preference “{shown}”.")
    for name, value in preferences.items():
        CHECKS[name](name, value)
    return dict(preferences)


def _check_keys(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise InvalidSetting(name, "keys must be an object of actions and their keys.")
    if len(value) > MAX_KEYS:
        raise InvalidSetting(name, f"keys binds at most {MAX_KEYS} actions.")
    bound: dict[str, str] = {}
    for action, code in value.items():
        if not isinstance(action, str) or not ACTION.fullmatch(action):
            raise InvalidSetting(name, "An action has up to 30 small letters, digits and hyphens.")
        if not isinstance(code, str) or not CODE.fullmatch(code):
            raise InvalidSetting(
                f"{name}.{action}", "A key is a code such as KeyQ, Digit1 or Shift+KeyQ."
            )
        if code in bound:
            raise InvalidSetting(f"{name}.{action}", f"{code} is bound to {bound[code]} already.")
        bound[code] = action


def _check_switch(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise InvalidSetting(name, f"{name} must be true or false.")


def _check_one_of(choices: tuple[str, ...]) -> Callable[[str, Any], None]:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, str) or value not in choices:
            raise InvalidSetting(name, f"{name} must be one of {', '.join(choices)}.")

    return check


def _check_number(bounds: tuple[int, int], zero: str) -> Callable[[str, Any], None]:
    low, high = bounds

    def check(name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InvalidSetting(name, f"{name} must be a number from {low} to {high}; 0: {zero}.")

    return check


CHECKS: dict[str, Callable[[str, Any], None]] = {
    "keys": _check_keys,
    "keys_on": _check_switch,
    "keep_zoom": _check_switch,
    "sensitive": _check_one_of(SENSITIVE),
    "break_minutes": _check_number(BREAK_MINUTES, "never"),
    "advance": _check_switch,
    "dock": _check_one_of(DOCK),
    "surround": _check_one_of(SURROUND),
    "daily_goal": _check_number(DAILY_GOAL, "none"),
    "work_offline": _check_switch,
}
