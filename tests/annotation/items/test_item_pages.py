"""The lead's pages of items and candidates."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.items.services.items import correct_item, withdraw_candidate
from annotation.models import CampaignEvent, Candidate, Generator, Item
from tests.factories import (
    make_campaign,
    make_candidate,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_user,
)
from tests.pages import part

pytestmark = pytest.mark.django_db
EVIL = '<script>alert("x")</script>'


@pytest.fixture
def page(client, alice, campaign):
    """Return page(name, row=None, data=None, **query) as the lead sees or sends it."""
    client.force_login(alice)

    def send(name, row=None, data=None, **query):
        url = reverse(name, args=[campaign.slug, *([row.public_id] if row else [])])
        return client.get(url, query) if data is None else client.post(url, data)

    return send


def two_candidates(campaign, **columns):
    item = make_item(campaign, **columns)
    for name in ("painter", "brush"):
        make_candidate(item, generator=name)
    return item


def shown(response):
    return [item.instruction for item in response.context["page"]]


def test_the_item_list_takes_the_same_queries_for_two_items_and_for_twenty(page, campaign):
    for _ in range(2):
        two_candidates(campaign)
    page("items")
    with CaptureQueriesContext(connection) as few:
        assert page("items").status_code == 200
    for _ in range(18):
        two_candidates(campaign)
    with CaptureQueriesContext(connection) as many:
        assert page("items").status_code == 200
    assert len(many) == len(few)


def test_the_list_is_filtered_by_text_arm_generator_category_and_use(page, campaign):
    two_candidates(campaign, instruction="Add a red hat.", category="add")
    two_candidates(campaign, instruction="Remove the hat.", random_arm=True)
    two_candidates(campaign, instruction="Blur it.", held_out=True)
    lone = make_item(campaign, instruction="Nothing else.")
    make_candidate(lone, generator="rare")
    gone = two_candidates(campaign, instruction="Gone.")
    correct_item(item=gone, reason="Typo.", actor=None, instruction="Came.")
    assert shown(page("items", text="HAT")) == ["Add a red hat.", "Remove the hat."]
    assert shown(page("items", arm="random")) == ["Remove the hat."]
    assert shown(page("items", arm="held_out")) == ["Blur it."]
    assert shown(page("items", generator="rare")) == ["Nothing else."]
    assert shown(page("items", category="add")) == ["Add a red hat."]
    assert shown(page("items", shown="withdrawn")) == ["Gone."]
    assert len(shown(page("items", shown="all"))) == 6
    assert len(shown(page("items", shown="nonsense", page="x", arm="?", batch="?"))) == 5
    assert shown(page("items", batch=uuid.uuid4())) == []


def test_an_empty_campaign_says_what_to_do_next(page, campaign):
    response = page("items")
    assert reverse("imports", args=[campaign.slug]) in response.content.decode()


def test_instructions_and_generators_are_shown_as_text(page, campaign):
    item = make_item(campaign, instruction=EVIL, category=EVIL)
    generator = Generator.objects.create(campaign=campaign, name=EVIL)
    candidate = make_candidate(item, generator=generator, seed="<b>", licence=EVIL)
    for response in (page("items"), page("item", item), page("candidate", candidate)):
        assert response.status_code == 200
        assert EVIL not in response.content.decode()
        assert "&lt;script&gt;" in response.content.decode()


def test_the_item_page_says_what_a_change_takes_out_of_use(page, campaign):
    item = two_candidates(campaign)
    make_judgment(make_comparison(item, candidates=list(item.candidates.all())), slot=1)
    make_judgment(item.comparisons.get(), slot=2)
    shown = page("item", item)
    assert part(shown, '[data-effect="withdraw"]').numbers == [1, 2]
    assert part(shown, '[data-effect="correct"]').numbers == [1, 2]


def test_the_item_page_names_the_known_best_edit_where_one_is_stated(page, campaign):
    stated, other = (two_candidates(campaign, known_best=best) for best in ("painter", ""))
    assert "Known best" in page("item", stated).content.decode()
    assert "Known best" not in page("item", other).content.decode()


def test_withdrawing_an_item_redirects_and_shows_why(page, campaign, alice):
    item = two_candidates(campaign)
    response = page("item-withdraw", item, {"withdraw-reason": "Wrong photo."})
    assert response.url == reverse("item", args=[campaign.slug, item.public_id])
    text = page("item", item).content.decode()
    assert "Wrong photo." in text
    assert "Withdraw this item" not in text
    assert CampaignEvent.objects.get(verb="item_withdrawn").actor == alice


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("item-withdraw", {}),
        ("item-withdraw", {"withdraw-reason": "x" * 251}),
        ("item-correct", {"correct-instruction": "", "correct-reason": "Typo."}),
        ("item-correct", {"correct-instruction": "New."}),
        ("item-correct", {"correct-instruction": "x" * 4_001, "correct-reason": "Typo."}),
        ("item-correct", {"correct-instruction": "Taken.", "correct-reason": "Typo."}),
        ("item-correct", {"correct-instruction": "Same.", "correct-reason": "Typo."}),
        ("item-correct", {"correct-instruction": "a\x00", "correct-reason": "Typo."}),
    ],
)
def test_a_form_that_cannot_be_is_shown_again_and_changes_nothing(page, campaign, name, data):
    item = two_candidates(campaign, instruction="Same.")
    make_item(campaign, source=item.source, instruction="Taken.")
    before = list(Item.objects.values())
    response = page(name, item, data)
    assert response.status_code == 422
    form = response.context["withdraw" if "withdraw" in name else "correct"]
    assert form.errors
    assert list(Item.objects.values()) == before


def test_a_corrected_instruction_leads_to_the_new_version(page, campaign):
    item = two_candidates(campaign)
    data = {"correct-instruction": "Better.", "correct-reason": "Typo."}
    response = page("item-correct", item, data)
    new = Item.objects.get(version=2)
    assert response.url == reverse("item", args=[campaign.slug, new.public_id])
    old_url = reverse("item", args=[campaign.slug, item.public_id])
    assert old_url in page("item", new).content.decode()
    assert page("item", item).status_code == 200
    assert page("candidate", item.candidates.first()).status_code == 200


def test_a_generator_is_corrected_and_a_taken_one_refused(page, campaign):
    candidate = two_candidates(campaign).candidates.get(generator__name="painter")
    data = {"correct-generator": "brush", "correct-reason": "Swapped."}
    response = page("candidate-correct", candidate, data)
    assert (response.status_code, list(response.context["correct"].errors)) == (422, ["generator"])
    response = page("candidate-correct", candidate, data | {"correct-generator": "pen"})
    assert response.status_code == 302
    assert Candidate.objects.get(supersedes=candidate).generator.name == "pen"


def test_a_withdrawn_candidate_shows_why_and_refuses_a_second_time(page, campaign):
    candidate = two_candidates(campaign).candidates.first()
    assert page("candidate-withdraw", candidate, {"withdraw-reason": "Bad."}).status_code == 302
    again = page("candidate-withdraw", candidate, {"withdraw-reason": "Worse."})
    assert again.status_code == 422
    text = page("candidate", candidate).content.decode()
    assert "Bad." in text
    assert "Worse." not in text


def test_nobody_but_the_lead_finds_these_pages(client, campaign):
    item = two_candidates(campaign)
    candidate = item.candidates.first()
    withdraw_candidate(candidate=candidate, reason="Bad.", actor=None)
    outsider, annotator = make_user(), make_member(campaign)
    other_lead = make_user()
    other = make_campaign(lead=other_lead)
    rows = {"item": item, "candidate": candidate}
    for person in (outsider, annotator, other_lead):
        client.force_login(person)
        assert client.get(reverse("items", args=[campaign.slug])).status_code == 404
        for kind, row in rows.items():
            for name in (kind, f"{kind}-withdraw", f"{kind}-correct"):
                send = client.get if name == kind else client.post
                for slug in {campaign.slug, other.slug}:
                    url = reverse(name, args=[slug, row.public_id])
                    assert send(url).status_code == 404, (person, name, slug)
    client.force_login(other_lead)
    missing = reverse("item", args=[other.slug, uuid.uuid4()])
    assert client.get(missing).status_code == 404
