"""Build the scorer that a specification names, and keep what it was measured at."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from annotation.common.scratch import scratch_folder
from annotation.version import VERSION
from rewardsvc.benchmarks.answers import Answers, Scorer, ScorerRefused
from rewardsvc.benchmarks.data import Benchmark
from rewardsvc.benchmarks.formats import as_dicts
from rewardsvc.benchmarks.report import Line
from rewardsvc.benchmarks.scorers import ModelScorer, RandomScorer
from rewardsvc.judges.cache import ReplyCache
from rewardsvc.judges.client import Client
from rewardsvc.judges.judge import Judge
from rewardsvc.judges.settings import read_settings
from rewardsvc.models import BenchmarkRun
from rewardsvc.services.scorers import load_scorer


def scorer_of(
    spec: str, *, base: Path | None = None, prompts: Path | None = None, cache: Path | None = None
) -> Scorer:
    """Return the scorer of model:PATH_OR_ID, judge:SETTINGS.json, random or random:SEED.

    cache: the folder of a judge's replies; beside its settings when left out.
    Raises ScorerRefused on anything else, and what reading settings or a model raises.
    """
    kind, _, argument = spec.partition(":")
    if kind == "random":
        if argument and not argument.isdecimal():
            raise ScorerRefused(f"{argument!r} is no seed: a whole number is needed")
        return RandomScorer(int(argument or 0))
    if kind == "model" and argument:
        return _model(spec, argument, base, prompts)
    if kind == "judge" and argument:
        path = Path(argument)
        settings = read_settings(path)
        folder = cache or path.with_name(f"{path.stem}-replies")
        return Judge(spec, settings, Client(settings), ReplyCache(folder / "replies.jsonl"))
    raise ScorerRefused(f"{spec!r} is no scorer: see --help")


def _model(spec: str, path_or_id: str, base: Path | None, prompts: Path | None) -> ModelScorer:
    from rewardsvc.core.errors import RewardError

    try:
        with scratch_folder("model") as scratch:
            loaded = load_scorer(path_or_id, scratch, base=base, prompts=prompts)
    except RewardError as error:
        raise ScorerRefused(str(error)) from error
    return ModelScorer(spec, loaded.score)


def keep_run(  # noqa: PLR0913 - what was measured, with what, and the result
    *,
    benchmark: Benchmark,
    scorer: str,
    answers: Answers,
    lines: Sequence[Line],
    n_replicates: int,
    notes: Sequence[str],
) -> BenchmarkRun:
    """Keep a run with its provenance; a run is never changed."""
    return BenchmarkRun.objects.create(
        benchmark=benchmark.name,
        scorer=scorer,
        data_sha256=benchmark.sha256,
        code_version=VERSION,
        n_replicates=n_replicates,
        # PostgreSQL stores no zero byte, which a judge's words may hold.
        missing={key: why.replace("\0", "\ufffd") for key, why in answers.missing.items()},
        lines=as_dicts(lines),
        notes=list(notes),
        usage=asdict(answers.usage),
    )
