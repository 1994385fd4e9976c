"""The steps of a campaign, from the first import to the first export."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotation.models import (
    Campaign,
    Comparison,
    Export,
    Item,
    Judgment,
    Membership,
    ModelSignal,
    Rubric,
    SendBack,
    Snapshot,
)

State = Campaign.State
#: Judgments in force from which on a first training is worth its time.
FIRST_TRAINING = 300


@dataclass(frozen=True)
class Parts:
    """What a campaign has: how many of each thing that it needs, and what was done with it once."""

    n_items: int = 0
    n_published: int = 0
    n_annotators: int = 0
    n_comparisons: int = 0
    is_judged: bool = False
    is_frozen: bool = False
    is_scored: bool = False
    is_sent_back: bool = False
    is_exported: bool = False

    def missing(self) -> list[str]:
        """Return in words what is missing. Items are not listed: comparisons imply them."""
        lacking = []
        if not self.n_published:
            lacking.append("a published rubric")
        if not self.n_comparisons:
            lacking.append("at least one comparison")
        if not self.n_annotators:
            lacking.append("at least one annotator")
        return lacking


@dataclass(frozen=True)
class Step:
    """One step of a campaign.

    lack: one sentence on what is missing. about: what the step is, or what it made. action: the
    words of the link to its page. target: the URL name of that page; fragment: a part of it.
    is_choice: it may be left as it is, so it is never the next thing to do.
    """

    name: str
    title: str
    lack: str
    about: str
    action: str
    target: str
    is_done: bool = False
    fragment: str = ""
    is_choice: bool = False


def parts_of(campaign_ids: Collection[int]) -> dict[int, Parts]:
    """Return what each campaign has. One query for any number of campaigns."""
    in_use = Q(withdrawn_at__isnull=True)
    here = Q(campaign=OuterRef("pk"))
    annotator = Q(role=Membership.Role.ANNOTATOR, removed_at__isnull=True)
    signals = ModelSignal.objects.filter(comparison__campaign=OuterRef("pk"))
    send_backs = SendBack.objects.filter(comparison__campaign=OuterRef("pk"))
    exports = Export.objects.filter(snapshot__campaign=OuterRef("pk")).exclude(path="")
    rows = Campaign.objects.filter(pk__in=campaign_ids).values_list(
        "pk",
        _count(Item.objects.filter(here, in_use)),
        _count(Rubric.objects.filter(here, published_at__isnull=False)),
        _count(Membership.objects.filter(here, annotator)),
        _count(Comparison.objects.filter(here, in_use)),
        Exists(Judgment.objects.filter(here)),
        Exists(Snapshot.objects.filter(here)),
        Exists(signals),
        Exists(send_backs),
        Exists(exports),
    )
    return {pk: Parts(*values) for pk, *values in rows}


def _count(rows: QuerySet[Any]) -> Coalesce:
    counts = rows.order_by().values("campaign").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts), 0)


#: The steps before the first judgment, none of them done. The last is not among them: it is a
#: button that hands out work.
_SETUP = (
    Step(
        name="arms",
        title="Choose what is held out",
        lack="",
        about="Drawn at random for each source when it is imported, so the first import fixes it.",
        action="Settings",
        target="campaign-settings",
        fragment="#fixed",
        is_choice=True,
    ),
    Step(
        name="items",
        title="Import items",
        lack="No items yet.",
        about="Sources, instructions and edits, from a folder or a ZIP.",
        action="Import items",
        target="imports",
    ),
    Step(
        name="rubric",
        title="Publish the rubric",
        lack="The rubric is not published yet.",
        about="The draft has two dimensions; adapt them, then publish.",
        action="Publish the rubric",
        target="rubric",
    ),
    Step(
        name="people",
        title="Add people",
        lack="Nobody can judge yet.",
        about="",
        action="Add people",
        target="people",
        fragment="#add",
    ),
    Step(
        name="comparisons",
        title="Build comparisons",
        lack="No comparisons yet.",
        about="Choose which edits are compared; a preview shows the cost.",
        action="Build comparisons",
        target="comparisons",
    ),
)
#: The steps from the first judgment on, none of them done.
_LOOP = (
    Step(
        name="judge",
        title="People judge",
        lack="Nobody has judged yet.",
        about="Look at Agreement early: where people disagree, the rubric may be unclear. The next "
        f"steps are worth it from some {FIRST_TRAINING} judgments on.",
        action="People",
        target="people",
    ),
    Step(
        name="freeze",
        title="Freeze",
        lack="Enough is judged to freeze a snapshot.",
        about="A snapshot keeps the answers of one moment, for trainings and exports. Judging goes "
        "on meanwhile.",
        action="Freeze",
        target="snapshots",
    ),
    Step(
        name="train",
        title="Train",
        lack="No model has learned from the answers yet.",
        about="A reward model learns from the answers, is checked on the held-out sources, and "
        "scores every edit.",
        action="Train",
        target="models",
    ),
    Step(
        name="send-back",
        title="Send back",
        lack="The model now says where it and people differ.",
        about="Comparisons on which model and people disagree go back to other people. Then train "
        "again.",
        action="Send back",
        target="disagreement",
    ),
    Step(
        name="export",
        title="Export",
        lack="Nothing has been exported yet.",
        about="Write a snapshot as a data set with its pictures, to train or publish elsewhere.",
        action="Export",
        target="snapshots",
    ),
)


def setup_steps(campaign: Campaign, parts: Parts) -> list[Step]:
    """Return what a draft needs before work is handed out, in order."""
    arms, items, rubric, people, comparisons = _SETUP
    if parts.n_items:
        about = (
            f"Fixed by the first import: {campaign.random_arm_percent} % of sources in the random "
            f"arm, {campaign.held_out_percent} % held out."
        )
        arms = replace(arms, is_done=True, about=about)
        about = _count_of(parts.n_items, "item", "imported.")
        items = replace(items, is_done=True, about=about, action="Items", target="items")
    if parts.n_published:
        about = "Published. New comparisons use the newest version."
        rubric = replace(rubric, is_done=True, about=about, action="Rubric")
    people = replace(people, about=_people(campaign, parts))
    if parts.n_annotators:
        people = replace(people, is_done=True, action="People", fragment="")
    if parts.n_comparisons:
        about = _count_of(parts.n_comparisons, "comparison", "in the queue.")
        comparisons = replace(comparisons, is_done=True, about=about, action="Comparisons")
    return [arms, items, rubric, people, comparisons]


def _count_of(n: int, noun: str, rest: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'} {rest}"


def _people(campaign: Campaign, parts: Parts) -> str:
    there = _count_of(parts.n_annotators, "annotator", "can judge.") if parts.n_annotators else ""
    if parts.n_annotators >= campaign.overlap:
        return there
    wanted = _count_of(campaign.overlap, "judgment", "per comparison need as many annotators.")
    return f"{there} {wanted}".strip()


def loop_steps(parts: Parts, *, judged: int, wanted: int) -> list[Step]:
    """Return the steps after the start, once around. judged, wanted: judgments in force."""
    judge, freeze, train, send_back, export = _LOOP
    if judged:
        judge = replace(
            judge,
            lack=f"{judged:,} of {wanted:,} judgments are in.",
            action="Agreement",
            target="agreement",
            is_done=judged >= min(FIRST_TRAINING, wanted),
        )
    return [
        judge,
        replace(freeze, is_done=parts.is_frozen),
        replace(train, is_done=parts.is_scored),
        replace(send_back, is_done=parts.is_sent_back),
        replace(export, is_done=parts.is_exported),
    ]


def first_open(steps: Collection[Step]) -> Step | None:
    """Return the first step that is neither done nor a mere choice."""
    return next((step for step in steps if not step.is_done and not step.is_choice), None)


def next_before_judging(campaign: Campaign) -> Step | None:
    """Return what keeps a campaign without judgments from getting any; one query.

    None when some answer exists, so that another reason leaves a page empty.
    """
    parts = parts_of([campaign.pk])[campaign.pk]
    if parts.is_judged:
        return None
    if campaign.state == State.DRAFT:
        return first_open(setup_steps(campaign, parts)) or _OPEN
    if not campaign.is_open:
        return replace(_OPEN, lack=f"The campaign is {campaign.state}: nobody gets work.")
    return loop_steps(parts, judged=0, wanted=0)[0]


_OPEN = Step(
    name="open",
    title="Hand out work",
    lack="No work is handed out yet.",
    about="",
    action="Overview",
    target="campaign",
)
