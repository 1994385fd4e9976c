"""The machine-readable report of a campaign's people, for the command and the API."""

from typing import Any

from annotation.models import Campaign
from annotation.quality.rules import check, decide
from annotation.quality.selectors.evidence import campaign_evidence
from annotation.quality.selectors.flags import typical_agreement
from annotation.quality.selectors.people_quality import people_quality


def quality_report(campaign: Campaign) -> dict[str, Any]:
    """Return every annotator's numbers and the campaign's, as plain data; null where undefined.

    action: what the quality rules suggest for the person, whatever their modes are.
    """
    people = people_quality(campaign)
    evidence = campaign_evidence(campaign)
    typical = typical_agreement(people)
    why = {} if typical is not None else {"typical_agreement": "No two people can be compared yet."}
    return {
        "people": [
            person.as_dict() | {"action": decide(check(evidence.of(person.user_id)))}
            for person in people
        ],
        "campaign": {
            "campaign": campaign.slug,
            "n_people": len(people),
            "n": sum(person.n for person in people),
            "n_flagged": sum(bool(person.flags) for person in people),
            "typical_agreement": typical,
            "why": why,
        },
    }
