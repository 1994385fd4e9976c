"""The benchmarks by name."""

from collections.abc import Callable
from pathlib import Path

from rewardsvc.benchmarks.data import Benchmark
from rewardsvc.benchmarks.loaders.editreward_bench import load_editreward_bench
from rewardsvc.benchmarks.loaders.pairs import (
    load_aurora_pairs,
    load_editreward_data,
    load_editscore_bench,
    load_genai_bench,
    load_mmrb2_edit,
)
from rewardsvc.benchmarks.loaders.ratings import load_aurora_ratings, load_imagenhub

LOADERS: dict[str, Callable[[Path], Benchmark]] = {
    "aurora-bench": load_aurora_ratings,
    "aurora-bench-pairs": load_aurora_pairs,
    "editreward-bench": load_editreward_bench,
    "editreward-data": load_editreward_data,
    "editscore-bench": load_editscore_bench,
    "genai-bench": load_genai_bench,
    "imagenhub": load_imagenhub,
    "mmrb2-edit": load_mmrb2_edit,
}
