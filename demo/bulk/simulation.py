"""Many simulated judgments at once, for measurements and pages at scale: rows by COPY.

The rows are what leases and submits would have left: slots, orders, lanes, times and counters fit
together. Triggers and foreign keys do not run meanwhile, so a superuser of PostgreSQL is needed,
and nobody else judges until it ends.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from django.db import ProgrammingError, connection, transaction

from annotation.campaigns.services import note_simulated_votes
from annotation.errors import DomainError
from annotation.models import Assignment, Campaign, Candidate, Rubric, User
from annotation.rubrics.selectors import words_of
from demo.bulk.answers import Answers, answers_of
from demo.bulk.counters import free_no_more, write_counters
from demo.bulk.sharing import extras_of, share_out
from demo.bulk.timeline import timeline
from demo.bulk.voting import Panel, Votes
from demo.bulk.work import free_slots, golds
from demo.bulk.writing import Writer
from demo.experts import Persona, Quality
from demo.simulation import Simulated, accounts
from demo.truth import Truth

BLOCK_ROWS = 50_000
LOCKED = ("annotation_queueentry", "annotation_assignment", "annotation_judgment")
ANALYSED = ("assignment", "judgment", "queueentry", "membership")


def simulate_in_bulk(
    *,
    campaign: Campaign,
    personas: Sequence[Persona],
    n_judgments: int,
    seed: int,
    truth: Truth | None = None,
) -> Simulated:
    """Store `n_judgments` of personas who have not judged in the campaign before.

    Fewer where fewer slots are free. Nobody declines, and the answers lie in the past, the last
    ones just before now. Each is by the persona's model, not the very answer that `simulate` would
    give. Raises DomainError, and then no judgment is stored, in a campaign whose answers decide how
    many more people are asked, and for people who have answered already.
    """
    began = time.monotonic()
    with transaction.atomic():
        _refuse(campaign, personas)
        note_simulated_votes(campaign)
        users = list(accounts(campaign, personas).values())
        _lock_tables()
        rng = np.random.default_rng(seed)
        answers = _answers(campaign, personas, n_judgments, rng)
        _write(campaign, users, answers, _panel(campaign, personas, seed, truth or Truth()), rng)
        free_no_more(answers)
        write_counters(campaign, users, answers)
    _analyze()
    counts = np.bincount(answers.person, minlength=len(personas)).tolist()
    return Simulated(
        judgments=len(answers),
        by_persona=Counter(dict(zip([one.name for one in personas], counts, strict=True))),
        reason="done" if len(answers) < n_judgments else None,
        seconds=time.monotonic() - began,
    )


def _refuse(campaign: Campaign, personas: Sequence[Persona]) -> None:
    if campaign.is_adaptive:
        raise DomainError(
            "--bulk is for campaigns with a fixed number of judgments per comparison: here, the "
            "answers decide how many people are asked."
        )
    known = Assignment.objects.filter(
        campaign=campaign, annotator__username__in=[one.name for one in personas]
    )
    name = known.order_by("annotator__username").values_list("annotator__username", flat=True)[:1]
    if name:
        raise DomainError(
            f"--bulk is for people who have not judged in the campaign; {name[0]!r} has. Name "
            "others by --personas."
        )


def _lock_tables() -> None:
    """Keep everybody else from leasing and answering, and triggers from running."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(LOCKED)} IN SHARE ROW EXCLUSIVE MODE")
        try:
            cursor.execute("SET LOCAL session_replication_role = replica")
        except ProgrammingError as refusal:
            raise DomainError("--bulk needs a superuser of PostgreSQL.") from refusal


def _answers(
    campaign: Campaign, personas: Sequence[Persona], n: int, rng: np.random.Generator
) -> Answers:
    slots, gold = free_slots(campaign), golds(campaign)
    if not len(slots):
        raise DomainError("No slot is free: there is nothing to judge.")
    n_people = len(personas)
    extras = extras_of(campaign, n_golds=len(gold), n_each=min(n, len(slots)) // n_people)
    n_counting = max(1, n - n_people * (extras.golds + extras.repeats))
    shares = share_out(slots, gold, extras, n_people=n_people, n=n_counting, rng=rng)
    times = timeline(shares, personas, now=time.time(), rng=rng)
    repeat_policy = f"repeat:{campaign.repeat_percent}%"
    return answers_of(slots, gold, shares, times, repeat_policy=repeat_policy)


def _panel(campaign: Campaign, personas: Sequence[Persona], seed: int, truth: Truth) -> Panel:
    return Panel(
        personas,
        [one.slug for one in words_of(_rubric(campaign))],
        known=_known(campaign, truth),
        quality_seed=campaign.seed,
        seed=seed,
    )


def _rubric(campaign: Campaign) -> Rubric:
    rubric = campaign.rubrics.filter(published_at__isnull=False).order_by("version").last()
    if rubric is None:
        raise DomainError("The campaign has no published rubric.")
    return rubric


def _known(campaign: Campaign, truth: Truth) -> Mapping[int, Quality]:
    if not (truth.by_edit or truth.by_image):
        return {}
    rows = Candidate.objects.filter(item__campaign=campaign).values_list(
        "pk", "item__instruction", "image__sha256"
    )
    found = {pk: truth.quality(instruction, digest) for pk, instruction, digest in rows}
    return {pk: quality for pk, quality in found.items() if quality is not None}


def _write(
    campaign: Campaign,
    users: Sequence[User],
    answers: Answers,
    panel: Panel,
    rng: np.random.Generator,
) -> None:
    writer = Writer(
        campaign_id=campaign.pk,
        rubric_id=_rubric(campaign).pk,
        lease_minutes=campaign.lease_minutes,
        user_ids=np.array([user.pk for user in users]),
        n=len(answers),
    )
    for start in range(0, len(answers), BLOCK_ROWS):
        block = answers.keep(slice(start, start + BLOCK_ROWS))
        writer.write(block, _votes(block, panel, rng))


def _votes(
    block: Answers, panel: Panel, rng: np.random.Generator
) -> list[tuple[npt.NDArray[np.int64], Votes]]:
    """Return the votes on comparisons of each size, with the indices of their answers."""
    found = []
    for k in np.unique(block.k).tolist():
        rows = np.flatnonzero(block.k == k)
        order = block.shown[rows, :k]
        shown = np.take_along_axis(block.candidates[rows, :k], order, axis=1)
        found.append((rows, panel.vote(block.person[rows], shown, block.careless[rows], rng)))
    return found


def _analyze() -> None:
    with connection.cursor() as cursor:
        for table in ANALYSED:
            cursor.execute(f"ANALYZE annotation_{table}")
