"""Create the demo campaign from a folder of pictures, and judge a part of it."""

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Sum
from django.utils.text import slugify

from annotation.campaigns.services import (
    change_settings,
    change_state,
    create_campaign,
)
from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.comparisons.plans import make_rule
from annotation.comparisons.services import build_comparisons
from annotation.errors import ImportRefused
from annotation.items.services.imports import check_readable, import_folder
from annotation.models import Campaign, CampaignEvent, Comparison, Item, Judgment, User
from annotation.people.services import give_role
from annotation.rubrics.selectors import published_rubric
from annotation.rubrics.services import publish_rubric
from demo.experts import PERSONAS
from demo.pictures import write_set
from demo.simulation import simulate
from demo.truth import Truth, read_truth

BUILT_IN_SLUG = "demo"
SEED = 20_260
# Version of the drawing rules; another number draws a new set beside the old one.
SET_NAME = "set-1"
READY = "demo_ready"
# Share of the wanted judgments that is simulated for a folder whose manifest has `known_best`.
SHARE = 0.7
# Held-out sources decide whether the first model becomes champion: with the usual tenth, some 10
# of them, a useful model is refused now and then. docs/experiments.md has the figures.
RANDOM_ARM_PERCENT, HELD_OUT_PERCENT = 40, 30
# More than the arm's share of comparisons, so that it is judged first: at the usual quarter of the
# serves a third of its comparisons are left when the simulated experts stop.
LANE_SHARES = {"random": 56, "coverage": 22, "disagreement": 22}

Say = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Size:
    """Size of the built-in set, and number of simulated judgments.

    seed: draws the pictures and the experts' answers; another number is an independent set.
    """

    n_items: int = 96
    n_judgments: int = 1_500
    seed: int = SEED


def drawn_set(home: Path, *, size: Size, progress: Progress) -> Path:
    """Return the folder of the built-in set, drawn completely on the first call."""
    folder = home / f"{SET_NAME}-{size.n_items}-{size.seed}"
    if not (folder / "manifest.json").is_file():
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        write_set(unfinished, n_items=size.n_items, seed=size.seed, progress=progress)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.replace(folder)
    return folder


def slug_of(data: Path) -> str:
    """Return the slug of the campaign for a user's own folder or archive."""
    slug = slugify(data.resolve().stem)[:50] or "images"
    return f"own-{slug}" if slug == BUILT_IN_SLUG else slug


def is_ready(slug: str) -> bool:
    """Whether an earlier run completed this campaign."""
    return CampaignEvent.objects.filter(campaign__slug=slug, verb=READY).exists()


@transaction.atomic
def open_campaign(  # noqa: PLR0913 - options, all by keyword
    *,
    slug: str,
    name: str,
    folder: Path,
    people: dict[str, User],
    progress: Progress,
    strict: bool = False,
    seed: int = SEED,
) -> Campaign:
    """Create, import and build the campaign of a folder, in one transaction; return it live.

    strict: refuse the whole folder for one refused row. Raises ImportRefused when it holds nothing
    that can be taken, DomainError when a later step is refused.
    """
    check_readable(folder)
    lead = people["lead"]
    campaign = Campaign.objects.filter(slug=slug).first()
    if campaign is not None:
        if not _made_here(campaign):
            raise ImportRefused(
                f"There is a campaign {slug!r} that the demo did not make; rename the folder."
            )
        return campaign
    campaign = create_campaign(
        name=name,
        slug=slug,
        actor=lead,
        k=2,
        overlap=3,
        random_arm_percent=RANDOM_ARM_PERCENT,
        held_out_percent=HELD_OUT_PERCENT,
        seed=seed,
    )
    campaign = change_settings(campaign=campaign, actor=lead, lane_shares=LANE_SHARES)
    record(campaign, lead, "demo_created")
    for username, user in people.items():
        if username == "annotator":
            give_role(campaign=campaign, user=user, role="annotator", actor=lead)
    batch = import_folder(
        campaign=campaign,
        path=folder,
        actor=lead,
        strict=strict,
        progress=lambda done, total, _message: progress(done, total),
    )
    if not Item.objects.filter(campaign=campaign).exists():
        refusals = [row["reason"] for row in batch.report["rows"] if row["outcome"] == "refused"]
        first = f" The first refusal: {refusals[0]}" if refusals else ""
        raise ImportRefused(f"{folder} holds nothing that could be imported.{first}")
    publish_rubric(campaign=campaign, actor=lead)
    rule = make_rule(campaign, k=2, strategy="all")
    build_comparisons(campaign=campaign, rule=rule, actor=lead)
    return change_state(campaign=campaign, state=Campaign.State.LIVE, actor=lead)


def _made_here(campaign: Campaign) -> bool:
    if published_rubric(campaign) is None:
        return False
    return CampaignEvent.objects.filter(campaign=campaign, verb="demo_created").exists()


def judge_a_part(
    *, campaign: Campaign, folder: Path, n_judgments: int | None, say: Say, seed: int = SEED
) -> int:
    """Let the simulated experts judge a part; return how many judgments they made in total.

    n_judgments: how many in all; None: a share of what is wanted, and none at all where nothing
    is known about the candidates, since invented answers would mix with real ones. An
    interrupted run goes on where it stopped.
    """
    truth = read_truth(folder) if folder.is_dir() else Truth()
    if n_judgments is None:
        wanted = Comparison.objects.filter(campaign=campaign).aggregate(n=Sum("overlap"))["n"] or 0
        known = bool(truth.by_edit or truth.by_image)
        n_judgments = math.floor(wanted * SHARE) if known else 0
    names = [persona.name for persona in PERSONAS]
    done = Judgment.objects.filter(campaign=campaign, annotator__username__in=names).count()
    if n_judgments > done:
        step = max(100, n_judgments // 5)
        start = done
        result = simulate(
            campaign=campaign,
            personas=PERSONAS,
            n_judgments=n_judgments - done,
            seed=seed,
            truth=truth,
            progress=lambda n: say(f"  {start + n} judgments") if n % step == 0 else None,
        )
        done += result.judgments
    return done


@transaction.atomic
def mark_ready(campaign: Campaign, actor: User) -> None:
    """Mark the demo as complete, so that later runs do not change the campaign."""
    lock_campaign(campaign)
    if not is_ready(campaign.slug):
        record(campaign, actor, READY)
