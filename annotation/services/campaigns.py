"""Create campaigns, change their settings, and move them from draft to closed."""

from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction

from annotation.errors import CampaignNotReady, DomainError, InvalidSetting
from annotation.models import Campaign, Comparison, Item, Membership, User
from annotation.selectors.campaigns import missing_before_opening
from annotation.services.events import record
from annotation.services.queue import match_overlap
from annotation.services.rubrics import create_default_draft

State = Campaign.State
# From a draft straight to live is allowed: a pilot is advice, not a gate.
NEXT_STATES: dict[str, tuple[str, ...]] = {
    State.DRAFT: (State.PILOT, State.LIVE),
    State.PILOT: (State.LIVE, State.PAUSED, State.CLOSED),
    State.LIVE: (State.PAUSED, State.CLOSED),
    State.PAUSED: (State.LIVE, State.PILOT, State.CLOSED),
    State.CLOSED: (State.PAUSED,),
}
OPEN_STATES = (State.PILOT, State.LIVE)
RANGES = {
    "k": (2, 4, "Candidates per comparison"),
    "overlap": (1, 20, "Judgments per comparison"),
    "lease_minutes": (1, 1440, "Lease minutes"),
    "random_arm_percent": (20, 100, "Random arm percent"),
    "held_out_percent": (0, 100, "Held-out percent"),
    "send_back_batch": (0, 1000, "Scheduled send-backs"),
}
# People have judged under these, so they are settled when the first work is handed out.
DRAFT_ONLY = ("k", "overlap", "random_arm_percent", "held_out_percent")
MAX_SLUG, MAX_NAME = 60, 120
ARMS = ("random_arm_percent", "held_out_percent")


class Settings(TypedDict, total=False):
    """What a lead may set; what is left out keeps its value (or takes the model's default)."""

    name: str
    description: str
    k: int
    overlap: int
    lease_minutes: int
    random_arm_percent: int
    held_out_percent: int
    send_back_batch: int


class FirstSettings(TypedDict, total=False):
    """Settings of a new campaign; `seed` decides arms, draws and orders, random when left out."""

    description: str
    k: int
    overlap: int
    lease_minutes: int
    random_arm_percent: int
    held_out_percent: int
    send_back_batch: int
    seed: int


def create_campaign(
    *, name: str, slug: str, actor: User | None, **settings: Unpack[FirstSettings]
) -> Campaign:
    """Create a draft campaign with the default rubric as draft version 1; the actor leads it.

    Raises InvalidSetting, and then nothing was created.
    """
    try:
        validate_slug(slug)
    except ValidationError as error:
        raise InvalidSetting(
            "slug", "The short name takes letters, digits, hyphens and underscores only."
        ) from error
    if len(slug) > MAX_SLUG:
        raise InvalidSetting("slug", f"The short name has at most {MAX_SLUG} characters.")
    campaign = Campaign(name=name, slug=slug, created_by=actor, **settings)
    _check(campaign)
    try:
        with transaction.atomic():
            campaign.save(force_insert=True)
            create_default_draft(campaign=campaign)
            if actor is not None:
                Membership.objects.create(campaign=campaign, user=actor, role=Membership.Role.LEAD)
            record(campaign, actor, "created", k=campaign.k, overlap=campaign.overlap)
    except IntegrityError as error:
        if Campaign.objects.filter(slug=slug).exists():
            raise InvalidSetting("slug", f"There is already a campaign at “{slug}”.") from error
        raise
    campaign.refresh_from_db()
    return campaign


@transaction.atomic
def change_settings(
    *, campaign: Campaign, actor: User | None, **settings: Unpack[Settings]
) -> Campaign:
    """Change settings and return the campaign as stored; writes an event with old and new values.

    K, overlap and the arms change in a draft only, the arms only before the first item (they are
    drawn at import). Raises InvalidSetting, and then nothing changed.
    """
    locked = lock_campaign(campaign)
    before: dict[str, Any] = {name: getattr(locked, name) for name in settings}
    changes = {name: value for name, value in settings.items() if value != before[name]}
    if not changes:
        return locked
    _check_changeable(locked, changes)
    for name, value in changes.items():
        setattr(locked, name, value)
    _check(locked)
    locked.save(update_fields=list(changes))
    if "overlap" in changes:
        # Nothing was ever leased in a draft, so every place is free.
        Comparison.objects.filter(campaign=locked).update(overlap=locked.overlap)
        match_overlap(locked)
    record(
        locked,
        actor,
        "settings",
        changes={name: {"from": before[name], "to": value} for name, value in changes.items()},
    )
    return locked


@transaction.atomic
def change_state(*, campaign: Campaign, state: str, actor: User | None) -> Campaign:
    """Move a campaign to another state and return it as stored.

    Raises CampaignNotReady naming everything that is missing before work can be handed out, and
    DomainError for a step that does not exist; then nothing changed.
    """
    locked = lock_campaign(campaign)
    if state not in State.values:
        raise DomainError(f"There is no state “{state}”.")
    if state not in NEXT_STATES[locked.state]:
        wanted = State(state).label.lower()
        raise DomainError(f"A campaign that is {locked.state} cannot become {wanted}.")
    if state in OPEN_STATES:
        missing = missing_before_opening(locked)
        if missing:
            raise CampaignNotReady("Still missing: " + ", ".join(missing) + ".")
    before, locked.state = locked.state, State(state)
    locked.save(update_fields=["state"])
    record(locked, actor, "state", **{"from": before, "to": state})
    return locked


def lock_campaign(campaign: Campaign) -> Campaign:
    """Lock the row against other leads and return it fresh; inserts that refer to it go on."""
    return Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)


def _check_changeable(campaign: Campaign, changes: dict[str, Any]) -> None:
    if campaign.state != State.DRAFT:
        for name in DRAFT_ONLY:
            if name in changes:
                raise InvalidSetting(name, f"{RANGES[name][2]} can be changed in a draft only.")
    if any(name in changes for name in ARMS) and Item.objects.filter(campaign=campaign).exists():
        name = next(name for name in ARMS if name in changes)
        raise InvalidSetting(
            name, "The arms were drawn when the first item was imported; they stay as they are."
        )


def _check(campaign: Campaign) -> None:
    campaign.name = campaign.name.strip()
    if not campaign.name:
        raise InvalidSetting("name", "The campaign needs a name.")
    if len(campaign.name) > MAX_NAME:
        raise InvalidSetting("name", f"The name has at most {MAX_NAME} characters.")
    for name, (low, high, label) in RANGES.items():
        value = getattr(campaign, name)
        if not low <= value <= high:
            raise InvalidSetting(name, f"{label}: {value} is not between {low} and {high}.")
    if campaign.held_out_percent > campaign.random_arm_percent:
        raise InvalidSetting(
            "held_out_percent",
            "Held-out sources lie inside the random arm: at most its percent.",
        )
