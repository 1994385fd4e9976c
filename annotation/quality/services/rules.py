"""Apply the quality rules: tell the leads, warn or pause people, ask before pausing many."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Now

from annotation.common.events import record
from annotation.common.failures import for_each_row
from annotation.common.locks import lock_campaign
from annotation.errors import DomainError, InvalidSetting
from annotation.models import (
    Campaign,
    Judgment,
    Membership,
    PersonMessage,
    RuleAlert,
    User,
    WorkFailure,
)
from annotation.people.messages import tell
from annotation.people.services import pause_annotator
from annotation.quality.rules import RULES, Finding, check
from annotation.quality.selectors.evidence import campaign_evidence

Done = RuleAlert.Done
OFF, TELL, DO = "off", "tell", "do"
MODES = {OFF: "Off", TELL: "Tell me", DO: "Do it"}
#: Title and subject of each rule.
RULE_WORDS = {
    "agreement": (
        "Agreement",
        "Whether answers go with the others’ and with gold, or are unrelated to the pictures.",
    ),
    "left_share": ("Side", "Whether the left or the right edit wins, whatever it is."),
    "gold": ("Gold", "Whether verdicts on gold are as expected."),
    "repeats": ("Repeats", "Whether a second verdict on the same comparison equals the first."),
}
# A rule that would pause more than this share of a campaign's annotators asks first.
MOST_PAUSED = 0.2
WARNING = (
    "A quality rule found that your answers differ from what careful answers look like. Please take"
    " your time and look at each edit. If you think that this is wrong, appeal here."
)
PAUSE = (
    "A quality rule paused your work here, because your answers differ from what careful answers"
    " look like. A lead looks at it. If you think that this is wrong, appeal here."
)


def mode_of(campaign: Campaign, rule: str) -> str:
    """Return whether a rule is off, tells the leads, or acts."""
    return str(campaign.rule_modes.get(rule, TELL))


@transaction.atomic
def set_rule_modes(*, campaign: Campaign, modes: Mapping[str, str], actor: User | None) -> None:
    """Set the mode of each rule; a rule that is left out keeps its mode.

    Raises InvalidSetting naming the rule, and then nothing changed.
    """
    locked = lock_campaign(campaign)
    for rule, mode in modes.items():
        if rule not in RULES or mode not in MODES:
            raise InvalidSetting(rule, f"There is no mode “{mode}” of a rule “{rule}”.")
    wanted = {rule: modes.get(rule, mode_of(locked, rule)) for rule in RULES}
    if wanted == {rule: mode_of(locked, rule) for rule in RULES}:
        return
    # Another mode may act on what was only reported: look at all answers again.
    Campaign.objects.filter(pk=locked.pk).update(rule_modes=wanted, rules_checked_to=0)
    words = ", ".join(f"{rule} {mode}" for rule, mode in wanted.items())
    record(locked, actor, "rules_set", modes=words)


def apply_in_open_campaigns() -> int:
    """Apply the rules in every open campaign with new answers; return how many alerts are new."""
    found: list[int] = []
    newest = Campaign.objects.filter(state__in=[Campaign.State.PILOT, Campaign.State.LIVE])
    with_news = newest.annotate(newest=Max("judgments__id")).filter(
        newest__gt=F("rules_checked_to")
    )
    for_each_row(
        with_news.order_by("pk"),
        lambda campaign: found.append(apply_rules(campaign=campaign)),
        kind=WorkFailure.Work.RULES,
    )
    return sum(found)


def apply_rules(*, campaign: Campaign) -> int:
    """Apply the rules to everybody who works in a campaign; return how many alerts are new."""
    newest = Judgment.objects.filter(campaign=campaign).aggregate(newest=Max("id"))["newest"] or 0
    known = campaign_evidence(campaign)
    working = Membership.objects.filter(
        campaign=campaign,
        role=Membership.Role.ANNOTATOR,
        removed_at__isnull=True,
        paused_at__isnull=True,
    ).select_related("user")
    fired = [
        (member.user, finding)
        for member in working.order_by("pk")
        for finding in check(known.of(member.user_id))
        if finding.action is not None
    ]
    with transaction.atomic():
        locked = lock_campaign(campaign)
        n_new = sum(_act(locked, user, finding) for user, finding in fired)
        Campaign.objects.filter(pk=locked.pk).update(rules_checked_to=newest)
    return n_new


@transaction.atomic
def handle_alert(*, alert: RuleAlert, pauses: bool, actor: User) -> None:
    """Close an alert: pause the person because of it, or leave them at work.

    The rules then look at the person's later answers only. Raises DomainError for one that was
    handled already, or a person who is paused.
    """
    lock_campaign(alert.campaign)
    fresh = RuleAlert.objects.filter(pk=alert.pk, handled_at=None)
    if not fresh.update(handled_at=Now(), handled_by=actor):
        raise DomainError("This was dealt with already.")
    if pauses:
        pause_annotator(
            campaign=alert.campaign,
            user=alert.user,
            reason=alert.reason[:200],
            actor=actor,
            message=PAUSE,
        )


def _act(campaign: Campaign, user: User, finding: Finding) -> bool:
    """Store an alert and do what the rule's mode says; False when it is off or known already."""
    mode = mode_of(campaign, finding.rule)
    alert: dict[str, Any] = {
        "campaign": campaign,
        "user": user,
        "rule": finding.rule,
        "action": finding.action,
    }
    if mode == OFF or RuleAlert.objects.filter(**alert, handled_at=None).exists():
        return False
    done = Done.TOLD if mode == TELL else _do(campaign, user, finding)
    RuleAlert.objects.create(**alert, reason=finding.reason, n=finding.n, done=done)
    record(
        campaign, None, "rule_fired", rule=finding.rule, user=user.username, reason=finding.reason
    )
    return True


def _do(campaign: Campaign, user: User, finding: Finding) -> str:
    if finding.action == "warn":
        kind = PersonMessage.Kind.WARNED
        tell(campaign=campaign, user=user, kind=kind, text=WARNING, actor=None)
        return Done.WARNED
    members = Membership.objects.filter(
        campaign=campaign, role=Membership.Role.ANNOTATOR, removed_at__isnull=True
    )
    if members.filter(user=user, paused_at__isnull=False).exists():
        return Done.PAUSED
    by_rules = RuleAlert.objects.filter(campaign=campaign, done=Done.PAUSED, handled_at=None)
    n_paused = members.filter(paused_at__isnull=False, user__in=by_rules.values("user")).count()
    if n_paused + 1 > MOST_PAUSED * members.count():
        return Done.ASKS
    pause_annotator(
        campaign=campaign, user=user, reason=finding.reason[:200], actor=None, message=PAUSE
    )
    return Done.PAUSED
