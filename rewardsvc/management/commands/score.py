import json
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandError, CommandParser

from annotation.common.scratch import scratch_folder
from annotation.management.base import OneLineCommand
from rewardsvc.core.data.pictures import READINGS
from rewardsvc.errors import CheckpointDamaged, RunRefused
from rewardsvc.services.scorers import load_scorer

# Lines read, scored and written at a time.
_PAGE = 256
_KEYS = ("source", "edited", "instruction")


class Command(OneLineCommand):
    help = (
        "Score edits with a reward model. Each line of the input is a JSON object of source, "
        "edited (image paths, relative to the input's folder) and instruction; each line of the "
        "output repeats it with reward, log_sigma, epistemic and the dimensions' mu and log_sigma."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--model", required=True, help="a checkpoint's path, or a model's id")
        parser.add_argument("--input", type=Path, required=True, help="a JSONL file")
        parser.add_argument("--out", type=Path, help="where the lines go; standard output if none")
        parser.add_argument("--base", type=Path, help="the base model of a released checkpoint")
        parser.add_argument("--prompts", type=Path, help="the prompts of a released checkpoint")
        parser.add_argument(
            "--reading",
            choices=READINGS,
            help="how files are read: as people see them, or as the official code reads them; "
            "without it as the model was trained",
        )
        parser.add_argument("--json", action="store_true", help="a machine-readable summary")

    def handle(self, *_: Any, **options: Any) -> None:
        from rewardsvc.core.errors import RewardError

        try:
            with scratch_folder("model") as scratch:
                scorer = load_scorer(
                    options["model"],
                    scratch,
                    base=options["base"],
                    prompts=options["prompts"],
                    reading=options["reading"],
                )
            n = self._score(scorer, options["input"], options["out"])
        except (RewardError, OSError, CheckpointDamaged, RunRefused) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"] and options["out"] is not None:
            self.stdout.write(json.dumps({"scored": n, "dimensions": list(scorer.dimensions)}))
        elif options["out"] is not None:
            self.stdout.write(f"{n} edits scored")

    def _score(self, scorer: Any, source: Path, out: Path | None) -> int:
        if out is None:
            return _write_scores(scorer, source, self.stdout)
        partial = out.with_name(f"{out.name}.partial")
        try:
            with partial.open("w", encoding="utf-8") as file:
                n = _write_scores(scorer, source, file)
            partial.replace(out)
        finally:
            partial.unlink(missing_ok=True)
        return n


def _write_scores(scorer: Any, source: Path, out: TextIO | Any) -> int:
    scored = 0
    with source.open(encoding="utf-8") as file:
        rows = _rows(file, source)
        while page := list(islice(rows, _PAGE)):
            found = scorer.score([_triple(row, source.parent) for row in page])
            for n, row in enumerate(page):
                result = {
                    "reward": float(found["reward"][n]),
                    "log_sigma": float(found["log_sigma_fused"][n]),
                    "epistemic": _finite(found["epistemic"][n]),
                    "dimensions": {
                        name: {
                            "mu": float(found["mu"][n, d]),
                            "log_sigma": float(found["log_sigma"][n, d]),
                        }
                        for d, name in enumerate(scorer.dimensions)
                    },
                }
                out.write(json.dumps({**row, **result}, ensure_ascii=False) + "\n")
            scored += len(page)
    return scored


def _finite(value: float) -> float | None:
    """Return the number, or None for NaN and infinity, which JSON lacks."""
    return float(value) if math.isfinite(value) else None


def _triple(row: dict[str, Any], folder: Path) -> tuple[Path, Path, str]:
    return folder / row["source"], folder / row["edited"], row["instruction"]


def _rows(file: TextIO, path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise CommandError(f"{path}, line {number}: {error}", returncode=2) from error
        for key in _KEYS:
            if not isinstance(row, dict) or not isinstance(row.get(key), str):
                raise CommandError(
                    f"{path}, line {number}: {key} is missing or no text", returncode=2
                )
        yield row
