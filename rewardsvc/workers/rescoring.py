"""The rescoring job: a reward for every candidate, then signals for every judged comparison."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from PIL import Image

from annotation.selectors.candidates import CandidateHashes, pages
from annotation.services.scratch import scratch_folder
from annotation.services.storage import original_name, read
from jobs.errors import JobError
from jobs.runner import Context
from rewardsvc.core import checkpoint
from rewardsvc.core.errors import RewardError
from rewardsvc.core.scoring import RewardScorer
from rewardsvc.models import Reward, RewardModel
from rewardsvc.selectors import champion_of, models_of_run
from rewardsvc.services.checkpoints import fetch
from rewardsvc.workers.device import best_device
from rewardsvc.workers.signals import write_signals

# Rows a transaction: what a killed worker may have to compute again.
PAGE = 64


def run_rescoring(context: Context) -> dict[str, Any]:
    """Job handler: score what has no reward yet, so that a repeated run costs only the rest."""
    campaign = UUID(context.payload["campaign"])
    champion = champion_of(campaign)
    if champion is None:
        raise JobError("There is no champion to score with.")
    scored = 0
    try:
        for model in models_of_run(champion.run):
            scored += _score_all(context, campaign, model, scored)
    except RewardError as error:
        raise JobError(str(error)) from error
    context.progress(scored, scored, "Comparing rewards with votes")
    n_signals = write_signals(context=context, champion=champion)
    return {"model": str(champion.public_id), "scored": scored, "signals": n_signals}


def _score_all(context: Context, campaign: UUID, model: RewardModel, before: int) -> int:
    """Score the candidates that are this model's to score; return how many were new."""
    with scratch_folder("model") as scratch:
        scorer = checkpoint.load_reward_model(fetch(model, scratch), device=best_device())
        done = 0
        for page in pages(campaign, page_size=PAGE):
            wanted = _without_reward(model, _own(model, page))
            if wanted:
                _store(context, _rewards(model, scorer, wanted))
            done += len(wanted)
            context.progress(before + done, None, f"{before + done} edits scored")
    return done


def _own(model: RewardModel, page: Sequence[CandidateHashes]) -> list[CandidateHashes]:
    """Keep what the model may score: a fold model only the sources it did not train on."""
    if model.fold is None:
        return list(page)
    own = set(model.fold_sources)
    return [row for row in page if row.source_sha256 in own]


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
