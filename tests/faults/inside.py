"""What a fault test asks an installation from inside: `python -m tests.faults.inside NAME JSON`."""

import json
import sys
from collections import Counter


def seed(n_people, n_comparisons, overlap):
    """Create a live campaign with a queue; return its slug and a token per annotator."""
    from rest_framework.authtoken.models import Token

    from tests.factories import make_campaign, make_item, make_member, make_queued

    campaign = make_campaign(overlap=overlap)
    people = [make_member(campaign) for _ in range(n_people)]
    for number in range(n_comparisons):
        item = make_item(campaign, random_arm=number % 5 == 0)
        make_queued(item)
    return {
        "slug": campaign.slug,
        "tokens": [Token.objects.create(user=person).key for person in people],
    }


def audit(slug):
    """Return what the database says about the invariants, from its rows alone."""
    from annotation.models import Assignment, Campaign, Judgment, QueueEntry

    campaign = Campaign.objects.get(slug=slug)
    judgments = list(Judgment.objects.filter(campaign=campaign))
    counted = [j for j in judgments if not j.surplus and not j.cannot_judge]
    per_comparison = Counter(j.comparison_id for j in counted)
    per_person = Counter((j.comparison_id, j.annotator_id) for j in counted)
    orders: dict[int, Counter[int]] = {}
    for assignment in Assignment.objects.filter(campaign=campaign, state="submitted"):
        first = orders.setdefault(assignment.comparison_id, Counter())
        first[assignment.shown_order[0]] += 1
    full = [pk for pk, n in per_comparison.items() if n == campaign.overlap]
    return {
        "client_ids": [str(j.client_id) for j in judgments],
        "n_counted": len(counted),
        "most_on_a_comparison": max(per_comparison.values(), default=0),
        "most_by_one_person": max(per_person.values(), default=0),
        "n_full": len(full),
        "worst_imbalance": max((abs(orders[pk][0] - orders[pk][1]) for pk in full), default=0),
        "free_in_queue": sum(QueueEntry.objects.values_list("free", flat=True)),
        "n_live": Assignment.objects.filter(campaign=campaign, state="leased").count(),
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))  # noqa: T201
