"""Parts that go wrong on purpose: what went before and the other parts must not be lost."""

import time


def raises(context):
    context.keep(before="kept")
    raise RuntimeError("a part that raises")


def hangs(context):
    context.keep(before="kept")
    time.sleep(600)
