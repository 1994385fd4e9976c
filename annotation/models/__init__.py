"""The database models, one module per noun of docs/glossary.md."""

from annotation.models.account_links import AccountLink
from annotation.models.api_keys import ApiKey
from annotation.models.campaigns import Campaign, CampaignEvent, Membership
from annotation.models.comparisons import (
    COUNTING_LANES,
    Comparison,
    Lane,
    ModelSignal,
    QueueEntry,
    SendBack,
)
from annotation.models.decisions import Decision
from annotation.models.failures import WorkFailure
from annotation.models.images import Derivative, MaskedView, SizedView, StoredImage
from annotation.models.items import (
    Candidate,
    ChangeRegion,
    Generator,
    ImportBatch,
    Item,
    ItemReport,
)
from annotation.models.judgments import (
    SECOND_READING,
    Assignment,
    Judgment,
    Reclaim,
    SetAside,
)
from annotation.models.look_alikes import LookAlike
from annotation.models.messages import PersonMessage, RuleAlert
from annotation.models.references import ReferenceAnswer
from annotation.models.reviews import RETURN_WINDOW, Review
from annotation.models.rubrics import Criterion, Dimension, Level, Rubric
from annotation.models.sign_ins import SignInLimit
from annotation.models.snapshots import Export, Snapshot
from annotation.models.users import User

__all__ = [
    "COUNTING_LANES",
    "RETURN_WINDOW",
    "SECOND_READING",
    "AccountLink",
    "ApiKey",
    "Assignment",
    "Campaign",
    "CampaignEvent",
    "Candidate",
    "ChangeRegion",
    "Comparison",
    "Criterion",
    "Decision",
    "Derivative",
    "Dimension",
    "Export",
    "Generator",
    "ImportBatch",
    "Item",
    "ItemReport",
    "Judgment",
    "Lane",
    "Level",
    "LookAlike",
    "MaskedView",
    "Membership",
    "ModelSignal",
    "PersonMessage",
    "QueueEntry",
    "Reclaim",
    "ReferenceAnswer",
    "Review",
    "Rubric",
    "RuleAlert",
    "SendBack",
    "SetAside",
    "SignInLimit",
    "SizedView",
    "Snapshot",
    "StoredImage",
    "User",
    "WorkFailure",
]
