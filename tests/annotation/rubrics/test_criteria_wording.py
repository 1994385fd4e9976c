"""A criterion of an old version says what should hold; its failure reads "not: ..." everywhere."""

import io
import json

import pyarrow.parquet as pq
import pytest
from django.urls import reverse

from annotation.common.storage import read
from annotation.models import Judgment, Rubric
from annotation.models.rubrics import FAULT, QUALITY
from annotation.rubrics.criteria_words import fault_label
from annotation.rubrics.default import DEFAULT_RUBRIC, EARLIER_CRITERIA
from annotation.rubrics.selectors import draft_rubric, published_rubric, words_of
from annotation.rubrics.services import publish_rubric, save_draft, start_draft
from annotation.snapshots.services import freeze
from annotation.snapshots.stored import manifest_of
from tests.factories import (
    answer_data,
    make_assignment,
    make_campaign,
    make_member,
    make_queued,
    make_rubric,
    make_user,
)
from tests.pages import part

pytestmark = pytest.mark.django_db
NAMES = {FAULT: "Look here", QUALITY: "not: look here"}


@pytest.fixture(params=[FAULT, QUALITY])
def wording(request):
    return request.param


@pytest.fixture
def lead():
    return make_user()


@pytest.fixture
def campaign(media_root, wording, lead):
    campaign = make_campaign(rubric=False, lead=lead)
    make_rubric(campaign, criteria_wording=wording)
    return campaign


@pytest.fixture
def answered(client, campaign):
    """Answer over HTTP that the first edit shown fails the first criterion of quality."""
    annotator = make_member(campaign)
    comparison = make_queued(campaign=campaign, files=True)
    lease = make_assignment(comparison, annotator, slot=1, shown_order=[1, 0])
    client.force_login(annotator)
    box = {"candidate": 0, "box": [0, 0, 1, 1], "dimension": "visual_quality", "criterion": 0}
    said = {"flags": {"visual_quality": [[0], []]}, "defects": [box]}
    answer = client.post(
        f"/api/v1/assignments/{lease.public_id}/judgment/",
        answer_data() | {"remarks": said},
        content_type="application/json",
    )
    assert answer.status_code == 201
    return Judgment.objects.get()


def test_a_flag_is_stored_by_number_and_exported_with_its_wording(campaign, answered, wording):
    assert answered.remarks["flags"] == {"visual_quality": [[], [0]]}
    manifest = manifest_of(freeze(campaign=campaign))
    assert manifest["rubrics"]["1"]["criteria_wording"] == wording
    criterion = manifest["rubrics"]["1"]["dimensions"][1]["criteria"][0]
    assert criterion["name"] == "Look here"
    (part,) = manifest["tables"]["judgments"]["parts"]
    (row,) = pq.read_table(io.BytesIO(read(f"snapshots/{part['path']}"))).to_pylist()
    exported = json.loads(row["remarks"])
    name = {FAULT: "Look here", QUALITY: "not: Look here"}[wording]
    assert exported["flags"] == {"visual_quality": [[], [name]]}
    assert exported["defects"][0]["criterion"] == name


def test_every_page_shows_criteria_under_one_heading_as_what_failed(
    client, campaign, answered, wording, lead
):
    make_queued(campaign=campaign, files=True)
    slug = campaign.slug
    pages = {"judge": 4 + 2, "mine": 1}
    shown = {page: client.get(reverse(page, args=[slug])).content.decode() for page in pages}
    client.force_login(lead)
    pages |= {"comparisons": 1, "rubric": 2}
    for page in ("comparisons", "rubric"):
        shown[page] = client.get(reverse(page, args=[slug])).content.decode()
    for page, count in pages.items():
        assert "What failed?" in shown[page], page
        assert shown[page].count(f">{NAMES[wording]}") == count, page
        other = NAMES[QUALITY if wording == FAULT else FAULT]
        assert f">{other}" not in shown[page], page


def test_the_judging_page_says_in_a_criterions_text_when_it_failed(client, campaign, wording):
    client.force_login(make_member(campaign))
    make_queued(campaign=campaign, files=True)
    html = client.get(reverse("judge", args=[campaign.slug])).content.decode()
    prefix = "Failed where this does not hold: " if wording == QUALITY else ""
    assert f'data-tip="{prefix}What matters for Visual quality."' in html
    assert 'aria-label="What failed? Edit A"' in html
    assert '<span class="flags" role="group" aria-label="Visual quality">' in html


def test_the_api_tells_how_criteria_are_worded(client, campaign, wording):
    client.force_login(make_member(campaign))
    make_queued(campaign=campaign)
    address = f"/api/v1/campaigns/{campaign.slug}/assignments/next/"
    work = client.post(address, {}, content_type="application/json").json()
    assert work["assignments"][0]["rubric"]["criteria_wording"] == wording


def test_a_draft_keeps_the_wording_until_a_lead_changes_it(client, campaign, wording, lead):
    assert start_draft(campaign=campaign).criteria_wording == wording
    client.force_login(lead)
    address = reverse("rubric-edit", args=[campaign.slug])
    form = client.get(address).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    assert typed["criteria_wording"] == wording
    other = QUALITY if wording == FAULT else FAULT
    sent = typed | {"criteria_wording": other, "action": "save"}
    assert client.post(address, sent).status_code == 302
    assert draft_rubric(campaign).criteria_wording == other
    assert published_rubric(campaign).criteria_wording == wording
    # The form that was opened before no longer fits the draft.
    assert client.post(address, typed | {"action": "save"}).status_code == 422
    assert draft_rubric(campaign).criteria_wording == other


def test_an_unknown_wording_is_refused_and_changes_nothing(client, campaign, wording, lead):
    start_draft(campaign=campaign)
    client.force_login(lead)
    address = reverse("rubric-edit", args=[campaign.slug])
    form = client.get(address).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    sent = typed | {"criteria_wording": "praise", "d0_name": "Other", "action": "save"}
    assert client.post(address, sent).status_code == 422
    assert draft_rubric(campaign).criteria_wording == wording
    assert words_of(draft_rubric(campaign))[0].name == "Instruction following"


@pytest.fixture
def earlier_default(lead):
    """Return a campaign on the default rubric as it was before it named faults."""
    campaign = make_campaign(rubric=False, lead=lead)
    Rubric.objects.create(campaign=campaign, version=1)
    words = tuple(
        type(each)(each.slug, each.name, each.question, each.levels, EARLIER_CRITERIA[each.slug])
        for each in DEFAULT_RUBRIC
    )
    save_draft(campaign=campaign, dimensions=words, criteria_wording=QUALITY)
    publish_rubric(campaign=campaign, actor=None)
    return campaign


def test_the_earlier_default_is_offered_the_new_words(client, earlier_default, lead):
    client.force_login(lead)
    page = reverse("rubric", args=[earlier_default.slug])
    assert part(client.get(page), 'button[value="fault-words"]')
    draft = reverse("rubric-draft", args=[earlier_default.slug])
    assert client.post(draft, {"action": "fault-words"}).status_code == 302
    assert draft_rubric(earlier_default).criteria_wording == FAULT
    assert words_of(draft_rubric(earlier_default)) == DEFAULT_RUBRIC
    assert published_rubric(earlier_default).criteria_wording == QUALITY
    assert "fault-words" not in client.get(page).content.decode()


def test_criteria_of_ones_own_are_not_replaced(client, earlier_default, lead):
    start_draft(campaign=earlier_default)
    own = words_of(draft_rubric(earlier_default))[:1]
    own = (type(own[0])(own[0].slug, "Own", "", own[0].levels, own[0].criteria[:1]),)
    save_draft(campaign=earlier_default, dimensions=own)
    client.force_login(lead)
    assert (
        "fault-words"
        not in client.get(reverse("rubric", args=[earlier_default.slug])).content.decode()
    )
    client.post(reverse("rubric-draft", args=[earlier_default.slug]), {"action": "fault-words"})
    assert words_of(draft_rubric(earlier_default)) == own
    assert draft_rubric(earlier_default).criteria_wording == QUALITY


@pytest.mark.parametrize(
    ("name", "label"),
    [("Right meaning", "not: right meaning"), ("JPEG noise", "not: JPEG noise"), ("", "")],
)
def test_a_quality_reads_as_its_failure(name, label):
    assert fault_label(name, QUALITY) == label
    assert fault_label(name, FAULT) == name
