"""Messages to people about their work, their appeals, and what the quality rules found."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign


class PersonMessage(models.Model):
    """A message to a person about their work, their appeal, and the answer to it."""

    class Kind(models.TextChoices):
        WARNED = "warned", "Warning"
        PAUSED = "paused", "Pause"
        RESUMED = "resumed", "You may go on"
        SET_ASIDE = "set_aside", "Answers set aside"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="person_messages")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.CharField(max_length=1000)
    # NULL: a rule.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    appeal = models.CharField(max_length=2000, blank=True)
    appealed_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=2000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(kind__in=["warned", "paused", "resumed", "set_aside"]),
                name="person_message_kind_known",
            ),
            CheckConstraint(
                condition=Q(appeal="", appealed_at__isnull=True)
                | (~Q(appeal="") & Q(appealed_at__isnull=False)),
                name="person_message_appeal_has_time",
            ),
            CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & ~Q(appeal="") & Q(answered_at__isnull=False)),
                name="person_message_answers_an_appeal",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "user", "-created_at"], name="person_message_history")
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.user}: {self.text[:60]}"


class RuleAlert(models.Model):
    """What a quality rule found in a person's answers, and what was done about it."""

    class Done(models.TextChoices):
        TOLD = "told", "Told the leads"
        WARNED = "warned", "Warned the person"
        PAUSED = "paused", "Paused the person"
        ASKS = "asks", "Asks before it pauses so many"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="rule_alerts")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    rule = models.CharField(max_length=20)
    action = models.CharField(max_length=5)
    reason = models.CharField(max_length=400)
    # Answers that the rule looked at.
    n = models.IntegerField()
    done = models.CharField(max_length=6, choices=Done)
    created_at = models.DateTimeField(db_default=Now())
    # When a lead dealt with it: the rule then looks at later answers only.
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["campaign", "user", "rule", "action"],
                condition=Q(handled_at__isnull=True),
                name="rule_alert_once_while_open",
            ),
            CheckConstraint(
                condition=Q(action__in=["warn", "pause"]), name="rule_alert_action_known"
            ),
            CheckConstraint(
                condition=Q(done__in=["told", "warned", "paused", "asks"]),
                name="rule_alert_done_known",
            ),
        ]
        indexes = [models.Index(fields=["campaign", "-created_at"], name="rule_alert_history")]

    def __str__(self) -> str:
        return f"{self.rule}: {self.user}, {self.reason[:60]}"
