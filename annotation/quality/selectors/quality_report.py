"""The machine-readable report of a campaign's people, for the command and the API."""

from collections.abc import Sequence
from typing import Any

from annotation.models import Campaign
from annotation.quality.rules import Finding, check, decide
from annotation.quality.selectors.evidence import campaign_evidence
from annotation.quality.selectors.flags import FLAG_OF_RULE, FLAGS, typical_agreement
from annotation.quality.selectors.people_quality import people_quality
from annotation.quality.selectors.person_quality import PersonQuality


def quality_report(campaign: Campaign) -> dict[str, Any]:
    """Return every annotator's numbers and the campaign's, as plain data; null where undefined.

    action: what the quality rules suggest for the person, whatever their modes are.
    """
    people = people_quality(campaign)
    evidence = campaign_evidence(campaign)
    typical = typical_agreement(person.agreement for person in people)
    why = {} if typical is not None else {"typical_agreement": "No two people can be compared yet."}
    rows = [_row(person, check(evidence.of(person.user_id))) for person in people]
    return {
        "people": rows,
        "campaign": {
            "campaign": campaign.slug,
            "n_people": len(people),
            "n": sum(person.n for person in people),
            "n_flagged": sum(bool(row["flags"]) for row in rows),
            "typical_agreement": typical,
            "why": why,
        },
    }


def _row(person: PersonQuality, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return a person; the flags name what any rule found, whatever its mode is."""
    found = {FLAG_OF_RULE[one.rule] for one in findings if one.action is not None}
    flags = [name for name in FLAGS if name in found or name in person.flags]
    return person.as_dict() | {"flags": flags, "action": decide(findings)}
