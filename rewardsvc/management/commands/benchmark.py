import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.management.base import OneLineCommand
from rewardsvc.benchmarks.answers import Answers, ScorerRefused, Usage
from rewardsvc.benchmarks.ceiling import ceiling
from rewardsvc.benchmarks.comparison import compared
from rewardsvc.benchmarks.data import Benchmark, DataFault
from rewardsvc.benchmarks.formats import FORMATS, as_dicts, as_markdown
from rewardsvc.benchmarks.intervals import REPLICATES
from rewardsvc.benchmarks.loaders.registry import LOADERS
from rewardsvc.benchmarks.misses import misses_of, write_misses
from rewardsvc.benchmarks.report import Line, table
from rewardsvc.errors import CheckpointDamaged, RunRefused
from rewardsvc.judges.settings import JudgeRefused
from rewardsvc.services.benchmarks import keep_run, scorer_of

_MISSING_SHOWN = 10
_REFUSALS = DataFault, ScorerRefused, JudgeRefused, RunRefused, CheckpointDamaged, OSError


class Command(OneLineCommand):
    help = (
        "Measure a scorer on a public benchmark whose files are on this machine. The table has "
        "every number with its 95 % interval; docs/metrics.md explains them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(LOADERS), help="which benchmark")
        parser.add_argument("--data", type=Path, required=True, help="its file or folder")
        parser.add_argument(
            "--scorer",
            required=True,
            help="model:PATH_OR_ID, judge:SETTINGS.json, random, random:SEED, or human (each rater "
            "against the others)",
        )
        parser.add_argument("--against", help="a second scorer: differences on the same rows")
        parser.add_argument("--misses", type=Path, help="a folder for the pictures of each miss")
        parser.add_argument("--cache", type=Path, help="a folder for the replies of a judge")
        parser.add_argument("--base", type=Path, help="the base model of a released checkpoint")
        parser.add_argument("--prompts", type=Path, help="the prompts of a released checkpoint")
        parser.add_argument(
            "--replicates", type=int, default=REPLICATES, help="draws of each interval"
        )
        parser.add_argument("--out", type=Path, help="a file that ends with .md, .tex or .csv")
        parser.add_argument("--json", action="store_true", help="a machine-readable table")

    def handle(self, *_: Any, **options: Any) -> None:
        out: Path | None = options["out"]
        if out is not None and out.suffix not in FORMATS:
            raise CommandError(f"{out} must end with {', '.join(FORMATS)}", returncode=2)
        if options["replicates"] < 1:
            raise CommandError("--replicates must be 1 or more", returncode=2)
        try:
            benchmark = LOADERS[options["name"]](options["data"])
            answers, lines = self._measured(benchmark, options)
            title = f"{options['scorer']} on {benchmark.name}"
            if options["misses"] is not None:
                write_misses(options["misses"], misses_of(benchmark, answers), title=title)
            if out is not None:
                _write(out, FORMATS[out.suffix](lines, title=title, benchmark=benchmark.name))
        except _REFUSALS as error:
            raise CommandError(str(error), returncode=2) from error
        run = keep_run(
            benchmark=benchmark,
            scorer=options["scorer"],
            answers=answers,
            lines=lines,
            n_replicates=options["replicates"],
            notes=_notes(benchmark, answers),
        )
        if options["json"]:
            summary = _summary(benchmark, answers, lines, options["scorer"])
            self.stdout.write(json.dumps(summary | {"run": str(run.public_id)}))
            return
        if out is None:
            self.stdout.write(as_markdown(lines, title=title, benchmark=benchmark.name))
        for note in _notes(benchmark, answers):
            self.stdout.write(f"- {note}")
        self.stdout.write(f"- kept as {run.public_id}")

    def _measured(
        self, benchmark: Benchmark, options: dict[str, Any]
    ) -> tuple[Answers, list[Line]]:
        spec, n_replicates = options["scorer"], options["replicates"]
        if spec == "human":
            return Answers(), ceiling(benchmark, n_replicates=n_replicates)
        answers = self._answers(benchmark, spec, options)
        lines = table(benchmark, answers, n_replicates=n_replicates)
        if other := options["against"]:
            second = self._answers(benchmark, other, options)
            lines += compared(benchmark, answers, second, n_replicates=n_replicates)
        return answers, lines

    def _answers(self, benchmark: Benchmark, spec: str, options: dict[str, Any]) -> Answers:
        how = {name: options[name] for name in ("base", "prompts", "cache")}
        return scorer_of(spec, **how).answer(benchmark, self._progress)

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done} of {total} edits", ending="\n" if done == total else "")


def _summary(
    benchmark: Benchmark, answers: Answers, lines: list[Line], spec: str
) -> dict[str, Any]:
    return {
        "benchmark": benchmark.name,
        "scorer": spec,
        "data_sha256": benchmark.sha256,
        "by_schema": benchmark.by_schema,
        "notes": [*benchmark.notes, *answers.notes],
        "n_groups": len(benchmark.groups),
        "n_ratings": len(benchmark.ratings),
        "n_missing": len(answers.missing),
        "missing": dict(answers.missing),
        "usage": asdict(answers.usage),
        "lines": as_dicts(lines),
    }


def _notes(benchmark: Benchmark, answers: Answers) -> list[str]:
    notes = [*benchmark.notes, *answers.notes]
    if answers.usage.calls or answers.usage.cached:
        notes.append(_used(answers.usage))
    if benchmark.by_schema:
        notes.append("layout read by its documentation; no released file was at hand to test it")
    if answers.missing:
        notes.append(f"{len(answers.missing)} without an answer, left out of every number")
        shown = list(answers.missing.items())[:_MISSING_SHOWN]
        notes += [f"  {key}: {why}" for key, why in shown]
    return notes


def _used(usage: Usage) -> str:
    tokens = f"{usage.input_tokens} tokens in and {usage.output_tokens} out"
    return f"{usage.calls} calls, {usage.cached} replies known, {tokens}, cost {usage.cost:.4f}"


def _write(out: Path, text: str) -> None:
    partial = out.with_name(f"{out.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
