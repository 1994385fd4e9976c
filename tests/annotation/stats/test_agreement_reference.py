"""Agreement on public data sets, against reference numbers and published ones."""

import csv
import json
from collections import Counter

import numpy as np
import pytest

from annotation.stats.agreement import krippendorff_alpha, raw_agreement
from annotation.stats.labels import outcomes_from_ranks, pairs_of, resolve
from tests.annotation.stats.tables import from_counts

NAN = np.nan
EDITORS = ("BlendedDiffusion", "Glide", "SDInpaint", "SDXLInpaint")
RANKS = {"0": [1, 1], "1": [1, 2], "2": [2, 1]}  # of two candidates; 0 = tie


def rows(path, delimiter=","):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def mask_guided(reference_data):
    """Return {"SC", "PQ"} -> ratings (3, 716); units are sorted by image, then editor."""
    folder = reference_data / "data" / "imagenhub_mask_guided"
    raters = [
        {row["uid"]: row for row in rows(folder / f"Mask-Guided_IE_rater{n}.tsv", "\t")}
        for n in (1, 2, 3)
    ]
    cells = [
        [json.loads(rater[uid][editor]) for uid in sorted(raters[0]) for editor in EDITORS]
        for rater in raters
    ]
    ratings = np.array(cells, dtype=float)  # (rater, unit, dimension)
    return {"SC": ratings[:, :, 0], "PQ": ratings[:, :, 1]}


def wide(path, units):
    """Return (n_raters, n_units) of a CSV file with one row per unit; empty = missing."""
    table = rows(path)
    raters = [name for name in table[0] if name != units]
    return np.array([[float(row[rater] or NAN) for row in table] for rater in raters])


def test_wikipedias_table_has_its_alpha(reference_data, oracles):
    path = reference_data / "data" / "agreement" / "krippendorff_wikipedia_3x15.csv"
    entry = oracles["kripp-3x15"]
    for level, expected in entry["expected"].items():
        alpha = krippendorff_alpha(wide(path, "unit"), level)
        assert alpha == pytest.approx(expected, abs=entry["tol"])


def test_gwets_four_raters_have_krippendorffs_alpha(reference_data, oracles):
    ratings = wide(reference_data / "data" / "agreement" / "gwet_cac.raw4raters.csv", "Units")
    entry = oracles["kripp-raw4"]
    for level in ("nominal", "ordinal", "interval", "ratio"):
        alpha = krippendorff_alpha(ratings, level)
        assert alpha == pytest.approx(entry["expected"][f"alpha_{level}"], abs=entry["tol"])


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("dimension", ["SC", "PQ"])
def test_pooled_edit_ratings_have_the_reference_alpha(mask_guided, oracles, dimension, level):
    entry = oracles["ih-mask"]
    alpha = krippendorff_alpha(mask_guided[dimension], level)
    assert mask_guided[dimension].shape == (3, 716)
    assert alpha == pytest.approx(entry["expected"][dimension][level], abs=entry["tol"])


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("dimension", ["SC", "PQ"])
def test_edit_ratings_with_gaps_have_the_reference_alpha(mask_guided, oracles, dimension, level):
    entry = oracles["ih-mask-gaps"]
    cells = mask_guided[dimension].T.copy()  # rows are units
    cells.ravel()[::7] = NAN
    assert np.isnan(cells).sum() == 307
    alpha = krippendorff_alpha(cells.T, level)
    assert alpha == pytest.approx(entry["expected"][dimension][level], abs=entry["tol"])


@pytest.mark.parametrize(
    ("editor", "dimension", "fleiss", "ordinal"),
    [
        ("BlendedDiffusion", "SC", 0.44, 0.49),
        ("BlendedDiffusion", "PQ", 0.45, 0.55),
        ("Glide", "SC", 0.45, 0.61),
        ("Glide", "PQ", 0.28, 0.51),
        ("SDInpaint", "SC", 0.55, 0.73),
        ("SDInpaint", "PQ", 0.26, 0.41),
    ],
)
def test_each_editor_has_the_published_agreement(mask_guided, editor, dimension, fleiss, ordinal):
    ratings = mask_guided[dimension][:, EDITORS.index(editor) :: len(EDITORS)]
    assert krippendorff_alpha(ratings, "ordinal") == pytest.approx(ordinal, abs=0.0051)
    n_votes = ratings.size
    kappa = 1 - (1 - krippendorff_alpha(ratings, "nominal")) * n_votes / (n_votes - 1)
    assert kappa == pytest.approx(fleiss, abs=0.0051)


def test_the_anaesthetists_readings_have_the_reference_alpha(reference_data, oracles):
    table = rows(reference_data / "data" / "dawid_skene_1979" / "anesthesia.csv")
    units = {}
    for row in table:
        units.setdefault(row["item"], []).append(float(row["rating"]))
    ratings = np.array(list(units.values())).T
    assert ratings.shape == (7, 45)
    for level, expected in oracles["ds79"]["expected"]["alpha7"].items():
        assert krippendorff_alpha(ratings, level) == pytest.approx(expected, abs=5e-5)


@pytest.fixture(scope="module")
def temporal(reference_data):
    """Return {item: (gold, answers)} of the temporal-ordering task, answers in ranks."""
    items = {}
    for row in rows(reference_data / "data" / "snow2008" / "temp.standardized.tsv", "\t"):
        items.setdefault(row["orig_id"], (row["gold"], []))[1].append(row["response"])
    return items


def test_the_crowds_temporal_order_has_the_reference_alpha(temporal, oracles):
    answers = [Counter(answers) for _, answers in temporal.values()]
    names = sorted(set().union(*answers))
    ratings = from_counts([[unit[name] for name in names] for unit in answers])
    expected = oracles["snow-temp"]["expected"]["alpha_nominal"]
    assert krippendorff_alpha(ratings, "nominal") == pytest.approx(expected, abs=5e-5)


def test_majorities_of_ten_workers_are_as_accurate_as_published(temporal, oracles):
    names = sorted({answer for _, answers in temporal.values() for answer in answers})
    ranks = dict(zip(names, ([1, 2], [2, 1]), strict=True))
    outcome = dict(zip(names, (1, -1), strict=True))
    right = 0.0
    for gold, answers in temporal.values():
        label = resolve(np.ones((len(answers), 2, 1)), [ranks[answer] for answer in answers])
        (decided,) = label.pair_outcomes
        right += 0.5 if decided is None else decided == outcome[gold]
    accuracy = 100 * right / len(temporal)
    assert len(temporal) == 462
    assert accuracy == pytest.approx(oracles["snow-temp"]["expected"]["mv_tie_expected"], abs=0.005)


def test_pairwise_votes_of_three_annotators_have_the_published_agreement(reference_data, oracles):
    entry = oracles["pandalm-agree"]
    table = rows(reference_data / "data" / "pandalm" / "pairwise_3annotators.csv")
    votes = [[row[f"annotator{n}"] for n in (1, 2, 3)] for row in table]
    ratings = np.array(votes, dtype=float).T
    expected = entry["expected"]
    alpha = krippendorff_alpha(ratings, "nominal")
    assert alpha == pytest.approx(expected["alpha_nominal"], abs=entry["tol"])
    for pair, raw in zip(pairs_of(3), expected["raw"], strict=True):
        assert raw_agreement(ratings[list(pair)]) == pytest.approx(raw, abs=entry["tol"])
    assert sum(len(set(answers)) == 1 for answers in votes) == expected["unanimous"]
    decided = Counter(
        resolve(np.ones((3, 2, 1)), [RANKS[answer] for answer in answers]).pair_outcomes[0]
        for answers in votes
    )
    assert {"0": decided[0], "1": decided[1], "2": decided[-1]} == expected["majority"]
    assert decided[None] == 0


def test_rankings_expand_to_the_reference_number_of_pairs(reference_data, oracles):
    path = reference_data / "data" / "imagereward_rankings" / "test.json"
    outcomes = [outcomes_from_ranks(prompt["ranking"]) for prompt in json.loads(path.read_text())]
    expected = oracles["imagereward-pairs"]["expected"]
    assert len(outcomes) == expected["prompts"]
    assert sum(int((pairs != 0).sum()) for pairs in outcomes) == expected["strict"]
    assert sum(int((pairs == 0).sum()) for pairs in outcomes) == expected["tied"]
    assert sum(bool((pairs == 0).any()) for pairs in outcomes) == expected["prompts_with_ties"]
