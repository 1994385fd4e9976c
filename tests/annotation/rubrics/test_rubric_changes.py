from dataclasses import replace

import pytest
from django.urls import reverse

from annotation.rubrics.changes import Change, changes_between
from annotation.rubrics.default import DEFAULT_RUBRIC
from annotation.rubrics.text import CriterionText
from tests.factories import make_campaign, make_rubric, make_user


def test_equal_versions_have_no_change():
    assert changes_between(DEFAULT_RUBRIC, DEFAULT_RUBRIC) == []
    assert changes_between(DEFAULT_RUBRIC, DEFAULT_RUBRIC[::-1]) == []


def test_a_changed_word_stands_alone_among_the_others():
    change = Change("x", "The edit keeps the face.", "The edit keeps the whole face.")
    assert change.pieces == [
        ("same", "The edit keeps the"),
        ("added", "whole"),
        ("same", "face."),
    ]


def test_texts_that_share_nothing_stand_as_a_whole():
    assert Change("x", "Bad.", "As asked in every part.").pieces == [
        ("removed", "Bad."),
        ("added", "As asked in every part."),
    ]


def test_levels_questions_and_criteria_are_named_where_they_changed():
    first, second = DEFAULT_RUBRIC
    level = replace(first.levels[0], text="Nothing was done.")
    halo = CriterionText("halo", "A light rim around what was added.")
    after = replace(
        first,
        question="Is it as asked?",
        levels=(level, *first.levels[1:]),
        criteria=(*first.criteria[1:], halo),
    )
    where = [change.where for change in changes_between([first, second], [after, second])]
    assert where == [
        f"{first.name}: question",
        f"{first.name}: level 1",
        f"{first.name}: criterion “halo”",
        f"{first.name}: criterion “{first.criteria[0].name}”",
    ]


def test_an_added_dimension_has_no_text_before_and_a_removed_one_none_after():
    first, second = DEFAULT_RUBRIC
    assert all(change.before == "" for change in changes_between([first], [first, second]))
    gone = changes_between([first, second], [first])
    assert gone
    assert all(change.after == "" for change in gone)


@pytest.mark.django_db
def test_a_later_version_shows_what_it_changed(client):
    lead = make_user()
    campaign = make_campaign(lead=lead)
    client.force_login(lead)
    address = reverse("rubric", args=[campaign.slug])
    assert 'id="changes"' not in client.get(address).content.decode()
    make_rubric(campaign, dimensions=("instruction_following",), levels=3)
    text = client.get(address).content.decode()
    assert "Changed since version 1" in text
    assert "<del>Level 4 – Instruction following 4.</del>" in text
    text = client.get(address, {"version": 1}).content.decode()
    assert 'id="changes"' not in text
