"""Create campaigns, change their settings, and move them from draft to closed."""

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction

from annotation.campaigns.gate import check_gate, let_go_on
from annotation.campaigns.selectors import missing_before_opening
from annotation.campaigns.setting_rules import MAX_SLUG, check_changeable, check_values
from annotation.common.events import SIMULATED_VOTES, has_simulated_votes, record
from annotation.common.locks import lock_campaign
from annotation.errors import CampaignNotReady, DomainError, InvalidSetting
from annotation.judging.services.screens import forget_least_screen
from annotation.models import Campaign, Comparison, Membership, User
from annotation.queue.services.lanes import NO_SHARES, plan_of, shares_of
from annotation.queue.services.overlap import wanted_overlap
from annotation.queue.services.own_plans import draw_own_plans
from annotation.queue.services.queue import match_overlap
from annotation.queue.services.returns import end_open_leases
from annotation.rubrics.services import create_default_draft

State = Campaign.State
# A draft may go live directly: a pilot is recommended, not required.
NEXT_STATES: dict[str, tuple[str, ...]] = {
    State.DRAFT: (State.PILOT, State.LIVE),
    State.PILOT: (State.LIVE, State.PAUSED, State.CLOSED),
    State.LIVE: (State.PAUSED, State.CLOSED),
    State.PAUSED: (State.LIVE, State.PILOT, State.CLOSED),
    State.CLOSED: (State.PAUSED,),
}
OPEN_STATES = (State.PILOT, State.LIVE)


class Settings(TypedDict, total=False):
    """Settings that a lead may set; one that is left out keeps its value (or the model's default).

    lane_shares: percent by lane, see queue/services/lanes.py. Caps: None = none. least_gamut: "" =
    any; least_pane: None = any.
    """

    name: str
    description: str
    k: int
    overlap: int
    lease_minutes: int
    random_arm_percent: int
    held_out_percent: int
    send_back_batch: int
    overlap_share: int
    overlap_cap: int
    stop_early: bool
    daily_cap: int | None
    person_cap: int | None
    repeat_percent: int
    repeat_after_minutes: int
    repeat_after_serves: int
    revise_minutes: int
    gate_answers: int
    gate_percent: int
    second_reading_percent: int
    purpose: str
    shows_outside: bool
    one_size: bool
    watermarks: list[str]
    leave_out_look_alikes: bool
    asks_strength: bool
    reason_chips: list[str]
    least_gamut: str
    least_pane: int | None
    lane_shares: Mapping[str, int]


class FirstSettings(TypedDict, total=False):
    """Settings of a new campaign. seed: determines arms, draws and orders; random when left out."""

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
    check_values(campaign)
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
def note_simulated_votes(campaign: Campaign) -> None:
    """Record, once, that simulated experts judge in a campaign; its leads see it."""
    lock_campaign(campaign)
    if not has_simulated_votes(campaign):
        record(campaign, None, SIMULATED_VOTES)


@transaction.atomic
def change_settings(
    *, campaign: Campaign, actor: User | None, **settings: Unpack[Settings]
) -> Campaign:
    """Change settings and return the campaign as stored; writes an event with old and new values.

    K, the overlap rules and the arms change only in a draft; the arms only before the first item,
    since they are drawn at import. Raises InvalidSetting, and then nothing changed.
    """
    if "lane_shares" in settings:
        settings["lane_shares"] = NO_SHARES | dict(settings["lane_shares"])
    locked = lock_campaign(campaign)
    before: dict[str, Any] = {name: _value(locked, name) for name in settings}
    changes = {name: value for name, value in settings.items() if value != before[name]}
    if not changes:
        return locked
    check_changeable(locked, changes)
    columns = _columns(changes)
    for name, value in columns.items():
        setattr(locked, name, value)
    check_values(locked)
    if changes.get("gate_answers"):
        check_gate(locked)
    locked.save(update_fields=list(columns))
    forget_least_screen(locked.slug)
    if "lane_plan" in columns:
        draw_own_plans(locked)
    if changes.get("gate_answers"):
        let_go_on(locked)
    if "overlap" in changes or "overlap_share" in changes:
        _match_slots(locked)
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

    A pause or a close returns all open leases to the queue; a late answer is kept as surplus.
    Raises CampaignNotReady naming everything that is missing before work can be handed out, and
    DomainError for a transition that does not exist; then nothing changed.
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
    if before in OPEN_STATES and not locked.is_open:
        end_open_leases(campaign=locked)
    record(locked, actor, "state", **{"from": before, "to": state})
    return locked


def _value(campaign: Campaign, name: str) -> Any:
    return shares_of(campaign.lane_plan) if name == "lane_shares" else getattr(campaign, name)


def _columns(changes: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(changes)
    if "lane_shares" in columns:
        columns["lane_plan"] = plan_of(columns.pop("lane_shares"))
    return columns


def _match_slots(campaign: Campaign) -> None:
    """Set the overlap of each comparison of a draft by the current settings."""
    rows = Comparison.objects.filter(campaign=campaign)
    full = {
        pk
        for pk, ids in rows.values_list("pk", "candidate_ids")
        if wanted_overlap(campaign, ids) > 1
    }
    rows.update(overlap=1)
    rows.filter(pk__in=full).update(overlap=campaign.overlap)
    # Nothing was ever leased in a draft, so every slot is free.
    match_overlap(campaign)
