"""A process for each part, forked from one that has imported the libraries.

Importing them takes longer than most parts of the tiny size.
"""

import contextlib
import multiprocessing
import os
import signal
import sys

#: None of these may initialise CUDA: a forked process could not use it then.
PRELOADED = ["torch", "transformers", "peft", "accelerate", "scipy.stats", "pyarrow.parquet"]
#: Whether there is a GPU is asked of the driver's library, which leaves CUDA as it is.
UNINITIALISED = {"PYTORCH_NVML_BASED_CUDA_CHECK": "1"}


class Processes:
    """Starts functions of modules in processes of their own; `fresh` ones import all anew."""

    def __init__(self, *, fresh=False):
        os.environ.update(UNINITIALISED)
        self.context = multiprocessing.get_context("spawn" if fresh else "forkserver")
        self.context.set_forkserver_preload(PRELOADED)
        self.is_ready = fresh

    def prepare(self):
        """Return when the libraries are imported, so that no part's time is spent on them."""
        if not self.is_ready:
            self.answer(int)
            self.is_ready = True

    def answer(self, function):
        """Run a function without arguments elsewhere; return whether it ended well."""
        process = self.context.Process(target=function)
        process.start()
        process.join()
        return process.exitcode == 0

    def start(self, log, function, *arguments):
        """Run function(*arguments) elsewhere, with a log file as its output."""
        process = self.context.Process(target=_logged, args=(log, function, *arguments))
        process.start()
        return process


def _logged(log, function, *arguments):
    os.setsid()
    with log.open("w") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    function(*arguments)


def stop(process):
    """Kill a process and those that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
