"""Rows and imports that say different things about one item: nothing is lost without a note."""

import json
import unicodedata

import pytest

from annotation.items.imports.reading import open_container, read_manifests
from annotation.items.imports.report import Outcome
from annotation.items.services.imports import import_folder
from annotation.items.services.items import correct_item
from annotation.models import CampaignEvent, Candidate, ChangeRegion, Item
from tests.annotation.items.imports.makers import painting, png, saved, write_folder
from tests.factories import make_campaign, make_user

HEADER = "instruction,source,candidate,generator,category,language,sensitive,source_licence\n"


def read(folder, content, *, manifest="manifest.csv"):
    write_folder(folder, content, {}, manifest=manifest)
    return read_manifests(open_container(folder, name="given"))


def notes_of(reading):
    return [(x.row, x.reason) for x in reading.lines if x.outcome == Outcome.NOTE]


@pytest.mark.parametrize("first", ["", "wounds"])
def test_any_row_of_a_table_makes_its_item_sensitive(tmp_path, first):
    rows = f"Add,s,a,m1,,,{first},\nAdd,s,b,m2,,,wounds,\nAdd,s,c,m3,,,,\n"
    reading = read(tmp_path, HEADER + rows)
    assert [item.sensitive for item in reading.items] == ["wounds"]
    assert [row for row, _ in notes_of(reading)] == ([] if first else [3])


def test_what_a_later_row_states_alone_holds_for_the_item_and_is_noted(tmp_path):
    rows = "Add,s,a,m1,,,,\nAdd,s,b,m2,add,de,,CC0\n"
    (item,) = read(tmp_path, HEADER + rows).items
    assert (item.category, item.language, item.licence) == ("add", "de", "CC0")


def test_every_other_contradiction_is_noted_by_row_and_the_first_value_holds(tmp_path):
    rows = "Add,s,a,m1,add,en,blood,CC0\nAdd,s,b,m2,remove,de,wounds,MIT\n"
    reading = read(tmp_path, HEADER + rows)
    (item,) = reading.items
    values = (item.category, item.language, item.sensitive, item.licence)
    assert values == ("add", "en", "blood", "CC0")
    found = notes_of(reading)
    assert {row for row, _ in found} == {3}
    for name, value in {"category": "remove", "language": "de", "licence": "MIT"}.items():
        assert sum(name in note and repr(value) in note for _, note in found) == 1
    assert any("'wounds'" in note for _, note in found)


def test_licences_of_candidates_do_not_contradict_each_other(tmp_path):
    text = "instruction,source,candidate,generator,licence\nAdd,s,a,m,CC0\nAdd,s,b,n,MIT\n"
    reading = read(tmp_path, text)
    assert (reading.items[0].licence, notes_of(reading)) == ("CC0", [])


def test_instructions_equal_up_to_unicode_form_and_white_space_are_one_item(tmp_path):
    accent = "Add a café."
    spellings = [accent, unicodedata.normalize("NFD", accent), "Add  a\u00a0café. ", "Add a\ncafé."]
    rows = "".join(f'"{text}",s,a{n},m{n},,,,\n' for n, text in enumerate(spellings))
    (item,) = read(tmp_path, HEADER + rows).items
    assert (item.instruction, len(item.candidates)) == (accent, 4)


ROW = {"instruction": "Add a café.", "source": "s.png", "candidates": {"m": "a.png"}}
PICTURES = {"s.png": png(1), "a.png": png(2), "b.png": png(3)}


def imported(campaign, tmp_path, *rows, pictures=PICTURES):
    folder = write_folder(tmp_path / "set", json.dumps(rows), pictures)
    return import_folder(campaign=campaign, path=folder).report


def said(report):
    return [row["reason"] for row in report["rows"] if row["outcome"] == Outcome.NOTE]


@pytest.fixture
def campaign(db, media_root):
    return make_campaign(rubric=False, state="draft")


FULL = {"category": "add", "language": "en", "sensitive": "wounds", "licence": "CC0", "origin": "x"}


def test_a_later_import_fills_what_was_empty_and_says_so(campaign, tmp_path):
    imported(campaign, tmp_path, ROW)
    report = imported(campaign, tmp_path, ROW | FULL)
    item = Item.objects.get()
    assert {name: getattr(item, name) for name in FULL} == FULL
    for name, value in FULL.items():
        assert f"{name} of the item is now {value!r}" in said(report)
    event = CampaignEvent.objects.get(verb="item_completed", detail__kind="item")
    assert event.detail["added"] == FULL
    assert Candidate.objects.get().licence == "CC0"


def test_repeating_an_import_that_filled_values_changes_nothing(campaign, tmp_path):
    imported(campaign, tmp_path, ROW)
    imported(campaign, tmp_path, ROW | FULL)
    n_events = CampaignEvent.objects.count()
    assert said(imported(campaign, tmp_path, ROW | FULL)) == []
    assert said(imported(campaign, tmp_path, ROW)) == []
    assert CampaignEvent.objects.count() == n_events


def test_a_later_import_that_contradicts_is_noted_and_changes_nothing(campaign, tmp_path):
    imported(campaign, tmp_path, ROW | FULL)
    other = dict.fromkeys(FULL, "de")
    report = imported(campaign, tmp_path, ROW | other)
    assert {name: getattr(Item.objects.get(), name) for name in FULL} == FULL
    for name in FULL:
        assert sum(note.startswith(f"{name} 'de' differs") for note in said(report)) == 1


def test_a_second_row_of_one_manifest_makes_its_item_sensitive(campaign, tmp_path):
    second = ROW | {"sensitive": "wounds", "candidates": {"n": "b.png"}}
    report = imported(campaign, tmp_path, ROW, second)
    item = Item.objects.get()
    assert (item.sensitive, item.candidates.count()) == ("wounds", 2)
    assert [(row["row"], row["reason"]) for row in report["rows"] if row["outcome"] == "note"] == [
        (2, "sensitive of the item is now 'wounds'")
    ]


def test_what_a_lead_emptied_stays_empty_and_is_noted(campaign, tmp_path):
    imported(campaign, tmp_path, ROW | FULL)
    lead = make_user("alice")
    correct_item(item=Item.objects.get(), reason="shows none", actor=lead, sensitive="")
    report = imported(campaign, tmp_path, ROW | FULL)
    assert Item.objects.get().sensitive == ""
    (note,) = said(report)
    assert ("sensitive 'wounds'" in note, "lead" in note) == (True, True)


def test_a_mask_joins_an_item_that_has_none(campaign, tmp_path):
    mask = painting().convert("L").point(lambda level: 255 if level > 99 else 0)
    pictures = PICTURES | {"mask.png": saved(mask)}
    imported(campaign, tmp_path, ROW)
    ChangeRegion.objects.create(item=Item.objects.get(), kind="none")
    report = imported(campaign, tmp_path, ROW | {"mask": "mask.png"}, pictures=pictures)
    assert Item.objects.get().mask is not None
    assert not ChangeRegion.objects.exists()
    assert "mask of the item is now 'mask.png'" in said(report)


def test_a_known_best_joins_an_item_that_has_none_and_goes_along_into_a_new_version(
    campaign, tmp_path
):
    mask = painting().convert("L").point(lambda level: 255 if level > 99 else 0)
    pictures = PICTURES | {"mask.png": saved(mask)}
    imported(campaign, tmp_path, ROW)
    row = ROW | {"known_best": "m", "mask": "mask.png"}
    assert "known_best of the item is now 'm'" in said(
        imported(campaign, tmp_path, row, pictures=pictures)
    )
    old = Item.objects.get()
    new = correct_item(item=old, reason="Spelling.", actor=None, instruction="Add cafés.")
    assert (new.known_best, new.mask_id) == ("m", old.mask_id)
    assert new.mask_id is not None


def test_another_spelling_of_an_instruction_finds_the_item(campaign, tmp_path):
    imported(campaign, tmp_path, ROW)
    other = unicodedata.normalize("NFD", ROW["instruction"]).replace(" ", "  ")
    imported(campaign, tmp_path, ROW | {"instruction": other, "candidates": {"n": "b.png"}})
    item = Item.objects.get()
    assert (item.instruction, item.candidates.count()) == (ROW["instruction"], 2)


def test_a_seed_written_as_a_fraction_is_the_candidate_that_is_there(campaign, tmp_path):
    for seed in (42.0, 42, "42", "42.0"):
        edit = {"generator": "m", "path": "a.png", "seed": seed}
        imported(campaign, tmp_path, ROW | {"candidates": [edit]})
    assert list(Candidate.objects.values_list("seed", flat=True)) == ["42"]
    assert Item.objects.count() == 1
