import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.comparisons import jobs as comparison_jobs
from annotation.comparisons import views as view
from annotation.comparisons.selectors import PAGE
from annotation.models import Campaign, Comparison, QueueEntry
from annotation.queue.services.leases import lease_next
from jobs.models import Job
from jobs.runner import run_one
from tests.factories import (
    make_campaign,
    make_candidate,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_queued,
    submit,
)
from tests.pages import messages_of

pytestmark = pytest.mark.django_db
BALANCED = {"k": 2, "strategy": "balanced", "per_item": 1, "anchor": ""}


@pytest.fixture
def campaign(alice):
    campaign = make_campaign(lead=alice, state="draft")
    for _ in range(4):
        item = make_item(campaign)
        for name in ("ant", "bee", "cow"):
            make_candidate(item, generator=name)
    return campaign


@pytest.fixture
def address(campaign):
    return reverse("comparisons", args=[campaign.slug])


def at(name, campaign, *more):
    return reverse(name, args=[campaign.slug, *more])


def test_a_preview_shows_the_cost_and_writes_nothing(page, campaign, address):
    shown = page.get(address, BALANCED)
    assert shown.status_code == 200
    plan = shown.context["plan"]
    assert (len(plan.chosen), plan.judgments_wanted) == (4, 12)
    assert "Build 4 comparisons" in shown.content.decode()
    assert dict(shown.context["pairs"])["ant"] == [None, *dict(shown.context["pairs"])["ant"][1:]]
    assert not Comparison.objects.exists()


def test_what_was_previewed_is_what_is_built(page, campaign, address):
    plan = page.get(address, BALANCED).context["plan"]
    assert page.post(at("comparisons-build", campaign), BALANCED).url == address
    built = sorted(tuple(ids) for ids in Comparison.objects.values_list("candidate_ids", flat=True))
    assert built == sorted(chosen.candidates for chosen in plan.chosen)
    again = page.post(at("comparisons-build", campaign), BALANCED, follow=True)
    # No number: none was added.
    assert not re.search(r"\d", messages_of(again)["success"])
    assert Comparison.objects.count() == len(built)


def test_a_number_per_item_is_ignored_where_the_strategy_takes_all(page, campaign):
    page.post(at("comparisons-build", campaign), BALANCED | {"strategy": "all", "anchor": "ant"})
    assert Comparison.objects.count() == 12


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"k": 5}, "k"),
        ({"strategy": "some"}, "strategy"),
        ({"per_item": ""}, "per_item"),
        ({"per_item": 0}, "per_item"),
        ({"strategy": "anchor", "anchor": ""}, "anchor"),
        ({"strategy": "anchor", "anchor": "eel"}, "anchor"),
    ],
)
def test_a_build_that_makes_no_sense_answers_422_at_the_field(page, campaign, change, field):
    answer = page.post(at("comparisons-build", campaign), BALANCED | change)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert page.get(at("comparisons", campaign), BALANCED | change).status_code == 422
    assert not Comparison.objects.exists()


def test_a_large_build_is_left_to_a_worker(page, campaign, address, monkeypatch):
    monkeypatch.setattr(view, "LARGE", 3)
    page.post(at("comparisons-build", campaign), BALANCED)
    job = Job.objects.get(kind=comparison_jobs.KIND)
    assert not Comparison.objects.exists()
    assert "poll.js" in page.get(address).content.decode()
    assert run_one("default").result == {"comparisons": 4, "queued": 4}
    assert QueueEntry.objects.values("comparison").distinct().count() == 4
    job.refresh_from_db()
    assert job.state == "done"


def test_held_comparisons_come_first_and_pages_follow_by_key(page, campaign, address):
    for _ in range(PAGE + 2):
        make_queued(campaign=campaign)
    last = make_comparison(campaign=campaign, held_at=timezone.now(), held_reason="Two could not.")
    first = page.get(address)
    lines = first.context["page"].lines
    assert lines[0].comparison == last
    assert len(lines) == PAGE
    rest = page.get(address, {"after": first.context["page"].next_after}).context["page"]
    assert len(rest.lines) == 3
    assert rest.next_after is None
    ids = [line.comparison.pk for line in [*lines, *rest.lines]]
    assert len(set(ids)) == PAGE + 3
    held = page.get(address, {"show": "held"}).context["page"]
    assert [line.comparison for line in held.lines] == [last]
    assert page.get(address, {"after": "nonsense", "show": "nonsense"}).status_code == 200


def test_many_held_comparisons_run_over_into_the_next_pages(page, campaign, address):
    for i in range(PAGE + 3):
        held = {"held_at": timezone.now(), "held_reason": "x"} if i % 8 else {}
        make_comparison(campaign=campaign, **held)
    seen, after = [], None
    for _ in range(3):
        shown = page.get(address, {"after": after} if after else {}).context["page"]
        seen += [(line.comparison.held_at is None, line.comparison.pk) for line in shown.lines]
        after = shown.next_after
        if after is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == PAGE + 3


def test_a_page_of_comparisons_asks_the_same_for_one_and_for_many(
    page, campaign, address, django_assert_num_queries
):
    make_judgment(make_queued(campaign=campaign), slot=1)
    with django_assert_num_queries(21):
        assert len(page.get(address).context["page"].lines) == 1
    for _ in range(12):
        make_judgment(make_queued(campaign=campaign, k=3), slot=1)
    with django_assert_num_queries(21):
        assert len(page.get(address).context["page"].lines) == 13


def test_remarks_of_answers_in_force_are_shown_in_the_rubrics_words(page, campaign, address):
    item = make_item(campaign)
    candidates = [make_candidate(item, generator=name) for name in ("ant", "bee")]
    comparison = make_queued(item, candidates=candidates)
    second = item.candidates.get(pk=comparison.candidate_ids[1])
    said = {
        "flags": {"visual_quality": [[], [0]]},
        "strength": 2,
        "reasons": ["<b>Hands"],
        "defects": [{"candidate": 0, "box": [0, 0, 1, 1], "dimension": None, "criterion": None}],
    }
    make_judgment(comparison, slot=1, remarks=said)
    make_judgment(comparison, state="surplus", remarks={"flagged": True})
    answer = page.get(address)
    (payload,) = answer.context["page"].lines[0].remarks
    (failed,) = payload.failed
    assert (failed.edit, failed.dimension, failed.criteria) == (
        str(second.generator),
        "Visual quality",
        ["Look here"],
    )
    assert (payload.strength, payload.n_boxes, payload.flagged) == ("Clearly better", 1, False)
    html = answer.content.decode()
    assert "Look here" in html
    assert "&lt;b&gt;Hands" in html
    assert "1 box" in html


def test_flagged_comparisons_are_a_list_of_their_own(page, campaign, address):
    plain, flagged, unable, gone = (make_queued(campaign=campaign) for _ in range(4))
    make_judgment(plain, slot=1)
    for _ in range(2):
        make_judgment(flagged, remarks={"flagged": True})
    make_judgment(unable, cannot_judge="Too dark.", remarks={"flagged": True})
    make_judgment(gone, slot=1, remarks={"flagged": True})
    Comparison.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
    shown = page.get(address, {"show": "flagged"})
    assert [line.comparison for line in shown.context["page"].lines] == [flagged, unable]
    assert ("flagged", "Flagged", 2) in shown.context["shows"]
    after = page.get(address, {"show": "flagged", "after": flagged.public_id})
    assert [line.comparison for line in after.context["page"].lines] == [unable]


def test_a_held_comparison_is_released_and_withdrawn_by_its_buttons(page, campaign):
    comparison = make_comparison(
        campaign=campaign, held_at=timezone.now(), held_reason="Two could not."
    )
    page.post(at("comparison-release", campaign, comparison.public_id))
    assert QueueEntry.objects.filter(comparison=comparison).exists()
    withdraw = at("comparison-withdraw", campaign, comparison.public_id)
    page.post(withdraw, {"reason": ""})
    comparison.refresh_from_db()
    assert comparison.withdrawn_at is None
    page.post(withdraw, {"reason": "Wrong source."})
    comparison.refresh_from_db()
    assert comparison.withdrawn_at is not None
    assert not QueueEntry.objects.filter(comparison=comparison).exists()


def test_a_held_comparison_goes_to_an_adjudicator_who_decides(page, campaign):
    comparison = make_comparison(
        campaign=campaign, held_at=timezone.now(), held_reason="Two could not."
    )
    button = at("comparison-adjudicate", campaign, comparison.public_id)
    listed = at("comparisons", campaign)
    page.post(button)
    assert "adjudicator" in messages_of(page.get(listed))["error"]
    assert not QueueEntry.objects.exists()
    judge = make_member(campaign, role="adjudicator")
    assert button in page.get(listed).content.decode()
    page.post(button)
    assert button not in page.get(listed).content.decode()
    assert "With the adjudicators" in page.get(listed).content.decode()
    assert QueueEntry.objects.get().lane == "adjudication"
    client = Client()
    client.force_login(judge)
    Campaign.objects.filter(pk=campaign.pk).update(state="live")
    (line,) = client.get("/").context["joined"]
    assert (line.target, line.roles[0].advice[0]) == ("decide", "1")
    (assignment,) = lease_next(campaign=campaign, annotator=judge).assignments
    submit(assignment)
    comparison.refresh_from_db()
    assert (comparison.held_at, comparison.settled_at is None) == (None, False)
    (line,) = client.get("/").context["joined"]
    assert line.target == ""


def test_a_comparison_of_another_campaign_is_not_found(page, campaign, alice):
    other = make_queued(campaign=make_campaign(lead=alice))
    for name in ("comparison-release", "comparison-adjudicate", "comparison-withdraw"):
        assert page.post(at(name, campaign, other.public_id), {"reason": "x"}).status_code == 404
        assert page.post(at(name, campaign, uuid.uuid4()), {"reason": "x"}).status_code == 404
    other.refresh_from_db()
    assert other.withdrawn_at is None


def test_all_comparisons_of_a_draft_are_discarded_by_a_button(page, campaign, address):
    page.post(at("comparisons-build", campaign), BALANCED)
    assert "Discard all" in page.get(address).content.decode()
    page.post(at("comparisons-discard", campaign))
    assert not Comparison.objects.exists()
    assert not QueueEntry.objects.exists()
