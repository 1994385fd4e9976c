"""From two people who disagree to the exported label."""

import json

import pytest
from django.core.management import call_command

from annotation.adjudication.services.claims import claim
from annotation.adjudication.services.decisions import decide
from annotation.adjudication.services.hand_over import hand_over
from annotation.queue.services.leases import lease_next
from tests import factories as make
from tests.annotation.adjudication.disputes import FIRST, SECOND, adjudicator, answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


def exported(campaign, out):
    call_command("export", campaign.slug, format="chosen-rejected", out=out)
    rows = [
        json.loads(line) for path in out.rglob("*.jsonl") for line in path.read_text().splitlines()
    ]
    return {row["comparison_id"]: row for row in rows}


def voted(campaign, ranks):
    """Let one more annotator answer the next comparison."""
    person = make.make_member(campaign)
    [assignment] = lease_next(campaign=campaign, annotator=person).assignments
    answer(assignment, ranks)


def test_the_label_of_a_decided_disagreement_is_exported(tmp_path):
    lead = make.make_user()
    campaign = make.make_campaign(lead=lead, overlap=2, second_reading_percent=0)
    comparison = make.make_queued(make.make_item(campaign, files=True), files=True)
    voted(campaign, FIRST)
    voted(campaign, SECOND)
    assert exported(campaign, tmp_path / "before") == {}
    person = adjudicator(campaign)
    handed = hand_over(campaign=campaign, kinds=[], at_most=9, actor=lead)
    assert [row.comparison_id for row in handed.chosen] == [comparison.pk]
    assignment = claim(campaign=campaign, user=person)
    answer(assignment, SECOND)
    decide(assignment=assignment, user=person, cause="hard", note="Zoom in.")
    [row] = exported(campaign, tmp_path / "after").values()
    assert row["comparison_id"] == str(comparison.public_id)
    assert (row["resolved_by"], row["n_judgments"]) == ("adjudication", 2)


def test_a_matter_of_taste_is_exported_as_what_it_is(tmp_path):
    campaign = make.make_campaign(lead=make.make_user(), overlap=2, second_reading_percent=0)
    make.make_queued(make.make_item(campaign, files=True), files=True)
    voted(campaign, FIRST)
    voted(campaign, SECOND)
    person = adjudicator(campaign)
    hand_over(campaign=campaign, kinds=[], at_most=9, actor=None)
    assignment = claim(campaign=campaign, user=person)
    answer(assignment, SECOND)
    decide(assignment=assignment, user=person, cause="taste", is_resolved=False)
    assert exported(campaign, tmp_path / "out") == {}
