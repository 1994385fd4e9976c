"""The rescoring job: a reward for every candidate, then signals for every judged comparison."""

import logging
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from PIL import Image

from annotation.common.scratch import scratch_folder
from annotation.common.storage import read_original
from annotation.errors import ImageUnusable
from annotation.items.selectors.candidates import CandidateHashes, pages
from jobs.errors import JobError
from jobs.isolation import ENDS_ALL, reason_of
from jobs.runner import Context, run_one
from rewardsvc.core import checkpoint, memory
from rewardsvc.core.data.pictures import pixels_of
from rewardsvc.core.errors import RewardError
from rewardsvc.core.scoring import RewardScorer
from rewardsvc.errors import CheckpointDamaged
from rewardsvc.models import Reward, RewardModel
from rewardsvc.selectors import Triple, models_of_run, scorable_sources
from rewardsvc.services.checkpoints import fetch
from rewardsvc.workers import faults
from rewardsvc.workers.device import best_device
from rewardsvc.workers.parts import Failed, Parts, stop_unless_wanted
from rewardsvc.workers.signals import write_signals

logger = logging.getLogger(__name__)

# Rows per transaction; after a crash at most so many are computed again.
PAGE = 64
# The maximum number of edits without a reward that a result lists; it counts all of them.
MAX_NAMED = 1_000
_WAIT_SECONDS = 1.0


def run_rescoring(context: Context) -> dict[str, Any]:
    """Job handler: have every candidate scored in parts, then write the signals once.

    The parts are separate jobs, which any worker of the queue may claim; this one runs unclaimed
    parts. Edits with a reward are not scored again, so that a repeated or resumed run computes
    only the others. An edit whose image is lost gets no reward and is listed in the result. Raises
    JobError if no edit could be scored.
    """
    campaign = UUID(context.payload["campaign"])
    model = _final_model(context.payload["model"])
    parts = Parts(context.job)
    if not parts.exist():
        parts.plan(campaign, list(models_of_run(model.run)), context)
    _run_parts(context, parts)
    context.progress(parts.total(), parts.total(), "Comparing rewards with votes")
    failed = parts.unscored()
    _refuse_without_any(model, failed)
    n_signals = write_signals(context=context, model=model)
    return {
        "model": str(model.public_id),
        "scored": parts.scored(),
        "signals": n_signals,
        "n_failed": len(failed),
        "failed": failed[:MAX_NAMED],
    }


def _final_model(public_id: str) -> RewardModel:
    model = RewardModel.objects.filter(public_id=public_id).select_related("run").first()
    if model is None:
        raise JobError("The model to score with is gone.")
    return model


def _refuse_without_any(model: RewardModel, failed: Sequence[Failed]) -> None:
    # Then probably the storage fails, not single images: the signals are left unchanged.
    known = Reward.objects.filter(model=model, presentation_sha256=model.run.presentation.sha256)
    if failed and not known.exists():
        first = failed[0]
        raise JobError(
            f"None of {len(failed)} edits could be scored: "
            f"image {first['image']} {first['reason']}, for one."
        )


def _run_parts(context: Context, parts: Parts) -> None:
    """Run the unclaimed parts, and wait for those that other workers run."""
    while True:
        if failed := parts.failed():
            raise JobError(failed)
        context.progress(parts.done(), parts.total(), f"{parts.scored()} edits scored")
        waiting = parts.next_queued()
        if waiting is not None:
            run_one(context.job.queue, job_id=waiting)
        elif parts.running():
            # The sweep puts a part whose worker died back into the queue.
            time.sleep(_WAIT_SECONDS)
        else:
            return


def run_part(context: Context) -> dict[str, Any]:
    """Job handler: score one range of a campaign's candidates with one model.

    An edit whose image cannot be read or decoded is skipped and listed in the result. Raises
    JobError naming a missing checkpoint file, a full disk, or a model that runs out of memory even
    with a single edit.
    """
    payload = context.payload
    model = RewardModel.objects.select_related("run").defer("fold_sources").get(pk=payload["model"])
    part, sources = _Part(context, model), scorable_sources(model.pk)
    try:
        with faults.named(Path(settings.WORK_ROOT)):
            campaign = UUID(payload["campaign"])
            for page in pages(campaign, after=payload["after"], until=payload["until"]):
                part.score([row for row in page if sources is None or row.source_sha256 in sources])
    except (RewardError, CheckpointDamaged) as error:
        raise JobError(str(error)) from error
    return {"scored": part.scored, "failed": part.failed}


class _Part:
    """The state of a running part.

    scored: edits scored so far. at_once: edits that fit into memory at a time. failed: edits that
    cannot be scored, since one of their images is lost.
    """

    def __init__(self, context: Context, model: RewardModel) -> None:
        self.context, self.model = context, model
        # A killed worker may have scored some edits of this part.
        self.scored = context.job.progress_done
        self.at_once = PAGE
        self.failed: list[Failed] = []
        self._lost: dict[Triple, ImageUnusable] = {}

    def score(self, page: Sequence[CandidateHashes]) -> None:
        """Score and store the edits without a reward, `at_once` at a time."""
        self._lost.clear()
        wanted = _without_reward(self.model, page)
        while wanted:
            stop_unless_wanted(self.context.job)
            now = wanted[: self.at_once]
            if (rewards := self._tried(now)) is not None:
                self._store(rewards)
                wanted = wanted[len(now) :]
        # For all rows: candidates with the same images and instruction share a reward.
        for row in page:
            if error := self._lost.get(_triple(row)):
                self.failed.append(
                    {
                        "candidate": str(row.candidate),
                        "image": error.sha256,
                        "reason": error.reason,
                    }
                )

    def _tried(self, rows: Sequence[CandidateHashes]) -> list[Reward] | None:
        """Return the rewards of the rows that can be scored; None if memory ran out."""
        try:
            scorer = _scorer(self.model)
            images = _Images(scorer.reading)
            usable = [row for row in rows if self._is_usable(row, images)]
            return list(_rewards(self.model, scorer, usable, images))
        except Exception as error:
            if not memory.is_out_of_memory(error):
                raise
            smaller = memory.halved(len(rows))
            if smaller is None:
                raise JobError(
                    "The worker ran out of memory with a single edit at a time: the model needs "
                    f"a larger machine. ({error})"
                ) from error
            logger.warning("out of memory with %d edits, going on with %d", len(rows), smaller)
            self.at_once = smaller
        memory.release()
        return None

    def _is_usable(self, row: CandidateHashes, images: "_Images") -> bool:
        try:
            images.get(row.source_sha256)
            images.get(row.edit_sha256)
        except ImageUnusable as error:
            logger.warning("candidate %s has no reward: %s", row.candidate, error)
            self._lost[_triple(row)] = error
            return False
        return True

    @transaction.atomic
    def _store(self, rewards: Sequence[Reward]) -> None:
        """Store rewards and their number in one transaction, while the job holds its claim."""
        self.context.hold()
        # Another worker may have scored the same triple; its reward is the same.
        Reward.objects.bulk_create(rewards, ignore_conflicts=True)
        self.scored += len(rewards)
        self.context.progress(self.scored, None, f"{self.scored} edits scored")


@lru_cache(maxsize=1)
def _loaded(public_id: UUID) -> RewardScorer:
    model = RewardModel.objects.get(public_id=public_id)
    with scratch_folder("model") as scratch:
        return checkpoint.load_reward_model(fetch(model, scratch), device=best_device())


def _scorer(model: RewardModel) -> RewardScorer:
    """Return a model's scorer, cached for the worker's next part with the same model."""
    return _loaded(model.public_id)


def _without_reward(model: RewardModel, page: Sequence[CandidateHashes]) -> list[CandidateHashes]:
    edits = [row.edit_sha256 for row in page]
    known = set(
        Reward.objects.filter(
            model=model,
            edit_sha256__in=edits,
            presentation_sha256=model.run.presentation.sha256,
        ).values_list("source_sha256", "edit_sha256", "instruction_sha256")
    )
    distinct = {_triple(row): row for row in page}
    return [row for key, row in distinct.items() if key not in known]


def _triple(row: CandidateHashes) -> Triple:
    return (row.source_sha256, row.edit_sha256, row.instruction_sha256)


def _rewards(
    model: RewardModel, scorer: RewardScorer, page: Sequence[CandidateHashes], images: "_Images"
) -> Iterator[Reward]:
    if not page:
        return
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
            presentation_sha256=model.run.presentation.sha256,
            mu=found["mu"][n].tolist(),
            log_sigma=found["log_sigma"][n].tolist(),
            reward=float(found["reward"][n]),
            log_sigma_fused=float(found["log_sigma_fused"][n]),
        )


class _Images:
    """The originals of one page, each decoded once."""

    def __init__(self, reading: str) -> None:
        self.reading = reading
        self._open: dict[str, Image.Image] = {}

    def get(self, sha256: str) -> Image.Image:
        """Return a decoded original. Raises ImageUnusable for a lost one."""
        if sha256 not in self._open:
            self._open[sha256] = _decoded(sha256, self.reading)
        return self._open[sha256]


def _decoded(sha256: str, reading: str) -> Image.Image:
    data = read_original(sha256)
    try:
        return pixels_of(data, reading)
    except ENDS_ALL:
        raise
    except Exception as error:
        if memory.is_out_of_memory(error):
            raise
        raise ImageUnusable(sha256, f"cannot be decoded: {reason_of(error)}") from error
