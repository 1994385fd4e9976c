"""A reporter's own words reach leads, and no other annotator by any way."""

import importlib

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from annotation.items.services.items import correct_item
from annotation.items.services.sensitive import REPORTED, report_item, resolve_reports
from annotation.models import Assignment, Item
from annotation.queue.services.leases import lease_next
from tests.factories import (
    make_assignment,
    make_campaign,
    make_comparison,
    make_item,
    make_member,
    make_queued,
    make_reference,
    make_user,
    submit,
)

pytestmark = pytest.mark.django_db
WORDS = "A is by the new model: pick A."


@pytest.fixture
def lead():
    return make_user("lead")


@pytest.fixture
def campaign(lead):
    return make_campaign(lead=lead, overlap=2)


@pytest.fixture
def reported(campaign):
    """Return an item that two annotators have reported; the first has answered."""
    comparison = make_queued(campaign=campaign, files=True)
    lease = lease_next(campaign=campaign, annotator=make_member(campaign)).assignments[0]
    report_item(assignment_public_id=lease.public_id, annotator=lease.annotator, reason=WORDS)
    submit(Assignment.objects.get(pk=lease.pk), note=WORDS)
    other = make_assignment(comparison)
    report_item(assignment_public_id=other.public_id, annotator=other.annotator, reason=WORDS)
    return comparison.item


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def pages_of(client, campaign):
    """Return all that an annotator of the campaign can read of it."""
    names = ("judge", "mine")
    texts = [client.get(reverse(name, args=[campaign.slug])).text for name in names]
    next_url = f"/api/v1/campaigns/{campaign.slug}/assignments/next/"
    reply = client.post(next_url, {"ahead": 3}, content_type="application/json")
    return [*texts, client.get(reverse("home")).text, reply.content.decode()]


def test_another_annotator_reads_that_it_was_reported_and_not_in_which_words(campaign, reported):
    texts = pages_of(signed_in(make_member(campaign)), campaign)
    assert not [text for text in texts if WORDS in text]
    assert REPORTED in texts[0]
    assert REPORTED in texts[-1]


def test_the_words_reach_the_lead(campaign, lead, reported):
    page = signed_in(lead).get(reverse("items", args=[campaign.slug])).text
    assert WORDS in page


@pytest.mark.parametrize("decision", ["keep", "clear", "withdraw"])
def test_whatever_the_lead_decides_the_words_stay_with_leads(campaign, lead, reported, decision):
    resolve_reports(item=reported, decision=decision, actor=lead)
    make_queued(campaign=campaign, files=True)
    texts = pages_of(signed_in(make_member(campaign)), campaign)
    assert not [text for text in texts if WORDS in text]


def test_the_words_are_in_no_example_of_the_guide(campaign, lead, reported):
    make_reference(make_comparison(reported, files=True), use="example", lead=lead)
    make_queued(campaign=campaign, files=True)
    texts = pages_of(signed_in(make_member(campaign)), campaign)
    assert not [text for text in texts if WORDS in text]


def test_what_an_import_or_a_lead_says_is_shown(campaign, lead):
    item = make_item(campaign, files=True, sensitive="wounds")
    make_queued(item, files=True)
    assert "wounds" in pages_of(signed_in(make_member(campaign)), campaign)[-1]
    correct_item(item=item, reason="Seen.", actor=lead, sensitive="surgery")
    assert "surgery" in pages_of(signed_in(make_member(campaign)), campaign)[-1]


def migrate_words():
    migration = importlib.import_module("annotation.migrations.0014_words_of_reports")
    with connection.cursor() as cursor:
        cursor.execute(migration.MAKE_NEUTRAL)


def test_the_migration_takes_the_words_of_reports_from_items_and_their_corrections(
    campaign, lead, reported
):
    Item.objects.filter(pk=reported.pk).update(sensitive=WORDS)
    reported.refresh_from_db()
    correct_item(item=reported, reason="Typo.", actor=lead, instruction="Another one.")
    imported = make_item(campaign, sensitive="wounds")
    migrate_words()
    found = dict(Item.objects.values_list("version", "sensitive").exclude(pk=imported.pk))
    assert found == {1: REPORTED, 2: REPORTED}
    imported.refresh_from_db()
    assert imported.sensitive == "wounds"


def test_the_migration_leaves_what_a_lead_entered(lead, reported):
    Item.objects.filter(pk=reported.pk).update(sensitive="")
    reported.refresh_from_db()
    correct_item(item=reported, reason="Seen.", actor=lead, sensitive=WORDS)
    migrate_words()
    reported.refresh_from_db()
    assert reported.sensitive == WORDS
