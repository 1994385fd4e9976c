import pytest
from django.urls import reverse

from annotation.campaigns.services import create_campaign
from annotation.rubrics.default import DEFAULT_RUBRIC
from annotation.rubrics.edits import edited
from annotation.rubrics.selectors import draft_rubric, published_rubric, words_of
from annotation.rubrics.services import publish_rubric, save_draft
from tests.pages import part

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(alice):
    return create_campaign(name="Edits", slug="edits", actor=alice)


@pytest.fixture
def address(campaign):
    return reverse("rubric-edit", args=[campaign.slug])


def typed(page, address, **changes):
    """Return what a browser would send: every field of the editor as it stands, then changes."""
    form = page.get(address).context["form"]
    return {name: form[name].value() or "" for name in form.fields} | changes


def test_the_editor_saves_what_was_typed(page, campaign, address):
    given = typed(page, address, d0_name="Faithfulness", d1_l3_text="Flawless.")
    assert page.post(address, given | {"action": "save"}).url == address
    words = words_of(draft_rubric(campaign))
    assert words[0].name == "Faithfulness"
    assert words[1].levels[3].text == "Flawless."
    assert words[0].levels == DEFAULT_RUBRIC[0].levels


@pytest.mark.parametrize(
    ("action", "anchor"),
    [
        ("add-dimension", "#dimension-3"),
        ("remove-dimension:0", ""),
        ("raise-dimension:1", "#dimension-1"),
        ("remove-level:1", "#dimension-2"),
        ("add-criterion:0", "#dimension-1"),
        ("remove-criterion:0:1", "#dimension-1"),
    ],
)
def test_a_button_changes_the_shape_and_keeps_what_was_typed(
    page, campaign, address, action, anchor
):
    given = typed(page, address, d1_question="Is it beautiful?")
    answer = page.post(address, given | {"action": action})
    assert answer.url == address + anchor
    words = words_of(draft_rubric(campaign))
    assert words != DEFAULT_RUBRIC
    assert "Is it beautiful?" in [dimension.question for dimension in words]
    assert page.get(address).status_code == 200


def test_a_removed_level_can_be_added_again(page, campaign, address):
    page.post(address, typed(page, address) | {"action": "remove-level:0"})
    assert [level.value for level in words_of(draft_rubric(campaign))[0].levels] == [1, 2, 3]
    page.post(address, typed(page, address) | {"action": "add-level:0"})
    assert words_of(draft_rubric(campaign))[0].levels[3].name == ""


@pytest.mark.parametrize(
    "action",
    [
        "add-level:0",
        "raise-dimension:0",
        "remove-dimension:7",
        "remove-dimension:-1",
        "remove-criterion:0:9",
        "remove-criterion:0",
        "add-dimension:1",
        "explode:0",
        "explode",
        "remove-level:x",
    ],
)
def test_an_impossible_button_changes_nothing(page, campaign, address, action):
    answer = page.post(address, typed(page, address, d0_name="Other") | {"action": action})
    assert answer.status_code == 422
    assert words_of(draft_rubric(campaign)) == DEFAULT_RUBRIC


@pytest.mark.parametrize(
    "change",
    [
        {"shape": "9.9"},
        {"shape": "4.3,x"},
        {"shape": "4.3," * 20 + "4.3"},
        {"seen": ""},
        {"d0_name": "x" * 61},
        {"d0_slug": "Not A Key"},
        {"d1_slug": "instruction_following"},
        {"d0_l0_text": "x" * 1001},
        {"d0_name": "nul\x00"},
    ],
)
def test_words_that_cannot_be_stored_answer_422_and_change_nothing(page, campaign, address, change):
    answer = page.post(address, typed(page, address) | {"action": "save"} | change)
    assert answer.status_code == 422
    assert words_of(draft_rubric(campaign)) == DEFAULT_RUBRIC


def test_publishing_saves_and_freezes(page, campaign, address):
    given = typed(page, address, d0_name="Faithfulness") | {"action": "publish"}
    assert page.post(address, given).url == reverse("rubric", args=[campaign.slug])
    assert words_of(published_rubric(campaign))[0].name == "Faithfulness"
    assert page.get(address).url == reverse("rubric", args=[campaign.slug])
    assert page.post(address, given).url == reverse("rubric", args=[campaign.slug])
    assert part(page.get(reverse("rubric", args=[campaign.slug])), 'button[value="start"]')


def test_an_unfinished_draft_is_shown_again_with_the_typed_words(page, campaign, address):
    given = typed(page, address, d0_l0_text="", d1_name="Kept words") | {"action": "publish"}
    answer = page.post(address, given)
    assert answer.status_code == 422
    assert "d0_l0_text" in answer.context["form"].errors
    assert "Kept words" in answer.content.decode()
    assert published_rubric(campaign) is None
    assert words_of(draft_rubric(campaign)) == DEFAULT_RUBRIC
    given["d0_l0_text"] = "Now it is there."
    assert page.post(address, given).status_code == 302
    assert words_of(published_rubric(campaign))[1].name == "Kept words"


def test_a_second_window_cannot_overwrite_the_first(page, campaign, address):
    first, second = typed(page, address, d0_name="First"), typed(page, address, d0_name="Second")
    page.post(address, first | {"action": "save"})
    answer = page.post(address, second | {"action": "save"})
    assert answer.status_code == 422
    assert "Someone else changed" in answer.content.decode()
    assert words_of(draft_rubric(campaign))[0].name == "First"


def test_versions_are_read_side_by_side_and_a_draft_discarded(page, campaign):
    publish_rubric(campaign=campaign, actor=None)
    draft = reverse("rubric-draft", args=[campaign.slug])
    assert page.post(draft, {"action": "start"}).url == reverse("rubric-edit", args=["edits"])
    save_draft(campaign=campaign, dimensions=DEFAULT_RUBRIC[:1])
    address = reverse("rubric", args=[campaign.slug])
    assert "Visual quality" in page.get(address).content.decode()
    second = page.get(f"{address}?version=2")
    assert [words.name for words in second.context["words"]] == [DEFAULT_RUBRIC[0].name]
    # What was removed is named in the list of changes alone.
    shown = second.content.decode().partition('id="changes"')
    changes, _, words = shown[2].partition("</section>")
    assert "<del>Visual quality</del>" in changes
    assert "Visual quality" not in shown[0] + words
    assert page.get(f"{address}?version=9").status_code == 404
    page.post(draft, {"action": "discard"})
    assert draft_rubric(campaign) is None


def test_the_first_draft_stays_when_discarding_is_tried(page, campaign):
    page.post(reverse("rubric-draft", args=[campaign.slug]), {"action": "discard"})
    assert words_of(draft_rubric(campaign)) == DEFAULT_RUBRIC


def test_moving_a_dimension_up_swaps_it_with_the_one_before():
    assert edited(DEFAULT_RUBRIC, "raise-dimension:1") == DEFAULT_RUBRIC[::-1]
