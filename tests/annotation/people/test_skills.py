"""What a person is asked about: set by a lead, from what the items state, and kept to by leases."""

import pytest
from django.urls import reverse

from annotation.errors import DomainError, InvalidSetting
from annotation.models import CampaignEvent, Membership
from annotation.people.skills import set_skills
from annotation.queue.services.leases import lease_next
from tests.annotation.invariants import everything
from tests.factories import make_campaign, make_item, make_member, make_queued, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(alice):
    made = make_campaign(lead=alice)
    for category, language in (("colour", "de"), ("colour", "en"), ("object", ""), ("", "en")):
        make_queued(make_item(made, category=category, language=language, files=True))
    return made


@pytest.fixture
def bob(campaign):
    return make_member(campaign, make_user("bob"))


def asked(campaign, person):
    """Return (category, language) of everything a person is served until nothing is left."""
    seen = []
    while leases := lease_next(campaign=campaign, annotator=person).assignments:
        for lease in leases:
            item = lease.comparison.item
            seen.append((item.category, item.language))
            type(lease).objects.filter(pk=lease.pk).update(
                state="skipped", closed_at=lease.leased_at
            )
    return sorted(seen)


@pytest.mark.parametrize(
    ("skills", "suited"),
    [
        (([], []), [("", "en"), ("colour", "de"), ("colour", "en"), ("object", "")]),
        ((["colour"], []), [("colour", "de"), ("colour", "en")]),
        (([], ["de"]), [("colour", "de"), ("object", "")]),
        ((["object"], ["de"]), [("object", "")]),
        ((["colour", "object"], ["en"]), [("colour", "en"), ("object", "")]),
    ],
)
def test_a_person_is_served_what_they_are_asked_about(media_root, campaign, bob, skills, suited):
    categories, languages = skills
    set_skills(campaign=campaign, user=bob, categories=categories, languages=languages, actor=None)
    assert asked(campaign, bob) == suited


def test_new_skills_begin_the_search_for_work_anew_and_are_written_down(campaign, bob, alice):
    Membership.objects.filter(user=bob).update(search_cursors={"coverage": 1.5})
    set_skills(
        campaign=campaign, user=bob, categories=["object", "colour"], languages=["en"], actor=alice
    )
    member = Membership.objects.get(user=bob)
    assert (member.categories, member.languages) == (["colour", "object"], ["en"])
    assert member.search_cursors == {}
    event = CampaignEvent.objects.get(campaign=campaign)
    assert (event.verb, event.actor, event.detail["user"]) == ("skills_set", alice, "bob")
    assert event.detail["changes"]["languages"] == {"from": [], "to": ["en"]}


def test_the_same_skills_again_change_nothing(campaign, bob):
    Membership.objects.filter(user=bob).update(search_cursors={"coverage": 1.5})
    before = everything()
    set_skills(campaign=campaign, user=bob, categories=[], languages=[], actor=None)
    assert everything() == before
    assert not CampaignEvent.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"categories": ["Colour"]}, "categories"),
        ({"categories": ["colour", "painting"]}, "categories"),
        ({"languages": ["fr"]}, "languages"),
        ({"languages": [""]}, "languages"),
    ],
)
def test_free_text_is_refused_and_changes_nothing(campaign, bob, given, field):
    before = everything()
    with pytest.raises(InvalidSetting) as refusal:
        set_skills(
            campaign=campaign, user=bob, actor=None, **{"categories": [], "languages": []} | given
        )
    assert refusal.value.field == field
    assert everything() == before
    assert not CampaignEvent.objects.exists()


def test_what_another_campaigns_items_state_is_free_text_here(campaign, bob):
    make_item(make_campaign(), category="painting")
    with pytest.raises(InvalidSetting):
        set_skills(campaign=campaign, user=bob, categories=["painting"], languages=[], actor=None)


def test_a_skill_outlives_the_last_item_that_states_it(campaign, bob):
    set_skills(campaign=campaign, user=bob, categories=["object"], languages=[], actor=None)
    campaign.items.filter(category="object").update(category="")
    set_skills(
        campaign=campaign, user=bob, categories=["object", "colour"], languages=[], actor=None
    )
    assert Membership.objects.get(user=bob).categories == ["colour", "object"]


def test_somebody_who_judges_nothing_has_no_skills(campaign, alice):
    before = everything()
    with pytest.raises(DomainError, match="judges nothing"):
        set_skills(campaign=campaign, user=alice, categories=["colour"], languages=[], actor=None)
    assert everything() == before


def test_skills_count_for_an_annotator_who_adjudicates_as_well(campaign, bob):
    make_member(campaign, bob, role="adjudicator")
    set_skills(campaign=campaign, user=bob, categories=["colour"], languages=[], actor=None)
    held = Membership.objects.filter(user=bob).values_list("categories", flat=True)
    assert list(held) == [["colour"], ["colour"]]


def test_the_page_offers_what_the_items_state_and_stores_what_is_ticked(page, campaign, bob):
    member = Membership.objects.get(user=bob)
    address = reverse("people-skills", args=[campaign.slug, member.pseudonym])
    form = page.get(address).context["form"]
    assert [value for value, _ in form.fields["categories"].choices] == ["colour", "object"]
    assert [value for value, _ in form.fields["languages"].choices] == ["de", "en"]
    people = reverse("people", args=[campaign.slug])
    assert page.post(address, {"categories": ["colour"], "languages": ["de"]}).url == people
    member.refresh_from_db()
    assert (member.categories, member.languages) == (["colour"], ["de"])
    assert "colour; de" in page.get(people).content.decode()
    assert page.post(address, {}).status_code == 302
    member.refresh_from_db()
    assert (member.categories, member.languages) == ([], [])


def test_the_page_refuses_free_text_at_the_field(page, campaign, bob):
    address = reverse(
        "people-skills", args=[campaign.slug, Membership.objects.get(user=bob).pseudonym]
    )
    before = everything()
    answer = page.post(address, {"categories": ["painting"]})
    assert answer.status_code == 422
    assert "categories" in answer.context["form"].errors
    assert everything() == before


def test_a_lead_who_does_not_judge_has_no_such_page(page, campaign, alice):
    pseudonym = Membership.objects.get(user=alice).pseudonym
    assert page.get(reverse("people-skills", args=[campaign.slug, pseudonym])).status_code == 404
