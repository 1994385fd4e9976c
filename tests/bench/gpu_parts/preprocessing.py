"""Pictures made ready a second, by one core and by all; no GPU takes part."""

import io
import os
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import torch
from PIL import Image

from rewardsvc.core.data.pictures import decoded
from rewardsvc.core.vlm.patches import PixelRule, to_patches

RULE = PixelRule()


def run(context):
    torch.set_num_threads(1)
    side = 128 if context.tiny else 1024
    contents = pictures(4 if context.tiny else 16, side)
    cores = len(os.sched_getaffinity(0))
    many = contents * (1 if context.tiny else max(1, cores // 2))
    found = {"side": side, "cores": cores, "one_core": _rate(contents, map)}
    context.keep(**found)
    with ThreadPoolExecutor(cores) as pool:
        context.keep(threads=_rate(many, pool.map))
    # Forked before CUDA is initialised: this part uses none.
    with ProcessPoolExecutor(cores, mp_context=get_context("fork")) as pool:
        list(pool.map(ready, contents))
        context.keep(processes=_rate(many, pool.map))


def pictures(count, side):
    rng = np.random.default_rng(0)
    found = []
    for _ in range(count):
        small = Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8))
        buffer = io.BytesIO()
        small.resize((side, side), Image.Resampling.BICUBIC).save(buffer, "PNG")
        found.append(buffer.getvalue())
    return found


def ready(content):
    """Decode a picture into patches and return how many visual tokens they make."""
    return to_patches(decoded(content), RULE).tokens


def _rate(contents, mapped):
    start = time.perf_counter()
    list(mapped(ready, contents))
    return len(contents) / (time.perf_counter() - start)
