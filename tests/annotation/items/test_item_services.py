"""Withdrawing and correcting items and candidates."""

import pytest

from annotation.common.storage import original_name, read
from annotation.errors import DomainError, InvalidSetting, PictureRefused
from annotation.items.imports.draw import text_sha256
from annotation.items.selectors.candidates import pages
from annotation.items.services.images import store_picture
from annotation.items.services.imports import import_folder
from annotation.items.services.items import (
    correct_candidate,
    correct_item,
    withdraw_candidate,
    withdraw_item,
)
from annotation.models import (
    Assignment,
    CampaignEvent,
    Candidate,
    Comparison,
    Generator,
    Item,
    Judgment,
    QueueEntry,
)
from jobs.models import Job
from tests.annotation.items.imports.makers import png, two_items, write_folder
from tests.factories import (
    make_assignment,
    make_campaign,
    make_candidate,
    make_comparison,
    make_item,
    make_judgment,
    make_queued,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(db):
    return make_campaign()


@pytest.fixture
def item(campaign):
    """An item of three candidates: a judged, a queued and leased, and an untouched comparison."""
    item = make_item(campaign)
    a, b, c = (make_candidate(item, generator=name) for name in "abc")
    judged = make_comparison(item, candidates=[a, b])
    make_judgment(judged, slot=1)
    queued = make_queued(item, candidates=[b, c])
    make_assignment(queued, slot=1)
    make_comparison(item, candidates=[a, c])
    return item


def state():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Item, Candidate, Comparison, QueueEntry, Assignment, CampaignEvent)
    ]


def candidate_of(item, name):
    return item.candidates.get(generator__name=name, withdrawn_at=None)


def in_use(model):
    return model.objects.filter(withdrawn_at__isnull=True)


def test_a_withdrawn_item_takes_everything_out_of_use_but_the_judgments(item):
    bystander = make_queued(make_item(item.campaign))
    actor = make_user()
    assert withdraw_item(item=item, reason=" Wrong photo. ", actor=actor) == 3
    item.refresh_from_db()
    assert item.withdrawn_reason == "Wrong photo."
    assert set(item.candidates.values_list("withdrawn_reason", flat=True)) == {"Wrong photo."}
    assert list(in_use(Comparison)) == [bystander]
    assert {entry.comparison for entry in QueueEntry.objects.all()} == {bystander}
    assert not Assignment.objects.filter(state="leased").exists()
    assert Assignment.objects.get(state="submitted").comparison.item == item
    assert Judgment.objects.count() == 1
    event = CampaignEvent.objects.get(verb="item_withdrawn")
    assert (event.actor, event.detail["comparisons"]) == (actor, 3)


def test_a_withdrawn_candidate_takes_only_its_own_comparisons_along(item):
    b = candidate_of(item, "b")
    assert withdraw_candidate(candidate=b, reason="Broken.", actor=None) == 2
    (left,) = in_use(Comparison)
    assert b.pk not in left.candidate_ids
    assert in_use(Candidate).filter(item=item).count() == 2
    assert in_use(Item).filter(pk=item.pk).exists()


def test_withdrawn_candidates_are_scored_no_more(item):
    def scored():
        return {
            row.candidate for page in pages(item.campaign.public_id, page_size=2) for row in page
        }

    b = candidate_of(item, "b")
    assert len(scored()) == 3
    withdraw_candidate(candidate=b, reason="Broken.", actor=None)
    assert scored() == set(in_use(Candidate).values_list("public_id", flat=True))
    withdraw_item(item=item, reason="All of it.", actor=None)
    assert scored() == set()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 251])
def test_withdrawing_needs_a_reason_of_bounded_length(item, reason):
    before = state()
    with pytest.raises(InvalidSetting):
        withdraw_item(item=item, reason=reason, actor=None)
    with pytest.raises(InvalidSetting):
        withdraw_candidate(candidate=candidate_of(item, "a"), reason=reason, actor=None)
    assert state() == before


def test_nothing_is_withdrawn_or_corrected_twice(item):
    a = candidate_of(item, "a")
    withdraw_item(item=item, reason="Gone.", actor=None)
    before = state()
    for attempt in (
        lambda: withdraw_item(item=item, reason="Again.", actor=None),
        lambda: withdraw_candidate(candidate=a, reason="Again.", actor=None),
        lambda: correct_item(item=item, reason="Again.", actor=None, instruction="New."),
        lambda: correct_candidate(candidate=a, reason="Again.", actor=None, seed="9"),
    ):
        with pytest.raises(DomainError, match="before"):
            attempt()
    assert state() == before


def test_another_instruction_makes_a_new_version_and_keeps_the_old_judgments(item):
    new = correct_item(item=item, reason="A typo.", actor=None, instruction=" Add a hat. ")
    item.refresh_from_db()
    assert (new.version, new.supersedes, new.instruction) == (2, item, "Add a hat.")
    assert new.instruction_sha256 == text_sha256("Add a hat.")
    assert (new.source_id, new.random_arm, new.held_out) == (
        item.source_id,
        item.random_arm,
        item.held_out,
    )
    assert item.withdrawn_reason == "corrected: A typo."
    for candidate in new.candidates.all():
        assert candidate.supersedes.item == item
        assert candidate.image_id == candidate.supersedes.image_id
        assert (candidate.version, candidate.supersedes.withdrawn_at is None) == (2, False)
    assert new.candidates.count() == 3
    assert not in_use(Comparison).exists()
    assert not QueueEntry.objects.exists()
    assert Judgment.objects.get().comparison.item == item
    assert CampaignEvent.objects.get(verb="item_corrected").detail["comparisons"] == 3


def test_a_withdrawn_candidate_does_not_come_along_into_the_new_version(item):
    withdraw_candidate(candidate=candidate_of(item, "a"), reason="Broken.", actor=None)
    new = correct_item(item=item, reason="Typo.", actor=None, instruction="Add a hat.")
    assert {c.generator.name for c in new.candidates.all()} == {"b", "c"}


def test_a_language_is_corrected_in_place_and_goes_along_into_a_new_version(item):
    same = correct_item(item=item, reason="Asked.", actor=None, language="DE")
    assert (same.pk, same.language) == (item.pk, "de")
    new = correct_item(item=same, reason="Typo.", actor=None, instruction="Add a hat.")
    assert (new.version, new.language) == (2, "de")


def test_licence_origin_and_category_change_in_place_with_an_event(item):
    same = correct_item(item=item, reason="Asked.", actor=None, licence="CC0", category="colour")
    assert (same.pk, same.version, same.licence) == (item.pk, 1, "CC0")
    a = candidate_of(item, "a")
    assert correct_candidate(candidate=a, reason="Asked.", actor=None, licence="MIT").pk == a.pk
    assert in_use(Comparison).count() == 3
    event = CampaignEvent.objects.get(verb="item_edited")
    assert event.detail["changes"]["licence"] == {"from": "", "to": "CC0"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"instruction": "  "}, "instruction"),
        ({"instruction": "x" * 4_001}, "instruction"),
        ({"instruction": "a\x00b"}, "instruction"),
        ({"instruction": "Taken."}, "instruction"),
        ({"licence": "x" * 101}, "licence"),
        ({"language": "no tag"}, "language"),
    ],
)
def test_a_correction_that_cannot_be_changes_nothing(item, changes, field):
    make_item(item.campaign, source=item.source, instruction="Taken.")
    before = state()
    with pytest.raises(InvalidSetting) as caught:
        correct_item(item=item, reason="Try.", actor=None, **changes)
    assert caught.value.field == field
    assert state() == before


def test_a_correction_without_a_difference_is_refused(item):
    before = state()
    with pytest.raises(DomainError, match="Nothing is different"):
        correct_item(item=item, reason="Try.", actor=None, instruction=item.instruction + " ")
    with pytest.raises(DomainError, match="Nothing is different"):
        correct_candidate(candidate=candidate_of(item, "a"), reason="Try.", actor=None)
    assert state() == before


def test_another_image_makes_a_new_version_of_the_candidate(item, media_root):
    a = candidate_of(item, "a")
    data = png(8)
    image = store_picture(data, name="a.png")
    new = correct_candidate(candidate=a, reason="Wrong file.", actor=None, image=image)
    a.refresh_from_db()
    assert (new.version, new.supersedes, new.item) == (2, a, item)
    assert new.generator == a.generator
    assert read(original_name(new.image.sha256)) == data
    assert a.withdrawn_reason == "corrected: Wrong file."
    assert [a.pk in c.candidate_ids for c in in_use(Comparison)] == [False]
    assert Judgment.objects.get().comparison.withdrawn_at is not None
    assert Job.objects.get(kind="annotation.derive").subject == item.campaign.public_id


def test_another_generator_or_seed_makes_a_new_version_too(item):
    a = candidate_of(item, "a")
    new = correct_candidate(
        candidate=a, reason="Swapped.", actor=None, generator="z", generator_version="2"
    )
    assert (new.generator.name, new.generator.version, new.image_id) == ("z", "2", a.image_id)
    newer = correct_candidate(candidate=new, reason="Seed.", actor=None, seed="7")
    assert (newer.version, newer.seed, newer.generator) == (3, "7", new.generator)


def test_a_generator_the_item_has_already_is_refused(item):
    before = state()
    with pytest.raises(InvalidSetting) as refusal:
        correct_candidate(
            candidate=candidate_of(item, "a"), reason="Swap.", actor=None, generator="b"
        )
    assert refusal.value.field == "generator"
    with pytest.raises(InvalidSetting, match="generator is missing"):
        correct_candidate(
            candidate=candidate_of(item, "a"), reason="Swap.", actor=None, generator=" "
        )
    assert state() == before
    assert Generator.objects.count() == 3


def test_a_picture_that_is_refused_is_not_stored(item, media_root):
    before = state()
    with pytest.raises(PictureRefused, match="HTML"):
        store_picture(b"<html>", name="a.png")
    assert state() == before
    assert list(media_root.iterdir()) == []


@pytest.mark.usefixtures("media_root")
class TestImportAgain:
    """An import that is run again neither revives what was withdrawn nor undoes corrections."""

    @pytest.fixture
    def imported(self, campaign, tmp_path):
        folder = write_folder(tmp_path / "set", *two_items())
        import_folder(campaign=campaign, path=folder)
        return campaign, folder

    def again(self, imported):
        campaign, folder = imported
        before = state()
        batch = import_folder(campaign=campaign, path=folder)
        assert state() == before
        assert batch.report["counts"]["items"] == {"taken": 0, "already_there": 2, "refused": 0}
        return [row["reason"] for row in batch.report["rows"]]

    def test_after_an_item_was_withdrawn(self, imported):
        withdraw_item(item=Item.objects.first(), reason="Bad.", actor=None)
        assert any("(Bad.)" in reason for reason in self.again(imported))

    def test_after_a_candidate_was_withdrawn(self, imported):
        withdraw_candidate(candidate=Candidate.objects.first(), reason="Bad.", actor=None)
        assert any("not brought back" in reason for reason in self.again(imported))

    def test_after_an_instruction_was_corrected(self, imported):
        withdraw_candidate(candidate=Candidate.objects.first(), reason="Bad.", actor=None)
        item = correct_item(
            item=Item.objects.first(), reason="Typo.", actor=None, instruction="Better."
        )
        correct_item(item=item, reason="Typo.", actor=None, instruction="Best.")
        self.again(imported)

    def test_after_an_image_was_corrected(self, imported):
        image = store_picture(png(90), name="a.png")
        correct_candidate(
            candidate=Candidate.objects.first(), reason="Bad.", actor=None, image=image
        )
        assert any("not brought back" in reason for reason in self.again(imported))

    def test_after_a_generator_was_corrected(self, imported):
        correct_candidate(
            candidate=Candidate.objects.first(), reason="Swap.", actor=None, generator="other"
        )
        self.again(imported)
