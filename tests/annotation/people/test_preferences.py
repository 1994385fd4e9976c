"""How a person likes to work: what is stored, filled in and refused, and what the page gets."""

import json

import pytest
from django.urls import reverse

from annotation.errors import InvalidSetting
from annotation.models import User
from annotation.people.preferences import DEFAULTS, preferences_of, replace_preferences
from tests.factories import make_campaign, make_member, make_queued

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/me/preferences/"
CHOSEN = {
    "keys": {"flicker": "KeyX", "next-view": "Shift+KeyX", "prefer-1": "Digit1"},
    "keys_on": False,
    "keep_zoom": True,
    "sensitive": "never",
    "break_minutes": 0,
    "advance": False,
    "dock": "beside",
    "surround": "dark",
    "daily_goal": 80,
    "work_offline": True,
}


def stored(user):
    return User.objects.values_list("preferences", flat=True).get(pk=user.pk)


def test_who_never_chose_gets_the_defaults(page):
    assert page.get(ADDRESS).json() == DEFAULTS


def test_what_is_chosen_comes_back(page, alice):
    answer = page.put(ADDRESS, CHOSEN, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, CHOSEN)
    assert page.get(ADDRESS).json() == CHOSEN
    assert stored(alice) == CHOSEN


def test_preferences_are_replaced_as_a_whole(alice):
    replace_preferences(user=alice, preferences=CHOSEN)
    assert replace_preferences(user=alice, preferences={"keep_zoom": True}) == DEFAULTS | {
        "keep_zoom": True
    }
    assert stored(alice) == {"keep_zoom": True}


def test_what_a_later_version_stored_is_not_returned():
    assert preferences_of(User(preferences={"colour": "red"})) == DEFAULTS


@pytest.mark.parametrize("code", ["KeyQ", "Shift+KeyQ", "Digit1", "BracketLeft", "F5", "Numpad0"])
def test_any_physical_key_can_be_bound(alice, code):
    assert replace_preferences(user=alice, preferences={"keys": {"a": code}})["keys"] == {"a": code}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], ""),
        ({"colour": "red"}, "colour"),
        ({"\ud800": 1}, "?"),
        ({"keys": []}, "keys"),
        ({"keys": {"Flicker": "KeyX"}}, "keys"),
        ({"keys": {"": "KeyX"}}, "keys"),
        ({"keys": {"x" * 31: "KeyX"}}, "keys"),
        ({"keys": {"flicker\n": "KeyX"}}, "keys"),
        ({"keys": {f"a{n}": f"F{n}" for n in range(101)}}, "keys"),
        ({"keys": {"flicker": "x"}}, "keys.flicker"),
        ({"keys": {"flicker": "Control+KeyX"}}, "keys.flicker"),
        ({"keys": {"flicker": "KeyX\n"}}, "keys.flicker"),
        ({"keys": {"flicker": None}}, "keys.flicker"),
        ({"keys": {"flicker": "KeyX", "wipe": "KeyX"}}, "keys.wipe"),
        ({"keys_on": 1}, "keys_on"),
        ({"keep_zoom": None}, "keep_zoom"),
        ({"sensitive": "hide"}, "sensitive"),
        ({"sensitive": []}, "sensitive"),
        ({"break_minutes": -1}, "break_minutes"),
        ({"break_minutes": 481}, "break_minutes"),
        ({"break_minutes": True}, "break_minutes"),
        ({"break_minutes": 1.5}, "break_minutes"),
        ({"keep_zoom": True, "break_minutes": "50"}, "break_minutes"),
        ({"advance": "yes"}, "advance"),
        ({"dock": "above"}, "dock"),
        ({"surround": None}, "surround"),
        ({"work_offline": 1}, "work_offline"),
        ({"daily_goal": -1}, "daily_goal"),
        ({"daily_goal": 10_001}, "daily_goal"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_changes_nothing(alice, given, field):
    replace_preferences(user=alice, preferences=CHOSEN)
    with pytest.raises(InvalidSetting) as refusal:
        replace_preferences(user=alice, preferences=given)
    assert refusal.value.field == field
    assert stored(alice) == CHOSEN


def test_the_api_names_the_field(page, alice):
    body = {"keys": {"flicker": "KeyX", "wipe": "KeyX"}}
    answer = page.put(ADDRESS, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["field"] == "keys.wipe"
    assert [each in answer.json()["detail"] for each in ("KeyX", "flicker")] == [True, True]
    assert stored(alice) == {}


def script(answer, name):
    html = answer.content.decode()
    start = html.index(f'<script id="{name}" type="application/json">')
    return json.loads(html[html.index(">", start) + 1 : html.index("</script>", start)])


def test_the_judging_page_gets_preferences_and_rules(page, alice):
    replace_preferences(user=alice, preferences=CHOSEN)
    campaign = make_campaign(
        asks_strength=True, reason_chips=["Hands", "</script>"], least_gamut="p3", least_pane=640
    )
    make_member(campaign, alice)
    make_queued(campaign=campaign)
    shown = page.get(reverse("judge", args=[campaign.slug]))
    assert script(shown, "preferences") == CHOSEN
    assert script(shown, "rules") == {
        "asks_strength": True,
        "reasons": ["Hands", "</script>"],
        "outside": True,
        "least_gamut": "p3",
        "least_pane": 640,
    }


@pytest.mark.parametrize(
    ("purpose", "offers", "shown"),
    [
        ("preferences", True, True),
        ("preferences", False, False),
        ("gold", True, False),
        ("benchmark", True, False),
    ],
)
def test_what_changed_outside_is_for_preferences_only(page, alice, purpose, offers, shown):
    campaign = make_campaign(purpose=purpose, shows_outside=offers)
    make_member(campaign, alice)
    rules = script(page.get(reverse("judge", args=[campaign.slug])), "rules")
    assert (rules["outside"], rules["least_gamut"], rules["least_pane"]) == (shown, "", None)
