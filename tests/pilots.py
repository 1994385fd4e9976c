"""A judged campaign with people of known habits, written in bulk: pages and numbers start here."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations, cycle

import numpy as np
from django.utils import timezone

from annotation.models import Assignment, Candidate, Comparison, Generator, Judgment, Rubric
from tests.factories import (
    make_campaign,
    make_image,
    make_item,
    make_member,
    make_reference,
    make_user,
)

GENERATORS = ("alpha", "beta", "gamma")
START = timedelta(days=7)


@dataclass
class Pilot:
    """The campaign, its lead, and the people by name."""

    campaign: object
    lead: object
    people: dict = field(default_factory=dict)

    def pseudonym(self, name):
        return self.campaign.memberships.get(user=self.people[name]).pseudonym


def careful(accuracy=0.85, seconds=25):
    """Names the better edit (the canonically first) so often, ties now and then."""

    def answer(draw, _order):
        if draw.random() < 0.08:
            return [1, 1]
        return [1, 2] if draw.random() < accuracy else [2, 1]

    return answer, seconds


def always_left(seconds=2):
    return (lambda _draw, order: [1, 2] if order == [0, 1] else [2, 1]), seconds


def at_random(seconds=8):
    return (lambda draw, _order: [[1, 2], [2, 1], [1, 1]][draw.integers(3)]), seconds


PEOPLE = {
    "ann": careful(),
    "dee": careful(0.8, 31),
    "eve": careful(0.88, 22),
    "fay": careful(0.83, 28),
    "bob.left": always_left(),
    "cy.random": at_random(),
}


def make_pilot(
    *, n_comparisons=60, n_golds=12, n_repeats=12, people=None, seed=0, pictures=None, overlap=3
):
    """Return a pilot in which everybody answers about equally many comparisons, golds, repeats.

    pictures: stored images to use, source and two edits an item; rows without files otherwise.
    """
    people = people or PEOPLE
    draw = np.random.default_rng(seed)
    lead = make_user(f"lead{uuid.uuid4().hex[:6]}")
    pilot = Pilot(make_campaign(lead=lead, overlap=overlap), lead)
    for name in people:
        user = make_user(f"{name}{uuid.uuid4().hex[:4]}" if pictures is None else name)
        pilot.people[name] = make_member(pilot.campaign, user)
    writer = _Writer(pilot, people, draw)
    comparisons = writer.comparisons(n_comparisons + n_golds, pictures)
    for gold in comparisons[n_comparisons:]:
        make_reference(gold, use="gold", lead=lead)
    # Every group of people equally often, so that nobody is compared with the same others only.
    groups = cycle(draw.permutation(list(combinations(people, overlap))).tolist())
    for comparison, group in zip(comparisons[:n_comparisons], groups, strict=False):
        for slot, name in enumerate(group, 1):
            writer.answer(name, comparison, "coverage", slot)
    for gold in comparisons[n_comparisons:]:
        for name in people:
            writer.answer(name, gold, "gold", None)
    writer.repeats(n_repeats)
    writer.store()
    return pilot


class _Writer:
    def __init__(self, pilot, people, draw):
        self.pilot, self.draw = pilot, draw
        self.habits = people
        self.rubric = Rubric.objects.get(campaign=pilot.campaign)
        self.assignments, self.judgments = [], []
        self.at = dict.fromkeys(people, timezone.now() - START)
        self.answered = {name: [] for name in people}

    def comparisons(self, n, pictures):
        campaign = self.pilot.campaign
        generators = [
            Generator.objects.create(campaign=campaign, name=name, version="")
            for name in GENERATORS
        ]
        rows = []
        for number in range(n):
            source, *edits = pictures[number % len(pictures)] if pictures else [
                make_image(derivatives=False) for _ in range(3)
            ]  # fmt: skip
            item = make_item(campaign, source=source)
            made = Candidate.objects.bulk_create(
                Candidate(item=item, generator=generators[(number + i) % 3], image=edit)
                for i, edit in enumerate(edits)
            )
            made.sort(key=lambda one: (one.image.sha256, one.pk))
            rows.append(
                Comparison(
                    campaign=campaign,
                    item=item,
                    candidate_ids=[one.pk for one in made],
                    overlap=campaign.overlap,
                )
            )
        return Comparison.objects.bulk_create(rows)

    def answer(self, name, comparison, lane, slot, order=None):
        order = order or ([0, 1] if self.draw.random() < 0.5 else [1, 0])
        ranks = self.habits[name][0](self.draw, order)
        seconds = float(self.habits[name][1] * self.draw.lognormal(0, 0.3))
        self.at[name] += timedelta(seconds=seconds + 5)
        if self.draw.random() < 0.01:
            self.at[name] += timedelta(hours=9)
        assignment = Assignment(
            campaign=self.pilot.campaign,
            comparison=comparison,
            annotator=self.pilot.people[name],
            rubric=self.rubric,
            lane=lane,
            policy="all",
            slot=slot,
            shown_order=order,
            state="submitted",
            leased_at=self.at[name] - timedelta(seconds=seconds + 2),
            expires_at=self.at[name] + timedelta(minutes=30),
            closed_at=self.at[name],
        )
        self.assignments.append(assignment)
        self.judgments.append(
            Judgment(
                assignment=assignment,
                campaign=self.pilot.campaign,
                comparison=comparison,
                annotator=self.pilot.people[name],
                rubric=self.rubric,
                lane=lane,
                client_id=uuid.uuid4(),
                ranks=ranks,
                scores=[[max(1, 5 - rank)] * 2 for rank in ranks],
                tie_kind="good" if len(set(ranks)) == 1 else None,
                active_ms=round(1000 * seconds),
                evidence={
                    "images_loaded": True,
                    "views": {"side": round(900 * seconds)},
                    "full_size_seen": [True, seconds > 20, seconds > 20],
                    "largest_zoom": 1,
                },
                created_at=self.at[name],
            )
        )
        self.answered[name].append((comparison, order))

    def repeats(self, n):
        for name, answered in self.answered.items():
            for number, (comparison, order) in enumerate(answered[:n]):
                again = order if number % 2 else order[::-1]
                self.answer(name, comparison, "repeat", None, again)

    def store(self):
        Assignment.objects.bulk_create(self.assignments, batch_size=2_000)
        Judgment.objects.bulk_create(self.judgments, batch_size=2_000)
