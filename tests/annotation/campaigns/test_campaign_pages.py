import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import Campaign, Membership
from tests.factories import (
    PASSWORD,
    make_campaign,
    make_candidate,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_queued,
    make_user,
)
from tests.pages import messages_of, part, parts

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def test_home_says_what_to_do_next_in_each_campaign(page, alice):
    draft = make_campaign(lead=alice, state="draft", name="Bare draft", rubric=False)
    live = make_campaign(state="live", name="Live one")
    make_member(live, alice)
    make_queued(campaign=live)
    shown = text(page.get("/"))
    assert "No items yet." in shown
    assert reverse("campaign", args=[draft.slug]) in shown
    assert "Work is waiting." in shown
    assert reverse("judge", args=[live.slug]) in shown
    assert f'"{reverse("campaign", args=[live.slug])}"' not in shown


@pytest.mark.parametrize(
    ("state", "paused", "said"),
    [
        ("draft", False, "Not started yet."),
        ("paused", False, "Paused for now."),
        ("live", True, "Paused for now."),
        ("closed", False, "Closed."),
        ("live", False, "Nothing waits right now."),
    ],
)
def test_home_tells_an_annotator_how_things_stand(page, alice, state, paused, said):
    campaign = make_campaign(state=state)
    make_member(campaign, alice, paused_at=campaign.created_at if paused else None)
    assert said in text(page.get("/"))


def test_home_of_somebody_without_campaigns_says_how_to_get_into_one(page, alice):
    home = page.get("/")
    assert alice.username in part(home, ".empty").text
    assert parts(home, "li.card") == []
    assert reverse("campaign-new") not in text(home)


def test_home_asks_the_database_the_same_for_one_campaign_and_for_ten(
    page, alice, django_assert_num_queries
):
    make_campaign(lead=alice)
    with django_assert_num_queries(12):
        page.get("/")
    for _ in range(9):
        make_member(make_campaign(lead=alice), alice)
    with django_assert_num_queries(12):
        page.get("/")


def test_a_draft_shows_what_is_missing_and_cannot_be_opened(page, alice):
    campaign = make_campaign(lead=alice, state="draft", rubric=False)
    address = reverse("campaign", args=[campaign.slug])
    shown = page.get(address)
    missing = part(shown, "[data-missing]").text
    assert [each in missing for each in ("rubric", "comparison")] == [True, True]
    assert "disabled" in part(shown, 'button[value="live"]').attributes
    answer = page.post(reverse("campaign-state", args=[campaign.slug]), {"state": "live"})
    assert answer.status_code == 302
    assert "error" in messages_of(page.get(answer.url))
    campaign.refresh_from_db()
    assert campaign.state == "draft"


def test_a_ready_draft_goes_live_and_is_paused_by_its_buttons(page, alice):
    campaign = make_campaign(lead=alice, state="draft")
    make_queued(campaign=campaign)
    make_member(campaign)
    for state in ("live", "paused"):
        page.post(reverse("campaign-state", args=[campaign.slug]), {"state": state})
        campaign.refresh_from_db()
        assert campaign.state == state
    assert "Go on live" in text(page.get(reverse("campaign", args=[campaign.slug])))


def test_the_overview_counts_what_fills_the_overlap_and_nothing_else(page, alice):
    campaign = make_campaign(lead=alice, overlap=3)
    waiting = make_queued(campaign=campaign)
    make_judgment(waiting, slot=1, worked_ms=30_000)
    make_judgment(waiting, state="surplus", worked_ms=30_000)
    make_judgment(waiting, lane="gold")
    make_judgment(waiting, cannot_judge="Too dark.")
    make_comparison(campaign=campaign, held_at=campaign.created_at, held_reason="Nobody left.")
    response = page.get(reverse("campaign", args=[campaign.slug]))
    progress = response.context["progress"]
    assert (progress.n_judged, progress.n_wanted) == (1, 6)
    assert (progress.n_comparisons, progress.n_held, progress.n_complete) == (2, 1, 0)
    assert progress.hours_left == pytest.approx(5 * 30 / 3600)
    assert sum(n for _, n in progress.days) == 4
    assert "?show=held" in text(response)


def test_the_overview_asks_the_database_the_same_for_any_size(
    page, alice, django_assert_num_queries
):
    campaign = make_campaign(lead=alice)
    make_judgment(make_queued(campaign=campaign), slot=1)
    with django_assert_num_queries(23):
        page.get(reverse("campaign", args=[campaign.slug]))
    for _ in range(5):
        make_judgment(make_queued(campaign=campaign), slot=1)
    with django_assert_num_queries(23):
        page.get(reverse("campaign", args=[campaign.slug]))


def test_a_lead_makes_a_campaign_and_leads_it(page, alice):
    make_campaign(lead=alice)
    given = {"name": "Sky edits", "slug": "sky", "k": 3, "overlap": 2, "lease_minutes": 20}
    answer = page.post(reverse("campaign-new"), given)
    made = Campaign.objects.get(slug="sky")
    assert answer.url == reverse("campaign", args=["sky"])
    assert (made.k, made.overlap, made.state) == (3, 2, "draft")
    assert Membership.objects.filter(campaign=made, user=alice, role="lead").exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [({"slug": "taken"}, "slug"), ({"k": 9}, "k"), ({"name": ""}, "name"), ({"k": "x"}, "k")],
)
def test_a_campaign_that_cannot_be_made_shows_why_at_the_field(page, alice, change, field):
    make_campaign(lead=alice, slug="taken")
    given = {"name": "Sky", "slug": "sky", "k": 2, "overlap": 2, "lease_minutes": 20} | change
    answer = page.post(reverse("campaign-new"), given)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert Campaign.objects.count() == 1


def test_making_campaigns_is_for_staff_and_leads(page):
    assert page.get(reverse("campaign-new")).status_code == 404
    answer = page.post(reverse("campaign-new"), {"name": "Mine", "slug": "mine"})
    assert answer.status_code == 404
    assert not Campaign.objects.exists()


def test_settings_are_saved_and_what_is_settled_is_ignored_after_the_draft(page, alice):
    campaign = make_campaign(lead=alice, state="live", overlap=3)
    address = reverse("campaign-settings", args=[campaign.slug])
    given = {
        "name": "Renamed",
        "description": "Now with words.",
        "lease_minutes": 45,
        "send_back_batch": 0,
        "k": 4,
        "overlap": 9,
    }
    assert page.post(address, given).url == address
    campaign.refresh_from_db()
    assert (campaign.name, campaign.lease_minutes, campaign.send_back_batch) == ("Renamed", 45, 0)
    assert (campaign.k, campaign.overlap) == (2, 3)
    assert page.post(address, given | {"lease_minutes": 0}).status_code == 422


def test_settings_of_a_draft_with_items_keep_the_arms(page, alice):
    campaign = make_campaign(lead=alice, state="draft")
    make_candidate(make_item(campaign))
    given = {
        "name": campaign.name,
        "lease_minutes": 30,
        "send_back_batch": 10,
        "k": 2,
        "overlap": 3,
        "random_arm_percent": 60,
        "held_out_percent": 10,
    }
    answer = page.post(reverse("campaign-settings", args=[campaign.slug]), given)
    assert answer.status_code == 422
    assert "random_arm_percent" in answer.context["form"].errors
    campaign.refresh_from_db()
    assert campaign.random_arm_percent == 20


def test_user_text_is_shown_as_text(page, alice):
    campaign = make_campaign(lead=alice, name="<script>alert(1)</script>", description="<b>x</b>")
    shown = text(page.get(reverse("campaign", args=[campaign.slug])))
    assert "<script>alert(1)" not in shown
    assert "&lt;b&gt;x&lt;/b&gt;" in shown


def test_signing_in_out_and_changing_the_password():
    make_user("bob")
    client = Client()
    answer = client.post(reverse("login"), {"username": "bob", "password": "wrong"})
    assert answer.status_code == 422
    given = {"username": "bob", "password": PASSWORD, "next": "/password/"}
    assert client.post(reverse("login"), given).url == "/password/"
    new = "a-much-better-secret"
    refused = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    assert client.post(reverse("password_change"), refused).status_code == 422
    accepted = refused | {"old_password": PASSWORD}
    assert client.post(reverse("password_change"), accepted).status_code == 302
    assert client.get("/").status_code == 200
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).url == reverse("login")
    assert client.get("/").url == "/login/?next=/"
    assert client.login(username="bob", password=new)


def test_an_address_elsewhere_is_not_followed_after_signing_in():
    make_user("bob")
    given = {"username": "bob", "password": PASSWORD, "next": "https://example.org/"}
    assert Client().post(reverse("login"), given).url == "/"
