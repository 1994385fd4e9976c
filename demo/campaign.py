"""The demo's campaign: created with its first pictures, and extended by more."""

from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from annotation.campaigns.services import change_settings, change_state, create_campaign
from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.comparisons.plans import make_rule
from annotation.comparisons.services import build_comparisons
from annotation.errors import ImportRefused
from annotation.items.services.imports import import_folder
from annotation.models import Campaign, CampaignEvent, ImportBatch, Item, User
from annotation.people.services import give_role
from annotation.rubrics.selectors import published_rubric
from annotation.rubrics.services import publish_rubric
from demo.plan import Plan

READY = "demo_ready"
CREATED = "demo_created"
# Held-out sources decide whether the first model becomes champion: with the usual tenth, some 10
# of them, a useful model is refused now and then. docs/experiments.md has the figures.
RANDOM_ARM_PERCENT, HELD_OUT_PERCENT = 40, 30
# More than the arm's share of comparisons, so that it is judged first: at the usual quarter of the
# serves a third of its comparisons are left when the simulated experts stop.
LANE_SHARES = {"random": 56, "coverage": 22, "disagreement": 22}

Progress = Callable[[int, int], None]


def find_campaign(plan: Plan) -> Campaign | None:
    """Return the campaign of a plan. Raises ImportRefused when the demo did not make it."""
    campaign = Campaign.objects.filter(slug=plan.slug).first()
    if campaign is not None and not _made_here(campaign):
        raise ImportRefused(
            f"There is a campaign {plan.slug!r} that the demo did not make; rename the folder."
        )
    return campaign


def _made_here(campaign: Campaign) -> bool:
    if published_rubric(campaign) is None:
        return False
    return CampaignEvent.objects.filter(campaign=campaign, verb=CREATED).exists()


def is_ready(slug: str) -> bool:
    """Whether an earlier run completed this campaign."""
    return CampaignEvent.objects.filter(campaign__slug=slug, verb=READY).exists()


@transaction.atomic
def open_campaign(
    plan: Plan, *, folder: Path, people: dict[str, User], progress: Progress
) -> Campaign:
    """Create, import and build a campaign, in one transaction; return it live.

    folder: with the first pictures; of a drawn set one refused row refuses all. Raises
    ImportRefused when it holds nothing that can be taken, DomainError when a later step is refused.
    """
    lead = people["lead"]
    campaign = create_campaign(
        name=plan.name,
        slug=plan.slug,
        actor=lead,
        k=2,
        overlap=3,
        random_arm_percent=RANDOM_ARM_PERCENT,
        held_out_percent=HELD_OUT_PERCENT,
        seed=plan.size.seed,
    )
    campaign = change_settings(campaign=campaign, actor=lead, lane_shares=LANE_SHARES)
    record(campaign, lead, CREATED)
    give_role(campaign=campaign, user=people["annotator"], role="annotator", actor=lead)
    batch = _import(campaign, folder, lead, progress, strict=plan.data is None)
    if not Item.objects.filter(campaign=campaign).exists():
        refusals = [row["reason"] for row in batch.report["rows"] if row["outcome"] == "refused"]
        first = f" The first refusal: {refusals[0]}" if refusals else ""
        raise ImportRefused(f"{folder} holds nothing that could be imported.{first}")
    publish_rubric(campaign=campaign, actor=lead)
    _build(campaign, lead)
    return change_state(campaign=campaign, state=Campaign.State.LIVE, actor=lead)


def extend(campaign: Campaign, *, folder: Path, lead: User) -> None:
    """Import one more part of the drawn set and build its comparisons. A repetition adds nothing.

    Item by item, so that nobody who uses the campaign meanwhile waits for a lock. Raises
    DomainError when the campaign takes no items any more.
    """
    done = ImportBatch.objects.filter(campaign=campaign, filename=folder.name)
    if not done.filter(finished_at__isnull=False).exists():
        _import(campaign, folder, lead, lambda _done, _total: None, strict=False)
    _build(campaign, lead)


def _import(
    campaign: Campaign, folder: Path, lead: User, progress: Progress, *, strict: bool
) -> ImportBatch:
    return import_folder(
        campaign=campaign,
        path=folder,
        actor=lead,
        strict=strict,
        progress=lambda done, total, _message: progress(done, total),
    )


def _build(campaign: Campaign, lead: User) -> None:
    rule = make_rule(campaign, k=2, strategy="all")
    build_comparisons(campaign=campaign, rule=rule, actor=lead)


@transaction.atomic
def mark_ready(campaign: Campaign, actor: User) -> None:
    """Mark the demo as complete, so that later runs do not change the campaign."""
    lock_campaign(campaign)
    if not is_ready(campaign.slug):
        record(campaign, actor, READY)
