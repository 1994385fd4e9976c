from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from annotation.campaigns.services import create_campaign
from annotation.errors import DomainError, RubricIncomplete
from annotation.models import Level, Rubric
from annotation.models.rubrics import FAULT
from annotation.rubrics.default import DEFAULT_RUBRIC, VISUAL_QUALITY
from annotation.rubrics.selectors import draft_rubric, published_rubric, words_of
from annotation.rubrics.services import discard_draft, publish_rubric, save_draft, start_draft
from annotation.rubrics.text import (
    CriterionText,
    DimensionText,
    LevelText,
    digest,
    publish_problems,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db
CREATIVITY = DimensionText(
    slug="creativity",
    name="Creativity",
    question="",
    levels=(LevelText(1, "Dull", "Nothing new."), LevelText(2, "Fresh", "Something new.")),
    criteria=(),
)


@pytest.fixture
def campaign():
    return create_campaign(name="Edits", slug="edits", actor=make_user("alice"))


def test_saved_words_come_back_as_they_were(campaign):
    changed = (CREATIVITY, *DEFAULT_RUBRIC)
    save_draft(campaign=campaign, dimensions=changed)
    assert words_of(draft_rubric(campaign)) == changed


def test_a_draft_may_be_stored_with_texts_still_missing(campaign):
    unfinished = replace(CREATIVITY, name="", levels=(LevelText(1, "", ""),))
    save_draft(campaign=campaign, dimensions=[unfinished])
    assert words_of(draft_rubric(campaign)) == (unfinished,)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": ""}, "d1_slug"),
        ({"slug": "Two Words"}, "d1_slug"),
        ({"slug": "2d"}, "d1_slug"),
        ({"slug": "instruction_following"}, "d1_slug"),
        ({"name": "x" * 61}, "d1_name"),
        ({"question": "x" * 201}, "d1_question"),
        ({"levels": (LevelText(1, "x" * 41, ""),)}, "d1_l0_name"),
        ({"levels": tuple(LevelText(i, "", "") for i in range(1, 6))}, "d1_name"),
        ({"criteria": (CriterionText("x" * 61, ""),)}, "d1_c0_name"),
    ],
)
def test_a_draft_that_cannot_be_stored_is_refused_by_field(campaign, change, field):
    before = words_of(draft_rubric(campaign))
    with pytest.raises(RubricIncomplete) as refusal:
        save_draft(campaign=campaign, dimensions=[before[0], replace(before[1], **change)])
    assert field in [name for name, _ in refusal.value.problems]
    assert words_of(draft_rubric(campaign)) == before


def test_a_draft_that_someone_else_changed_meanwhile_is_not_overwritten(campaign):
    seen = digest(words_of(draft_rubric(campaign)), FAULT)
    save_draft(campaign=campaign, dimensions=[CREATIVITY], seen=seen)
    with pytest.raises(DomainError, match="Someone else"):
        save_draft(campaign=campaign, dimensions=DEFAULT_RUBRIC, seen=seen)
    assert words_of(draft_rubric(campaign)) == (CREATIVITY,)


@pytest.mark.parametrize(
    ("dimensions", "complaint"),
    [
        ([], "at least one dimension"),
        ([replace(CREATIVITY, name=" ")], "needs a name"),
        ([replace(CREATIVITY, levels=CREATIVITY.levels[:1])], "at least 2 levels"),
        ([replace(CREATIVITY, levels=(*CREATIVITY.levels, LevelText(4, "a", "b")))], "from 1"),
        ([replace(CREATIVITY, levels=(LevelText(1, "a", ""), LevelText(2, "b", "c")))], "level 1"),
        ([replace(CREATIVITY, criteria=(CriterionText("", "b"),))], "criterion 1"),
    ],
)
def test_an_unfinished_draft_is_not_published(campaign, dimensions, complaint):
    save_draft(campaign=campaign, dimensions=dimensions)
    with pytest.raises(RubricIncomplete, match=complaint):
        publish_rubric(campaign=campaign, actor=None)
    assert published_rubric(campaign) is None


def test_levels_listed_from_best_to_worst_are_a_problem():
    reversed_scale = replace(CREATIVITY, levels=CREATIVITY.levels[::-1])
    assert "count up from 1" in publish_problems([reversed_scale])[0][1]


def test_the_default_rubric_is_published_as_it_is(campaign):
    alice = make_user("anna")
    rubric = publish_rubric(campaign=campaign, actor=alice)
    assert rubric.published_at is not None
    assert rubric.published_by == alice
    assert published_rubric(campaign) == rubric
    assert draft_rubric(campaign) is None


def test_a_published_version_is_frozen_and_the_next_draft_starts_from_it(campaign):
    first = publish_rubric(campaign=campaign, actor=None)
    with pytest.raises(DomainError, match="no draft"):
        save_draft(campaign=campaign, dimensions=[CREATIVITY])
    with pytest.raises(IntegrityError), transaction.atomic():
        Level.objects.filter(dimension__rubric=first).update(text="Changed behind the back.")
    draft = start_draft(campaign=campaign)
    assert (draft.version, words_of(draft)) == (2, DEFAULT_RUBRIC)
    assert start_draft(campaign=campaign) == draft
    save_draft(campaign=campaign, dimensions=[VISUAL_QUALITY])
    assert words_of(first) == DEFAULT_RUBRIC
    second = publish_rubric(campaign=campaign, actor=None)
    assert published_rubric(campaign) == second


def test_a_draft_can_be_discarded_once_a_version_is_published(campaign):
    with pytest.raises(DomainError, match="first version"):
        discard_draft(campaign=campaign)
    assert draft_rubric(campaign) is not None
    publish_rubric(campaign=campaign, actor=None)
    start_draft(campaign=campaign)
    discard_draft(campaign=campaign)
    assert list(Rubric.objects.values_list("version", flat=True)) == [1]
