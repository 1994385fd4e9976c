"""A judged campaign that uses what exports can trip over, and what its exports must say.

Three candidates of an item, a tie that people call bad, a rubric of three dimensions, a held-out
source, a pair without a majority, and an adjudicated label.
"""

import hashlib
from itertools import combinations

import pytest

from annotation.common.storage import original_name
from annotation.models import Lane
from annotation.snapshots.export_jobs import export_to_folder
from annotation.snapshots.exports.options import Options
from annotation.snapshots.services import freeze
from annotation.snapshots.stored import reader_of
from tests.factories import (
    make_campaign,
    make_candidate,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_rubric,
)

DIMENSIONS = ("instruction_following", "visual_quality", "identity")
NAMES = ("aster", "birch", "cedar")


@pytest.fixture
def poll(media_root):
    """Return the campaign: ranks follow the alphabet of the generators unless said otherwise."""
    campaign = make_campaign(rubric=False, overlap=3, k=3)
    make_rubric(campaign, dimensions=DIMENSIONS)
    people = [make_member(campaign) for _ in range(3)]
    arm = {"random_arm": True, "held_out": True}
    edited(campaign, "Ring the bell.", people, category="object", language="en", **arm)
    edited(campaign, "Male den Himmel grün.", people, category="colour", language="de")
    tied(campaign, people)
    undecided(campaign, people)
    return campaign


def edited(campaign, instruction, people, **columns):
    """Three candidates, two people for the alphabet, one the other way round."""
    item = make_item(campaign, files=True, instruction=instruction, licence="CC0-1.0", **columns)
    comparison = compared(item, NAMES)
    for slot, person in enumerate(people, 1):
        places = by_name(comparison, {"aster": 1, "birch": 2, "cedar": 3})
        if slot == 3:
            places = [4 - place for place in places]
        answer(comparison, person, slot, places)
    return comparison


def tied(campaign, people):
    comparison = compared(make_item(campaign, files=True, instruction="Add rain."), NAMES[:2])
    for slot, person in enumerate(people, 1):
        answer(comparison, person, slot, [1, 1], tie_kind="bad" if slot < 3 else "good")


def undecided(campaign, people):
    """One vote each way; and the same again with an adjudicator, who prefers birch."""
    for instruction in ("Lower the sun.", "Raise the sun."):
        item = make_item(campaign, files=True, instruction=instruction)
        comparison = compared(item, NAMES[:2])
        for slot, person in enumerate(people[:2], 1):
            answer(
                comparison, person, slot, by_name(comparison, {"aster": slot, "birch": 3 - slot})
            )
    places = by_name(comparison, {"aster": 2, "birch": 1})
    answer(comparison, people[2], None, places, lane=Lane.ADJUDICATION)


def compared(item, names):
    edits = [make_candidate(item, generator=name, files=True) for name in names]
    return make_comparison(item, candidates=edits, k=len(names))


def by_name(comparison, places):
    from annotation.models import Candidate

    rows = Candidate.objects.select_related("generator").in_bulk(comparison.candidate_ids)
    return [places[rows[pk].generator.name] for pk in comparison.candidate_ids]


def answer(comparison, person, slot, places, **columns):
    """One answer; scores fall with the place, and differ by dimension."""
    scores = [[5 - place, max(1, 4 - place), 4] for place in places]
    order = list(range(len(places)))[::-1]
    return make_judgment(
        comparison, person, slot=slot, ranks=places, scores=scores, order=order, **columns
    )


def export(campaign, name, out, **options):
    """Write an export and return its summary."""
    snapshot = freeze(campaign=campaign)
    return export_to_folder(
        snapshot=snapshot, format_name=name, out=out, options=Options.of(options)
    )


def labels(campaign):
    """Return the labels of the campaign's snapshot, and its items and candidates by id."""
    reader = reader_of(freeze(campaign=campaign))
    return list(reader.labels()), reader.items, reader.candidates


def expected_pairs(campaign):
    """Return {(instruction, generator, generator): outcome} of every pair, names sorted.

    outcome: 1 = the first name wins, -1 = the second, 0 = tie, None = no majority. Worked out from
    the labels alone, apart from the exports' own code.
    """
    found = {}
    rows, items, candidates = labels(campaign)
    for label in rows:
        names = [candidates[each]["generator"] for each in label["candidate_ids"]]
        for (i, j), outcome in zip(
            combinations(range(len(names)), 2), label["pair_outcomes"], strict=True
        ):
            a, b = names[i], names[j]
            turned = None if outcome is None else outcome if a < b else -outcome
            found[items[label["item_id"]]["instruction"], *sorted((a, b))] = turned
    return found


def decided(campaign):
    """Return {(instruction, winner, loser)} of the decided pairs."""
    return {
        (text, a, b) if outcome == 1 else (text, b, a)
        for (text, a, b), outcome in expected_pairs(campaign).items()
        if outcome
    }


def original(media_root, sha256):
    return (media_root / original_name(sha256)).read_bytes()


def picture_hashes(campaign):
    """Return (instruction to source hash, (instruction, generator) to hash)."""
    _, items, candidates = labels(campaign)
    sources = {row["instruction"]: row["source_sha256"] for row in items.values()}
    edits = {
        (items[row["item_id"]]["instruction"], row["generator"]): row["image_sha256"]
        for row in candidates.values()
    }
    return sources, edits


def sha256(data):
    return hashlib.sha256(data).hexdigest()
