"""A campaign large enough for a storm, written in bulk."""

import hashlib

from django.db import transaction
from rest_framework.authtoken.models import Token

from annotation.models import (
    Candidate,
    Comparison,
    Derivative,
    Generator,
    Item,
    Membership,
    StoredImage,
    User,
)
from annotation.queue.services.queue import enqueue_comparisons
from tests.factories import make_campaign

# Every tenth comparison has more candidates than two.
SIZES = (2, 2, 2, 2, 3, 2, 2, 2, 2, 4)


@transaction.atomic
def begin(number, n_people, n_comparisons, overlap):
    """Create the campaign, its people and its queue, all or nothing."""
    campaign = make_campaign(overlap=overlap, description=f"faults {number}", lease_minutes=5)
    people = User.objects.bulk_create(
        User(username=f"faults-{number}-{nth}", password="!") for nth in range(n_people)
    )
    for person in people:
        Membership.objects.create(campaign=campaign, user=person, role="annotator")
        Token.objects.create(user=person)
    comparisons = _comparisons(campaign, n_comparisons)
    enqueue_comparisons(
        campaign=campaign, propensities={row.pk: 1.0 for row in comparisons}, policy="all"
    )
    return campaign


def tokens(campaign):
    """Return the keys of a campaign's annotators, in the order they were added."""
    members = Membership.objects.filter(campaign=campaign, role="annotator").order_by("pk")
    return [Token.objects.get(user=member.user_id).key for member in members]


def _comparisons(campaign, n_comparisons):
    sizes = [SIZES[nth % len(SIZES)] for nth in range(n_comparisons)]
    images = iter(_images(campaign.pk, sum(sizes) + n_comparisons))
    items = Item.objects.bulk_create(
        Item(
            campaign=campaign,
            source=next(images),
            instruction=f"Move object {nth}.",
            instruction_sha256=_hash(f"instruction {nth}"),
            random_arm=nth % 5 == 0,
            held_out=False,
        )
        for nth in range(n_comparisons)
    )
    generators = [
        Generator.objects.create(campaign=campaign, name=f"generator-{nth}", version="")
        for nth in range(max(SIZES))
    ]
    candidates = Candidate.objects.bulk_create(
        Candidate(item=item, generator=generators[nth], image=next(images))
        for item, size in zip(items, sizes, strict=True)
        for nth in range(size)
    )
    rows = iter(candidates)
    return Comparison.objects.bulk_create(
        Comparison(
            campaign=campaign,
            item=item,
            overlap=campaign.overlap,
            candidate_ids=_canonical([next(rows) for _ in range(size)]),
        )
        for item, size in zip(items, sizes, strict=True)
    )


def _images(number, count):
    images = StoredImage.objects.bulk_create(
        StoredImage(
            sha256=_hash(f"{number} {nth}"), n_bytes=1, file_format="PNG", width=48, height=32
        )
        for nth in range(count)
    )
    Derivative.objects.bulk_create(
        Derivative(
            image=image,
            variant=variant,
            path=f"{image.sha256}.{variant}",
            width=48,
            height=32,
            n_bytes=1,
        )
        for image in images
        for variant in Derivative.Variant.values
    )
    return images


def _canonical(candidates):
    return [row.pk for row in sorted(candidates, key=lambda row: (row.image.sha256, row.pk))]


def _hash(text):
    return hashlib.sha256(text.encode()).hexdigest()
