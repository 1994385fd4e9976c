"""A small judged campaign with real pictures, for snapshots, exports, training and signals."""

import io
import uuid
from datetime import timedelta
from functools import cache
from itertools import combinations

from django.db import transaction
from django.db.models.functions import Now
from PIL import Image, ImageDraw

from annotation.models import Assignment, Judgment, Lane
from tests.factories import (
    make_campaign,
    make_candidate,
    make_comparison,
    make_image,
    make_item,
    make_member,
)

GENERATORS = ("aster", "birch", "cedar")
# What each generator does to the picture, best first.
QUALITY = {"aster": 3, "birch": 2, "cedar": 1}


@cache
def picture(number, quality):
    """Return a PNG: a disc on a ground, and noise bars where the quality is low."""
    image = Image.new("RGB", (64, 64), (40 + number * 7 % 180, 90, 160))
    draw = ImageDraw.Draw(image)
    draw.ellipse((16, 16, 48, 48), fill=(200, (number * 31) % 255, 60))
    for bar in range((4 - quality) * 3 if quality else 0):
        draw.line((0, bar * 6, 63, bar * 6 + 2), fill=(255, 0, 255), width=2)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@transaction.atomic
def make_study(*, n_items=10, n_people=3, lead=None, held_out=2, odd=(), **columns):
    """Create a live campaign whose better generator always wins; `held_out` items are held out.

    odd: numbers of items on which birch and cedar are judged the wrong way round.

    Needs the `media_root` fixture. Returns (campaign, people, comparisons).
    """
    campaign = make_campaign(lead=lead, overlap=n_people, **columns)
    people = [make_member(campaign) for _ in range(n_people)]
    comparisons = []
    for number in range(n_items):
        arm = {"random_arm": number < held_out + 1, "held_out": number < held_out}
        source = make_image(files=True, data=picture(number, 0))
        item = make_item(campaign, source=source, instruction=f"Tidy picture {number}.", **arm)
        edits = {
            name: make_candidate(
                item,
                generator=name,
                image=make_image(files=True, data=picture(number, QUALITY[name])),
            )
            for name in GENERATORS
        }
        for pair in combinations(GENERATORS, 2):
            comparison = make_comparison(item, candidates=[edits[name] for name in pair])
            judge(comparison, people, wrong=number in odd and pair == GENERATORS[1:])
            comparisons.append(comparison)
    return campaign, people, comparisons


def judge(comparison, people, *, wrong=False):
    """Let everyone rank the candidates by their generators' quality, or the wrong way round."""
    quality = qualities(comparison)[:: -1 if wrong else 1]
    rubric = comparison.campaign.rubrics.latest("version")
    shared = {"campaign": comparison.campaign, "comparison": comparison, "rubric": rubric}
    # All at once: one after the other would take most of a study's time.
    assignments = Assignment.objects.bulk_create(
        Assignment(
            annotator=person,
            state="submitted",
            slot=slot,
            lane=Lane.COVERAGE,
            policy="all",
            shown_order=[0, 1],
            expires_at=Now() + timedelta(minutes=comparison.campaign.lease_minutes),
            closed_at=Now(),
            **shared,
        )
        for slot, person in enumerate(people, 1)
    )
    Judgment.objects.bulk_create(
        Judgment(
            assignment=assignment,
            annotator=assignment.annotator,
            lane=assignment.lane,
            client_id=uuid.uuid4(),
            ranks=[1 if own == max(quality) else 2 for own in quality],
            scores=[[own + 1] * 2 for own in quality],
            **shared,
        )
        for assignment in assignments
    )


def qualities(comparison):
    """Return each candidate's quality in canonical order."""
    from annotation.models import Candidate

    rows = Candidate.objects.select_related("generator").in_bulk(comparison.candidate_ids)
    return [QUALITY[rows[pk].generator.name] for pk in comparison.candidate_ids]
