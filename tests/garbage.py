"""Search for garbage among what tests make, not among the modules and tests that stay."""

import gc


def rest() -> None:
    """Search for nothing while modules are imported and tests are collected."""
    gc.disable()


def begin() -> None:
    """Leave out all that there is now: each full search would visit it again in vain."""
    gc.freeze()
    gc.enable()
