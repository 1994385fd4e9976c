"""Load and assemble what is known of every annotator of a campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from annotation.models import Campaign, Membership, Rubric, RuleAlert
from annotation.quality.selectors import habits
from annotation.quality.selectors.answer_rows import AnswerRows, answer_rows
from annotation.quality.selectors.drift import Series, drift_of, series_of
from annotation.quality.selectors.estimates import Estimate, clustered_estimate
from annotation.quality.selectors.flags import flags_of, typical_agreement
from annotation.quality.selectors.gold_answers import (
    GoldAnswer,
    gold_answers,
    gold_by_annotator,
    gold_of,
)
from annotation.quality.selectors.outcomes import FloatArray, IntArray
from annotation.quality.selectors.person_quality import LeftShare, Pace, PersonQuality
from annotation.quality.selectors.votes_of_others import PairAnswers, matched, pair_answers
from annotation.stats.clustered import clustered_shares

NO_OTHERS = "Nobody else named a winner on a comparison that this person decided."
NO_SHARED = "Nobody else judged a comparison of this person."


@dataclass(frozen=True)
class QualityData:
    """A campaign's answers as arrays, and what each topic reads from them, computed once."""

    rows: AnswerRows
    golds: list[GoldAnswer]
    members: Sequence[Membership]
    versions: Mapping[int, int]
    # The quality rules with an open alert, by user id.
    alerts: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def votes(self) -> PairAnswers:
        """The votes on pairs of candidates."""
        return pair_answers(self.rows)

    @cached_property
    def winners(self) -> Series:
        """Each vote for a winner beside the others': the answer, and the share that agree."""
        kept, share = matched(self.votes, decisive=True)
        return Series(self.votes.row[kept], share)

    @cached_property
    def indices(self) -> dict[int, IntArray]:
        """The answers of each person, by user id, in order of submission."""
        return dict(habits.by_person(self.rows))

    @cached_property
    def repeats(self) -> tuple[IntArray, FloatArray]:
        """The second answers, and whether each equals the first."""
        first, second = habits.repeat_pairs(self.rows)
        answer = self.rows.answer
        return second, (answer[first] == answer[second]).astype(float)

    @cached_property
    def gold_rows(self) -> dict[int, bool]:
        """Whether a gold was answered as expected, by index of the answer."""
        at = {int(pk): index for index, pk in enumerate(self.rows.judgment)}
        return {at[one.judgment]: one.right for one in self.golds if one.judgment in at}

    @cached_property
    def agreement(self) -> dict[int, Estimate]:
        """How often each person names the same winner as others, by user id."""
        return _agreement(self, decisive=True, why=NO_OTHERS)

    @cached_property
    def typical(self) -> float | None:
        """The median of that over the people who have one."""
        members = {member.user_id for member in self.members}
        return typical_agreement(one for pk, one in self.agreement.items() if pk in members)

    def series(self, user_id: int) -> Series:
        """Return what can be checked of one person, in order of submission."""
        own = self.indices.get(user_id, np.zeros(0, dtype=np.int64))
        return series_of(self.gold_rows, self.repeats, self.winners, own)

    @cached_property
    def everybody(self) -> Series:
        """What can be checked of all people, by index into the answers."""
        return series_of(self.gold_rows, self.repeats, self.winners, np.arange(len(self.rows)))

    def of(self, user_id: int) -> tuple[AnswerRows, Series]:
        """Return one person's answers, and their series by index into those answers."""
        own = self.indices.get(user_id, np.zeros(0, dtype=np.int64))
        series = self.series(user_id)
        return self.rows.keep(own), Series(np.searchsorted(own, series.row), series.value)


def quality_data(campaign: Campaign) -> QualityData:
    """Load a campaign's answers for the numbers of its people. Seven queries for any size."""
    members = Membership.objects.filter(campaign=campaign, role=Membership.Role.ANNOTATOR)
    return QualityData(
        rows=answer_rows(campaign),
        golds=gold_answers(campaign),
        members=list(members.select_related("user").order_by("user__username")),
        versions=dict(Rubric.objects.filter(campaign=campaign).values_list("pk", "version")),
        alerts=_open_alerts(campaign),
    )


def _open_alerts(campaign: Campaign) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    rows = RuleAlert.objects.filter(campaign=campaign, handled_at=None)
    for user_id, rule in rows.values_list("user", "rule"):
        found.setdefault(user_id, set()).add(rule)
    return {user_id: frozenset(rules) for user_id, rules in found.items()}


def people_quality(campaign: Campaign) -> list[PersonQuality]:
    """Return what is known of every annotator, removed ones too, by name."""
    return quality_of(quality_data(campaign))


def quality_of(data: QualityData, *, only: int | None = None) -> list[PersonQuality]:
    """Return what is known of every annotator from loaded answers.

    only: of this user id alone; what others answered is then read for comparison alone.
    """
    left = habits.left_by_person(data.rows)
    pace = habits.pace_by_person(data.rows)
    repeats = habits.repeats_by_person(data.rows)
    golds = gold_by_annotator(data.golds)
    verdicts = _agreement(data, decisive=False, why=NO_SHARED)
    nobody = clustered_estimate(None, NO_OTHERS), clustered_estimate(None, NO_SHARED)
    people = []
    for member in data.members:
        pk = member.user_id
        if only not in {None, pk}:
            continue
        people.append(
            PersonQuality(
                **_own_answers(data, member),
                gold=gold_of(golds.get(pk, [])),
                repeats=repeats.get(pk) or habits.no_repeats(),
                left=left.get(pk) or LeftShare(None, None, None, 0, why=habits.NO_WINNER),
                agreement=data.agreement.get(pk, nobody[0]),
                verdicts=verdicts.get(pk, nobody[1]),
                pace=pace.get(pk) or Pace(None, None, 0, 0, habits.NO_TIME),
            )
        )
    return [
        replace(
            one,
            flags=flags_of(
                one, typical=data.typical, rules=data.alerts.get(one.user_id, frozenset())
            ),
        )
        for one in people
    ]


def _own_answers(data: QualityData, member: Membership) -> dict[str, Any]:
    """Return what a person's answers show without those of others."""
    indices = data.indices.get(member.user_id, np.zeros(0, dtype=np.int64))
    rows = data.rows.keep(indices)
    return {
        "user_id": member.user_id,
        "username": member.user.username,
        "pseudonym": member.pseudonym,
        "n": int((rows.counting & ~rows.aside).sum()),
        "n_answers": len(rows),
        "run": habits.run_of(rows),
        "duplicate_notes": habits.duplicate_notes(rows),
        "not_loaded": habits.share_bad(rows.loaded),
        "below_full_size": habits.share_bad(rows.full_size),
        "impossible_times": habits.share_bad(rows.claim_fits, habits.NO_TIME),
        "drift": drift_of(data.series(member.user_id), data.rows, data.versions),
    }


def _agreement(data: QualityData, *, decisive: bool, why: str) -> dict[int, Estimate]:
    kept, share = matched(data.votes, decisive=decisive)
    row = data.votes.row[kept]
    if not len(row):
        return {}
    found = clustered_shares(data.rows.annotator[row], share, data.rows.source[row])
    return {int(pk): clustered_estimate(one, why) for pk, one in found.items()}  # type: ignore[call-overload]
