"""The rescoring job: a reward for every candidate, then signals for every judged comparison."""

import io
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction
from PIL import Image

from annotation.selectors.candidates import CandidateHashes, pages
from annotation.services.scratch import scratch_folder
from annotation.services.storage import original_name, read
from jobs.errors import Cancelled, JobError
from jobs.runner import Context, run_one
from rewardsvc.core import checkpoint
from rewardsvc.core.errors import RewardError
from rewardsvc.core.scoring import RewardScorer
from rewardsvc.errors import CheckpointDamaged
from rewardsvc.models import Reward, RewardModel
from rewardsvc.selectors import champion_of, models_of_run
from rewardsvc.services.checkpoints import fetch
from rewardsvc.workers.device import best_device
from rewardsvc.workers.parts import Parts
from rewardsvc.workers.signals import write_signals

# Rows a transaction: what a killed worker may have to compute again.
PAGE = 64


_WAIT_SECONDS = 1.0


def run_rescoring(context: Context) -> dict[str, Any]:
    """Job handler: have every candidate scored in parts, then write the signals once.

    The parts are jobs of their own, which any worker of the queue may take; this one takes those
    that nobody has. What has a reward already is not scored again, so that a repeated run, or one
    whose worker was killed, costs only the rest.
    """
    campaign = UUID(context.payload["campaign"])
    champion = champion_of(campaign)
    if champion is None:
        raise JobError("There is no champion to score with.")
    parts = Parts(context.job)
    try:
        if not parts.exist():
            parts.plan(campaign, list(models_of_run(champion.run)), context)
        _work_off(context, parts)
    except Cancelled:
        parts.cancel()
        raise
    context.progress(parts.total(), parts.total(), "Comparing rewards with votes")
    n_signals = write_signals(context=context, champion=champion)
    scored = parts.scored()
    parts.forget()
    return {"model": str(champion.public_id), "scored": scored, "signals": n_signals}


def _work_off(context: Context, parts: Parts) -> None:
    """Run the parts that nobody has taken, and wait for those that others have."""
    while True:
        if failed := parts.failed():
            parts.cancel()
            raise JobError(failed)
        context.progress(parts.done(), parts.total(), f"{parts.scored()} edits scored")
        waiting = parts.next_queued()
        if waiting is not None:
            run_one(context.job.queue, job_id=waiting)
        elif parts.running():
            # A part whose worker died goes back to the queue by the sweep.
            time.sleep(_WAIT_SECONDS)
        else:
            return


def run_part(context: Context) -> dict[str, Any]:
    """Job handler: score one range of a campaign's candidates with one model."""
    told = context.payload
    model = RewardModel.objects.get(pk=told["model"])
    # A fold model may score only the sources it did not train on.
    sources = None if model.fold is None else model.fold_sources
    scored = 0
    try:
        scorer = _scorer(model)
        found = pages(
            UUID(told["campaign"]),
            page_size=PAGE,
            after=told["after"],
            until=told["until"],
            sources=sources,
        )
        for page in found:
            wanted = _without_reward(model, page)
            if wanted:
                _store(context, _rewards(model, scorer, wanted))
            scored += len(wanted)
            context.progress(scored, None, f"{scored} edits scored")
    except (RewardError, CheckpointDamaged) as error:
        raise JobError(str(error)) from error
    return {"scored": scored}


@lru_cache(maxsize=1)
def _loaded(public_id: UUID) -> RewardScorer:
    model = RewardModel.objects.get(public_id=public_id)
    with scratch_folder("model") as scratch:
        return checkpoint.load_reward_model(fetch(model, scratch), device=best_device())


def _scorer(model: RewardModel) -> RewardScorer:
    """Return a model's scorer; a worker's next part of the same model finds it still loaded."""
    return _loaded(model.public_id)


def _without_reward(model: RewardModel, page: Sequence[CandidateHashes]) -> list[CandidateHashes]:
    edits = [row.edit_sha256 for row in page]
    known = set(
        Reward.objects.filter(model=model, edit_sha256__in=edits).values_list(
            "source_sha256", "edit_sha256", "instruction_sha256"
        )
    )
    distinct = {(r.source_sha256, r.edit_sha256, r.instruction_sha256): r for r in page}
    return [row for key, row in distinct.items() if key not in known]


def _rewards(
    model: RewardModel, scorer: RewardScorer, page: Sequence[CandidateHashes]
) -> Iterator[Reward]:
    images = _Images()
    triples = [
        (images.get(row.source_sha256), images.get(row.edit_sha256), row.instruction)
        for row in page
    ]
    found = scorer.score(triples)
    for n, row in enumerate(page):
        yield Reward(
            model=model,
            source_sha256=row.source_sha256,
            edit_sha256=row.edit_sha256,
            instruction_sha256=row.instruction_sha256,
            mu=found["mu"][n].tolist(),
            log_sigma=found["log_sigma"][n].tolist(),
            reward=float(found["reward"][n]),
            log_sigma_fused=float(found["log_sigma_fused"][n]),
        )


@transaction.atomic
def _store(context: Context, rewards: Iterable[Reward]) -> None:
    context.hold()
    # Another worker may have scored the same triple; its reward is the same.
    Reward.objects.bulk_create(rewards, ignore_conflicts=True)


class _Images:
    """The originals of one page, each opened once. Raises JobError naming a lost one."""

    def __init__(self) -> None:
        self._open: dict[str, Image.Image] = {}

    def get(self, sha256: str) -> Image.Image:
        if sha256 not in self._open:
            try:
                image = Image.open(io.BytesIO(read(original_name(sha256))))
                image.load()
            except FileNotFoundError as error:
                raise JobError(f"image {sha256} is gone from the storage") from error
            self._open[sha256] = image
        return self._open[sha256]
