"""Errors of rankings."""


class Unbounded(ValueError):
    """The likelihood has no finite, unique maximum.

    groups: the groups of items at fault, best first; empty when no group of items is to blame.
    """

    def __init__(self, message: str, groups: tuple[tuple[int, ...], ...] = ()) -> None:
        super().__init__(message)
        self.groups = groups


class NotConverged(ArithmeticError):
    """The maximum exists and was not reached, for example because of weights beyond rounding."""
