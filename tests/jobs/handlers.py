"""Handlers that the job tests register: small, real work with a visible effect."""

import os
import time

from jobs.errors import JobError


def count(context):
    total = context.payload["total"]
    for done in range(1, total + 1):
        context.progress(done, total, f"counted {done}")
    return {"counted": total}


def refuse(context):
    raise JobError("the file is empty")


def break_down(context):
    raise KeyError("colour")


def wait_until_told(context):
    while True:
        context.checkpoint()
        time.sleep(0.01)


def die_once(context):
    """Kill this very process on the first attempt, with SIGKILL, in the middle of the work."""
    context.progress(1, 2, "half done")
    if context.job.attempts == 1:
        os.kill(os.getpid(), 9)
    return {"attempts": context.job.attempts}
