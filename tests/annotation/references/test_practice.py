"""Worked examples as comparisons to practise on."""

import pytest

from annotation.models import Assignment
from annotation.queue.selectors.work import work_of
from annotation.queue.services.leases import lease_next
from annotation.references.practice import practice_of
from annotation.references.selectors import examples_for
from tests.factories import (
    make_campaign,
    make_comparison,
    make_item,
    make_member,
    make_queued,
    make_reference,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make_campaign()


@pytest.fixture
def person(campaign):
    return make_member(campaign)


@pytest.fixture
def work(campaign, person):
    make_queued(campaign=campaign)
    return work_of(lease_next(campaign=campaign, annotator=person).assignments)[0]


def test_an_example_is_a_comparison_with_its_answer(campaign, person, work):
    reference = make_reference(
        make_comparison(campaign=campaign),
        scores={"instruction_following": [2, 4], "visual_quality": [1, 3]},
        verdict={"ranks": [2, 1], "tie_kind": None},
    )
    [entry] = practice_of(examples_for(campaign, person), work)
    assert entry["lesson"] == {
        "scores": {"instruction_following": [2, 4], "visual_quality": [1, 3]},
        "ranks": [2, 1],
        "tie_kind": None,
        "explanation": reference.explanation,
    }
    shown = entry["assignment"]
    assert shown["rubric"] == work["rubric"]
    assert shown["source"]["url"] == f"/media/r/{reference.public_id}/source/fit.webp"
    # What is served of an edit says nothing of its generator.
    assert [set(edit) for edit in shown["candidates"]] == [
        {"url", "full_url", "width", "height"}
    ] * 2


def test_at_most_three_examples_are_practised(campaign, person, work):
    for _ in range(4):
        make_reference(make_comparison(campaign=campaign))
    assert len(practice_of(examples_for(campaign, person), work)) == 3


def test_sensitive_pictures_are_no_practice(campaign, person, work):
    make_reference(make_comparison(make_item(campaign, sensitive="wounds")))
    assert practice_of(examples_for(campaign, person), work) == []


def test_an_example_that_the_form_does_not_fit_is_left_out(campaign, person, work):
    make_reference(make_comparison(campaign=campaign))
    examples = examples_for(campaign, person)
    more = work | {"candidates": [{}, {}, {}]}
    assert practice_of(examples, more) == []
    other = {"dimensions": [{"slug": "style", "name": "Style"}], "version": 2}
    assert practice_of(examples, work | {"rubric": other}) == []
    assert practice_of(examples, None) == []
    assert Assignment.objects.count() == 1
