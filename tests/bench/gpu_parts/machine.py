"""Versions, the device, its driver and clocks."""

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("torch", "transformers", "peft", "accelerate", "safetensors", "tokenizers", "numpy",
            "scipy", "pyarrow", "pillow", "pytest", "flash-attn", "triton")  # fmt: skip
QUERY = "name,driver_version,memory.total,clocks.sm,clocks.max.sm,clocks.mem,power.limit"
OLDEST_TORCH = (2, 6)


def run(context):
    import torch

    context.keep(
        python=platform.python_version(),
        packages={name: _version(name) for name in PACKAGES},
        cores=len(os.sched_getaffinity(0)),
        cpu=_cpu(),
        device=torch.cuda.get_device_name() if context.cuda else "cpu",
        cuda=torch.version.cuda,
        nvidia_smi=nvidia_smi(),
        flash_attn=_version("flash-attn") is not None,
    )
    found = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    context.check("torch is at least 2.6", torch.__version__, "2.6", ok=found >= OLDEST_TORCH)
    context.check("python is at least 3.11", platform.python_version(), "3.11",
                  ok=sys.version_info >= (3, 11))  # fmt: skip
    import transformers

    has = all(hasattr(transformers, n) for n in ("Qwen2_5_VLModel", "Qwen3VLModel"))
    context.check("transformers knows both families", transformers.__version__, "4.57", ok=has)


def nvidia_smi():
    """Return what nvidia-smi says of the first GPU, None without it."""
    try:
        done = subprocess.run(
            ["nvidia-smi", f"--query-gpu={QUERY}", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    values = [value.strip() for value in done.stdout.splitlines()[0].split(",")]
    return dict(zip(QUERY.split(","), values, strict=False))


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu():
    try:
        with open("/proc/cpuinfo") as file:  # noqa: PTH123
            names = [line.split(":", 1)[1].strip() for line in file if "model name" in line]
    except OSError:
        names = []
    return names[0] if names else platform.machine()
