"""A lead warns, pauses, sets aside and restores on pages; the person reads it and appeals."""

import pytest
from django.test import Client
from django.urls import reverse

from annotation.campaigns.events import recent_events
from annotation.models import Judgment, Membership, PersonMessage, Reclaim, RuleAlert, SetAside
from tests.annotation.invariants import everything
from tests.factories import make_comparison, make_judgment, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(campaign):
    """Return an annotator of alice's campaign with three answers."""
    bob = make_member(campaign)
    for slot in (1, 1, 1):
        make_judgment(make_comparison(campaign=campaign, overlap=1), bob, slot=slot)
    return bob


@pytest.fixture
def his_page(bob):
    client = Client()
    client.force_login(bob)
    return client


def act(page, campaign, bob, **data):
    pseudonym = Membership.objects.get(user=bob).pseudonym
    return page.post(reverse("person-actions", args=[campaign.slug, pseudonym]), data, follow=True)


def test_the_preview_says_what_would_change_and_changes_nothing(page, campaign, bob):
    pseudonym = Membership.objects.get(user=bob).pseudonym
    before = everything()
    url = reverse("person-actions", args=[campaign.slug, pseudonym])
    shown = page.get(url, {"preview": "1", "since": "", "until": ""}).content.decode()
    assert "3 answers on 3 comparisons" in shown
    assert "3 judgments will be asked of others again" in shown
    assert "3 labels will have no vote left" in shown
    assert everything() == before
    assert page.get(url, {"preview": "1", "since": "yesterday"}).status_code == 422


def test_answers_are_set_aside_with_a_reason_and_undone_by_one_click(page, campaign, bob):
    before = everything()
    refused = act(page, campaign, bob, action="set_aside", reason="")
    assert "Say why" in refused.content.decode()
    assert everything() == before
    act(page, campaign, bob, action="set_aside", since="", until="", reason="Always left.")
    assert SetAside.objects.count() == 3
    reclaim = Reclaim.objects.get()
    undo = reverse("reclaim-undo", args=[campaign.slug, reclaim.public_id])
    done = page.post(undo, follow=True).content.decode()
    assert "The answers count again" in done
    assert not SetAside.objects.exists()


def test_a_pause_with_a_message_is_read_and_appealed_by_the_person(page, his_page, campaign, bob):
    act(page, campaign, bob, action="pause", reason="Always left.", message="Please look.")
    assert Membership.objects.get(user=bob).paused_at is not None
    mine = reverse("person-messages", args=[campaign.slug])
    shown = his_page.get(mine).content.decode()
    assert "Please look." in shown
    # The reason is for the log.
    assert "Always left." not in shown
    message = PersonMessage.objects.get()
    appeal = reverse("message-appeal", args=[campaign.slug, message.public_id])
    his_page.post(appeal, {"message": "I did look."})
    again = his_page.post(appeal, {"message": "Once more."}, follow=True).content.decode()
    assert "You have appealed already" in again
    answer = reverse("appeal-answer", args=[campaign.slug, message.public_id])
    page.post(answer, {"message": "Sorry."})
    act(page, campaign, bob, action="resume", message="Go on.")
    shown = his_page.get(mine).content.decode()
    for words in ("I did look.", "Sorry.", "Go on."):
        assert words in shown
    assert Membership.objects.get(user=bob).paused_at is None
    assert [line.what for line in recent_events(campaign)][:3] == [
        f"let {bob} go on",
        f"answered an appeal of {bob}: Sorry.",
        "appealed: I did look.",
    ]


def test_an_empty_warning_and_an_unknown_action_change_nothing(page, campaign, bob):
    before = everything()
    assert "Say why" in act(page, campaign, bob, action="warn", message=" ").content.decode()
    assert "no such action" in act(page, campaign, bob, action="fire").content.decode()
    assert everything() == before
    assert not PersonMessage.objects.exists()


def test_rules_are_set_and_alerts_dealt_with_on_their_page(page, campaign, bob):
    url = reverse("quality-rules", args=[campaign.slug])
    page.post(url, {"gold": "do", "repeats": "off"})
    campaign.refresh_from_db()
    assert campaign.rule_modes == {
        "agreement": "tell",
        "left_share": "tell",
        "gold": "do",
        "repeats": "off",
    }
    before = campaign.rule_modes
    refused = page.post(url, {"gold": "perhaps"}, follow=True).content.decode()
    assert "There is no mode" in refused
    campaign.refresh_from_db()
    assert campaign.rule_modes == before
    alert = RuleAlert.objects.create(
        campaign=campaign, user=bob, rule="gold", action="pause", reason="Low.", n=9, done="asks"
    )
    assert "Asks before it pauses so many" in page.get(url).content.decode()
    handle = reverse("alert-handle", args=[campaign.slug, alert.public_id])
    page.post(handle, {"action": "pause"})
    assert Membership.objects.get(user=bob).paused_at is not None
    again = page.post(handle, {"action": "leave"}, follow=True).content.decode()
    assert "dealt with already" in again


def aside(page, campaign, answer, **data):
    address = reverse("answer-aside", args=[campaign.slug, answer.public_id])
    return page.post(address, data, follow=True)


def test_one_answer_is_set_aside_on_the_page_of_its_comparison_and_counts_again(
    page, campaign, bob
):
    answer, *others = Judgment.objects.filter(annotator=bob).order_by("pk")
    before = everything()
    shown = aside(page, campaign, answer, action="set_aside", reason="He said so.")
    assert "its slot goes to somebody else" in shown.content.decode()
    assert SetAside.objects.get().judgment_id == answer.pk
    assert "He said so." in shown.content.decode()
    assert "set 1 answers of" in recent_events(campaign)[0].what
    assert Judgment.objects.in_force().filter(pk__in=[one.pk for one in others]).count() == 2
    shown = aside(page, campaign, answer, action="restore")
    assert "The answer counts again." in shown.content.decode()
    same = {name: rows for name, rows in everything().items() if name != "Reclaim"}
    assert same == {name: rows for name, rows in before.items() if name != "Reclaim"}


@pytest.mark.parametrize(
    "data", [{"action": "set_aside", "reason": " "}, {"action": "restore"}, {"action": "x"}]
)
def test_one_answer_stays_without_a_reason_or_a_mark(page, campaign, bob, data):
    answer = Judgment.objects.filter(annotator=bob).first()
    before = everything()
    aside(page, campaign, answer, **data)
    assert everything() == before


def test_one_answer_of_several_set_aside_counts_again_alone(page, campaign, bob):
    act(page, campaign, bob, action="set_aside", reason="Rushed.")
    answer = Judgment.objects.filter(annotator=bob).first()
    aside(page, campaign, answer, action="restore")
    assert SetAside.objects.count() == 2
    assert not SetAside.objects.filter(judgment=answer).exists()


def test_an_answer_whose_slot_was_filled_meanwhile_stays_set_aside(page, campaign, bob):
    answer = Judgment.objects.filter(annotator=bob).first()
    aside(page, campaign, answer, action="set_aside", reason="Rushed.")
    answer.comparison.queue.all().delete()
    make_judgment(answer.comparison, make_member(campaign), slot=1)
    before = everything()
    shown = aside(page, campaign, answer, action="restore")
    assert "stays set aside" in shown.content.decode()
    assert {n: r for n, r in everything().items() if n != "Reclaim"} == {
        n: r for n, r in before.items() if n != "Reclaim"
    }
