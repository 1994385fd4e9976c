"""Let simulated experts judge in a campaign, through the services of real annotators."""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotation.answers.parsing import Answer
from annotation.campaigns.services import note_simulated_votes
from annotation.judging.services.judgments import submit_judgment
from annotation.models import Assignment, Campaign, Candidate, Membership, User
from annotation.people.services import give_role
from annotation.queue.services.leases import lease_next
from annotation.rubrics.selectors import words_of
from demo.experts import Persona, Quality, answer, unknown_quality
from demo.truth import Truth


@dataclass
class Simulated:
    """Judgments in total and by persona; reason: why it ended early, or None."""

    judgments: int = 0
    surplus: int = 0
    cannot_judge: int = 0
    by_persona: Counter[str] = field(default_factory=Counter)
    reason: str | None = None
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Judgments in a second, accounts included."""
        return self.judgments / self.seconds if self.seconds else 0.0


def accounts(campaign: Campaign, personas: Sequence[Persona]) -> dict[str, User]:
    """Return the personas' accounts; those that are not annotators of the campaign become so.

    They have no usable password: nobody signs in as a simulated expert.
    """
    users = {}
    for persona in personas:
        user, is_new = User.objects.get_or_create(
            username=persona.name, defaults={"first_name": "Simulated", "last_name": "expert"}
        )
        if is_new:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        give_role(campaign=campaign, user=user, role="annotator", actor=None)
        users[persona.name] = user
    # Nothing has to be kept secret from them, and a seed is to give the same judgments again.
    simulated = Membership.objects.filter(campaign=campaign, user__in=users.values())
    simulated.update(own_plan=None)
    return users


def simulate(  # noqa: PLR0913 - options, all by keyword
    *,
    campaign: Campaign,
    personas: Sequence[Persona],
    n_judgments: int,
    seed: int,
    truth: Truth | None = None,
    progress: Callable[[int], None] | None = None,
) -> Simulated:
    """Have personas judge until `n_judgments` more are stored or no work is left for any of them.

    The seed decides who is next. The quality of a candidate without known truth is drawn from the
    campaign's seed and its image, so that repeated runs agree. The campaign's leads see that
    judgments in it are simulated. Every answer is leased and submitted
    like a person's, one transaction each, at the database's time.
    """
    began = time.monotonic()
    note_simulated_votes(campaign)
    result, shared = Simulated(), _SharedState(campaign, truth or Truth(), seed)
    users = accounts(campaign, personas)
    working = list(personas)
    rng = np.random.default_rng(seed)
    while result.judgments < n_judgments and working:
        persona = working[int(rng.integers(len(working)))]
        leased = lease_next(campaign=campaign, annotator=users[persona.name], ahead=1)
        if not leased.assignments:
            working.remove(persona)
            result.reason = leased.reason
            continue
        _judge(shared, persona, leased.assignments[0], result)
        if progress:
            progress(result.judgments)
    if working:
        result.reason = None
    result.seconds = time.monotonic() - began
    return result


@dataclass
class _SharedState:
    """Shared data of the personas: the campaign, the truth about its candidates, and the seed."""

    campaign: Campaign
    truth: Truth
    seed: int
    dimensions: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def slugs(self, assignment: Assignment) -> tuple[str, ...]:
        if assignment.rubric_id not in self.dimensions:
            words = words_of(assignment.rubric)
            self.dimensions[assignment.rubric_id] = tuple(d.slug for d in words)
        return self.dimensions[assignment.rubric_id]

    def shown(self, assignment: Assignment) -> list[tuple[str, Quality]]:
        """Return (identity, quality) of the candidates in shown order."""
        comparison, slugs = assignment.comparison, self.slugs(assignment)
        rows = Candidate.objects.select_related("image").in_bulk(comparison.candidate_ids)
        instruction = comparison.item.instruction
        found = []
        for index in assignment.shown_order:
            digest = rows[comparison.candidate_ids[index]].image.sha256
            # The same image for another instruction has another quality.
            identity = f"{comparison.item.instruction_sha256}:{digest}"
            quality = self.truth.quality(instruction, digest) or unknown_quality(
                identity, slugs, seed=self.campaign.seed
            )
            found.append((identity, quality))
        return found


def _judge(
    shared: _SharedState, persona: Persona, assignment: Assignment, result: Simulated
) -> None:
    simulated = answer(
        persona, shared.shown(assignment), shared.slugs(assignment), seed=shared.seed
    )
    stored = submit_judgment(
        assignment_public_id=assignment.public_id,
        annotator=assignment.annotator,
        answer=Answer(
            client_id=uuid.uuid4(),
            scores=simulated.scores,
            ranks=simulated.ranks,
            tie_kind=simulated.tie_kind,
            cannot_judge=simulated.cannot_judge,
            active_ms=simulated.active_ms,
            # Simulated experts answer at once: the time says how long a person would have worked.
            worked_ms=simulated.active_ms,
            evidence={"simulated": True},
        ),
    )
    result.judgments += 1
    result.surplus += stored.state == "surplus"
    result.cannot_judge += bool(simulated.cannot_judge)
    result.by_persona[persona.name] += 1
