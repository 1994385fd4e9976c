"""Pictures that somebody may not want to see: marked, reported, not served to who opted out."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.http import Http404
from django.test import Client
from django.urls import reverse

from annotation.errors import DomainError, InvalidAnswer
from annotation.items.services.items import correct_item
from annotation.items.services.sensitive import (
    REPORTED,
    REPORTS_A_DAY,
    report_item,
    resolve_reports,
)
from annotation.models import CampaignEvent, Item, ItemReport, Lane, User
from annotation.queue.selectors.queue import count_open, people_left
from annotation.queue.services.leases import ONLY_SENSITIVE, lease_next
from annotation.queue.services.queue import offer
from tests.annotation.invariants import check_queue, everything
from tests.factories import (
    make_assignment,
    make_campaign,
    make_comparison,
    make_item,
    make_member,
    make_queued,
    make_user,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(alice):
    return make_campaign(lead=alice, overlap=2)


@pytest.fixture
def bob(campaign):
    return make_member(campaign, make_user("bob"))


def opt_out(person):
    User.objects.filter(pk=person.pk).update(preferences={"sensitive": "never"})
    person.refresh_from_db()


def served(campaign, person):
    """Return what makes each item sensitive that a person is served until nothing is left."""
    seen = []
    while leases := lease_next(campaign=campaign, annotator=person).assignments:
        seen += [lease.comparison.item.sensitive for lease in leases]
        for lease in leases:
            submit(lease)
    return sorted(seen)


def queue_two(campaign):
    return [make_queued(make_item(campaign, sensitive=why)) for why in ("", "wounds")]


@pytest.mark.parametrize("choice", [None, "blur", "show"])
def test_who_did_not_opt_out_is_served_sensitive_items_too(campaign, bob, choice):
    User.objects.filter(pk=bob.pk).update(preferences={"sensitive": choice} if choice else {})
    queue_two(campaign)
    assert served(campaign, bob) == ["", "wounds"]


def test_who_opted_out_is_never_served_a_sensitive_item_in_any_lane_but_adjudication(campaign, bob):
    opt_out(bob)
    plain, wounds = queue_two(campaign)
    golden = make_comparison(make_item(campaign, sensitive="wounds"))
    offer(campaign=campaign, lane=Lane.GOLD, propensities={golden.pk: None}, policy="test")
    type(campaign).objects.filter(pk=campaign.pk).update(lane_plan=["gold", "random"] * 25)
    assert served(campaign, bob) == [""]
    check_queue(enqueued={plain.pk, wounds.pk})
    carol = make_member(campaign, role="adjudicator", user=make_user("carol"))
    opt_out(carol)
    offer(campaign=campaign, lane=Lane.ADJUDICATION, propensities={wounds.pk: None}, policy="test")
    assert served(campaign, carol) == ["wounds"]


def test_a_repeat_of_what_became_sensitive_is_not_served_to_who_opted_out(campaign, bob):
    comparison = make_queued(make_item(campaign))
    [lease] = lease_next(campaign=campaign, annotator=bob).assignments
    submit(lease)
    comparison.queue.all().delete()
    comparison.queue.create(
        campaign=campaign, source=comparison.item.source, lane=Lane.REPEAT, annotator=bob,
        shown_order=[1, 0], draw_key=0, policy="test",
    )  # fmt: skip
    opt_out(bob)
    Item.objects.update(sensitive="wounds")
    result = lease_next(campaign=campaign, annotator=bob)
    assert (result.leases, result.reason) == ([], "not_qualified")
    User.objects.filter(pk=bob.pk).update(preferences={})
    assert lease_next(campaign=campaign, annotator=bob).leases


def test_only_sensitive_work_left_is_explained(campaign, bob):
    opt_out(bob)
    make_queued(make_item(campaign, sensitive="wounds"))
    result = lease_next(campaign=campaign, annotator=bob)
    assert (result.leases, result.reason) == ([], "not_qualified")
    assert result.detail == str(ONLY_SENSITIVE)
    client = Client()
    client.force_login(bob)
    assert str(ONLY_SENSITIVE) in client.get(reverse("judge", args=[campaign.slug])).text


def test_what_is_outside_a_persons_skills_is_not_blamed_on_being_sensitive(campaign, bob):
    opt_out(bob)
    make_queued(make_item(campaign, sensitive="wounds", category="people"))
    bob.memberships.update(categories=["colour"])
    result = lease_next(campaign=campaign, annotator=bob)
    assert (result.reason, result.detail) == ("not_qualified", "")


def test_what_others_hold_is_waited_for_only_where_it_could_be_served(campaign, bob):
    opt_out(bob)
    comparison = make_queued(make_item(campaign), overlap=1)
    make_assignment(comparison, slot=1)
    assert lease_next(campaign=campaign, annotator=bob).reason == "waiting"
    Item.objects.update(sensitive="wounds")
    assert lease_next(campaign=campaign, annotator=bob).reason == "not_qualified"


def test_an_open_lease_stays_when_its_item_becomes_sensitive(campaign, bob):
    opt_out(bob)
    make_queued(make_item(campaign))
    [lease] = lease_next(campaign=campaign, annotator=bob).assignments
    Item.objects.update(sensitive="wounds")
    assert lease_next(campaign=campaign, annotator=bob).assignments == [lease]
    assert submit(lease).state == "counted"


def test_counts_of_open_work_and_of_people_left_leave_out_who_opted_out(campaign, bob):
    _, wounds = queue_two(campaign)
    make_member(campaign)
    assert count_open(campaign, bob, at_most=9) == 2
    assert people_left([wounds.pk]) == {wounds.pk: 2}
    opt_out(bob)
    assert count_open(campaign, bob, at_most=9) == 1
    assert people_left([wounds.pk]) == {wounds.pk: 1}
    make_member(campaign, bob, role="adjudicator")
    assert people_left([wounds.pk], "adjudicator") == {wounds.pk: 1}


@pytest.fixture
def lease(campaign, bob):
    make_queued(make_item(campaign))
    return lease_next(campaign=campaign, annotator=bob).assignments[0]


def report(lease, reason="Blood on the face."):
    report_item(assignment_public_id=lease.public_id, annotator=lease.annotator, reason=reason)


def test_a_report_tells_the_leads_and_that_of_a_second_person_marks_the_item(campaign, bob, lease):
    report(lease)
    item = Item.objects.get()
    assert item.sensitive == ""
    row = ItemReport.objects.get()
    assert (row.item, row.reporter, row.reason) == (item, bob, "Blood on the face.")
    event = CampaignEvent.objects.get()
    assert (event.verb, event.actor) == ("item_reported", bob)
    report(make_assignment(lease.comparison))
    item.refresh_from_db()
    assert item.sensitive == REPORTED


def test_a_lead_who_keeps_a_single_report_marks_the_item(alice, lease):
    report(lease)
    resolve_reports(item=Item.objects.get(), decision="keep", actor=alice)
    assert Item.objects.get().sensitive == REPORTED


def test_one_person_reports_so_many_items_a_day_and_no_more(campaign, bob, lease):
    for _ in range(REPORTS_A_DAY - 1):
        report(make_assignment(make_comparison(campaign=campaign), bob))
    report(lease)
    one_more = make_assignment(make_comparison(campaign=campaign), bob)
    with pytest.raises(InvalidAnswer, match="today") as refusal:
        report(one_more)
    assert refusal.value.field == "reason"
    assert ItemReport.objects.count() == REPORTS_A_DAY
    ItemReport.objects.update(created_at=Now() - timedelta(days=1))
    report(one_more)
    assert ItemReport.objects.count() == REPORTS_A_DAY + 1


def test_a_report_keeps_the_reason_known_before(campaign, lease):
    report(lease, "x" * 200)
    Item.objects.update(sensitive="wounds")
    other = make_assignment(lease.comparison)
    report(other, "Something else.")
    assert Item.objects.get().sensitive == "wounds"
    assert ItemReport.objects.count() == 2


def test_a_second_report_changes_nothing_while_the_first_is_open(lease):
    report(lease)
    report(lease, "Again.")
    assert ItemReport.objects.get().reason == "Blood on the face."
    assert CampaignEvent.objects.count() == 1


def test_a_report_of_an_item_out_of_use_changes_nothing(lease):
    Item.objects.update(withdrawn_at=Now())
    report(lease)
    assert not ItemReport.objects.exists()


@pytest.mark.parametrize("reason", [None, "", "  ", 7, "x" * 201, "\0"])
def test_a_report_without_a_reason_is_refused(lease, reason):
    with pytest.raises(InvalidAnswer) as refusal:
        report(lease, reason)
    assert refusal.value.field == "reason"
    assert not ItemReport.objects.exists()
    assert Item.objects.get().sensitive == ""


def test_others_and_removed_people_cannot_report(campaign, bob, lease):
    with pytest.raises(Http404):
        report_item(
            assignment_public_id=lease.public_id, annotator=make_member(campaign), reason="x"
        )
    bob.memberships.update(removed_at=Now())
    with pytest.raises(Http404):
        report(lease)
    assert not ItemReport.objects.exists()


@pytest.mark.parametrize(
    ("decision", "left"),
    [("keep", (REPORTED, False)), ("clear", ("", False)), ("withdraw", (REPORTED, True))],
)
def test_a_lead_answers_all_open_reports_of_an_item_at_once(page, campaign, lease, decision, left):
    report(lease, "Blood.")
    report(make_assignment(lease.comparison), "Wounds.")
    item = Item.objects.get()
    listed = page.get(reverse("items", args=[campaign.slug])).text
    assert "Blood." in listed
    assert "Wounds." in listed
    address = reverse("item-reports", args=[campaign.slug, item.public_id])
    assert page.post(address, {"decision": decision}).status_code == 302
    item.refresh_from_db()
    assert (item.sensitive, item.withdrawn_at is not None) == left
    assert set(ItemReport.objects.values_list("resolved_by__username", flat=True)) == {"alice"}
    assert "Keep as sensitive" not in page.get(reverse("items", args=[campaign.slug])).text
    assert CampaignEvent.objects.filter(verb="reports_resolved").count() == 1


def test_a_decision_that_is_none_and_one_about_nothing_change_nothing(alice, lease):
    item = Item.objects.get()
    with pytest.raises(DomainError, match="no open report"):
        resolve_reports(item=item, decision="withdraw", actor=alice)
    report(lease)
    with pytest.raises(DomainError, match="keep, clear, withdraw"):
        resolve_reports(item=item, decision="burn", actor=alice)
    item.refresh_from_db()
    assert item.withdrawn_at is None
    assert ItemReport.objects.get().resolved_at is None


def test_a_lead_sets_and_clears_the_mark_and_it_is_written_down(page, campaign):
    item = make_item(campaign)
    fields = {"instruction": item.instruction, "sensitive": "wounds", "reason": "Seen."}
    posted = {f"correct-{name}": value for name, value in fields.items()}
    address = reverse("item-correct", args=[campaign.slug, item.public_id])
    before = everything()
    assert page.post(address, posted).status_code == 302
    item.refresh_from_db()
    assert (item.sensitive, item.version) == ("wounds", 1)
    assert "Sensitive" in page.get(reverse("items", args=[campaign.slug])).text
    assert page.post(address, posted | {"correct-sensitive": ""}).status_code == 302
    item.refresh_from_db()
    assert item.sensitive == ""
    first, second = CampaignEvent.objects.filter(campaign=campaign).order_by("pk")
    assert first.detail["changes"] == {"sensitive": {"from": "", "to": "wounds"}}
    assert second.detail["changes"] == {"sensitive": {"from": "wounds", "to": ""}}
    assert everything() == before


def test_a_corrected_instruction_keeps_the_mark(campaign, alice):
    item = make_item(campaign, sensitive="wounds")
    new = correct_item(item=item, reason="Typo.", actor=alice, instruction="Another one.")
    assert (new.pk != item.pk, new.sensitive) == (True, "wounds")
