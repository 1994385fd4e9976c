"""Validation of settings; each error names the setting, its value and the expected value."""

import math

from rewardsvc.core.errors import TrainingError

#: The maximum of every count and of the seed; runs derive larger seeds from it by addition.
MOST = 2**31 - 1


def refusal(name: str, value: object, expected: str) -> TrainingError:
    return TrainingError(f"{name} is {value!r}, expected {expected}")


def check_whole(settings: object, *names: str, least: int = 1) -> None:
    """Refuse settings that are not whole numbers of at least `least`."""
    for name in names:
        value = getattr(settings, name)
        if type(value) is not int or not least <= value <= MOST:
            raise refusal(name, value, f"a whole number from {least} to {MOST}")


def check_share(settings: object, *names: str) -> None:
    """Refuse settings that are not numbers from 0 to below 1."""
    for name in names:
        value = getattr(settings, name)
        if type(value) not in (int, float) or not 0 <= value < 1:
            raise refusal(name, value, "0 or more and less than 1")


def check_positive(settings: object, *names: str) -> None:
    """Refuse settings that are not finite numbers above 0."""
    for name in names:
        value = getattr(settings, name)
        if type(value) not in (int, float) or not 0 < value < math.inf:
            raise refusal(name, value, "a finite number above 0")


def check_kind(settings: object, kind: type, expected: str, *names: str) -> None:
    for name in names:
        if not isinstance(value := getattr(settings, name), kind):
            raise refusal(name, value, expected)
