"""Load what the rules look at: answers in force, each person's since they last went on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Max

from annotation.common.columns import Column, load
from annotation.models import Campaign, CampaignEvent, RuleAlert, User
from annotation.quality.evidence import (
    BoolArray,
    CampaignEvidence,
    IntArray,
    agreement,
    left_wins,
    preferences,
)
from annotation.quality.selectors.outcomes import (
    IN_FORCE,
    MOST_CANDIDATES,
    dimension_columns,
    query_params,
    scores_by_slug,
)

# A judgment of the wanted lanes with its assignment; NOT NULL ranks come with the scores.
COUNTING = IN_FORCE.replace(
    "FROM annotation_judgment j",
    "FROM annotation_judgment j JOIN annotation_assignment s ON s.id = j.assignment_id",
)
GOLD = """
  FROM annotation_judgment j
  JOIN annotation_assignment s ON s.id = j.assignment_id
  JOIN annotation_referenceanswer r ON r.comparison_id = j.comparison_id AND r.use = 'gold'
                                   AND r.withdrawn_at IS NULL
 WHERE j.campaign_id = %(campaign)s AND j.lane = 'gold' AND NOT j.surplus AND j.ranks IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM annotation_judgment l WHERE l.supersedes_id = j.id)
"""
REPEATS = """
  FROM annotation_judgment j
  JOIN annotation_assignment s ON s.id = j.assignment_id
  JOIN annotation_judgment r ON r.comparison_id = j.comparison_id AND r.lane <> 'repeat'
                            AND r.annotator_id = j.annotator_id AND NOT r.surplus
                            AND r.ranks IS NOT NULL
 WHERE j.campaign_id = %(campaign)s AND j.lane = 'repeat' AND NOT j.surplus
   AND j.ranks IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM annotation_judgment l WHERE l.supersedes_id IN (j.id, r.id))
"""
WHO = (
    Column("person", "j.annotator_id", "int8"),
    Column("at", "extract(epoch FROM s.closed_at)", "float8"),
)
SHOWN_AT = "coalesce(array_position(s.shown_order, {}::smallint), 0)"
EQUAL = Column("equal", "(j.ranks = r.ranks)::int", "int2")
PLACES = range(MOST_CANDIDATES)


def campaign_evidence(campaign: Campaign) -> CampaignEvidence:
    """Return what is known of everybody in a campaign. Six queries for any size."""
    since = _since(campaign)
    slots = dimension_columns(campaign)
    slugs = sorted({slug for columns in slots.values() for slug in columns})
    rows = _in_time(COUNTING, _counting_columns(slots), query_params(campaign))
    ranks = np.stack([rows[f"rank {c}"] for c in PLACES], axis=1).astype(np.int64)
    preferred = preferences(ranks, scores_by_slug(rows, slots, slugs))
    person = rows["person"]
    left = left_wins(np.stack([rows[f"shown {c}"] for c in PLACES], axis=1), preferred[:, 0])
    everybody = agreement(person, rows["comparison"], preferred)
    # Earlier answers stay votes of others, but accuse their person no more.
    recent = rows["at"] > _times(person, since)
    return CampaignEvidence(
        person=np.where(recent, person, 0),
        agreement=everybody,
        left=left,
        gold=_flags(GOLD, campaign, since),
        repeats=_flags(REPEATS, campaign, since),
    )


def _counting_columns(slots: Mapping[int, list[str]]) -> tuple[Column, ...]:
    width = max((len(columns) for columns in slots.values()), default=0)
    return (
        *WHO,
        Column("comparison", "j.comparison_id", "int8"),
        Column("rubric", "j.rubric_id", "int8"),
        Column("id", "j.id", "int8"),
        *(Column(f"rank {c}", f"coalesce(j.ranks[{c + 1}], 0)", "int2") for c in PLACES),
        *(
            Column(
                f"shown {c}", f"coalesce(array_position(s.shown_order, {c}::smallint), 0)", "int2"
            )
            for c in PLACES
        ),
        *(
            Column(f"score {c} {d}", f"coalesce(j.scores[{c + 1}][{d + 1}], 0)", "int2")
            for c in PLACES
            for d in range(width)
        ),
    )


def _flags(rest: str, campaign: Campaign, since: Mapping[int, float]) -> dict[int, BoolArray]:
    """Return by person whether each answer is equal to what it is compared with."""
    rows = _in_time(rest, (*WHO, EQUAL), {"campaign": campaign.pk})
    wanted = rows["at"] > _times(rows["person"], since)
    person, equal = rows["person"][wanted], rows["equal"][wanted] == 1
    return {int(who): equal[person == who] for who in np.unique(person)}


def _in_time(
    rest: str, columns: tuple[Column, ...], params: Mapping[str, Any]
) -> dict[str, npt.NDArray[Any]]:
    rows = load(columns, rest, params)
    order = np.argsort(rows["at"], kind="stable")
    return {name: column[order] for name, column in rows.items()}


def _since(campaign: Campaign) -> dict[int, float]:
    """Return by person when they last were let go on, or a lead last dealt with an alert."""
    found: dict[int, float] = {}
    users = dict(User.objects.filter(memberships__campaign=campaign).values_list("username", "pk"))
    resumed = CampaignEvent.objects.filter(campaign=campaign, verb="annotator_resumed")
    for name, at in resumed.values_list("detail__user", "created_at"):
        if name in users:
            found[users[name]] = max(found.get(users[name], 0.0), at.timestamp())
    handled = RuleAlert.objects.filter(campaign=campaign, handled_at__isnull=False)
    for person, at in (
        handled.values("user").annotate(at=Max("handled_at")).values_list("user", "at")
    ):
        found[person] = max(found.get(person, 0.0), at.timestamp())
    return found


def _times(person: IntArray, since: Mapping[int, float]) -> npt.NDArray[np.float64]:
    return np.array([since.get(int(who), 0.0) for who in person], dtype=np.float64)
