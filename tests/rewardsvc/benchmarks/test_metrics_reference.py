"""The benchmark metrics against the numbers of the published evaluators."""

import json

import numpy as np
import pytest

from rewardsvc.benchmarks.labels import published_reading
from rewardsvc.benchmarks.metrics import (
    accuracy_without_ties,
    mean_correlation,
    pair_counts,
    prompt_correlations,
    ranking_correct,
    strict_ranking_accuracy,
    tie_calibrated_accuracy,
)

ALL_DIGITS = {"rel": 1e-12, "abs": 1e-12}


@pytest.fixture(scope="module")
def oracle(reference_data):
    path = reference_data / "oracles" / "editreward" / "metrics.json"
    return json.loads(path.read_text())


def test_accuracy_without_ties_is_the_published_one(oracle):
    for case in oracle["pairwise"]:
        expected = case["out"]["calc_accuracy_without_ties"]
        undefined = isinstance(expected, dict)
        found = accuracy_without_ties(case["m"], case["h"])
        assert found == (None if undefined else expected), case["id"]


@pytest.mark.parametrize(
    ("convention", "key"),
    [("genai", "calc_accuracy_with_ties"), ("bench", "bench_with_ties_acc_and_eps")],
)
def test_the_named_conventions_are_the_published_ones(oracle, convention, key):
    checked = 0
    for case in oracle["pairwise"]:
        expected = case["out"][key]
        found = tie_calibrated_accuracy(case["m"], case["h"], convention=convention)
        if not case["m"]:
            assert found == (None, None)
        elif convention == "genai":
            assert found.accuracy == expected, case["id"]
            checked += 1
        else:
            assert list(found) == expected, case["id"]
            checked += 1
    assert checked == len(oracle["pairwise"]) - 1 > 20


def test_pairs_are_counted_as_published_at_every_threshold(oracle):
    for case in oracle["pairwise"]:
        for key, threshold in (("minus1", -1), ("0", 0), ("0.5", 0.5)):
            expected = case["out"][f"suff_stats_eps_{key}"]
            assert list(pair_counts(case["m"], case["h"], threshold)) == expected, case["id"]


def readings(case, k):
    return [published_reading(group["ranking"], k) for group in case["groups"].get(str(k), [])]


def test_labels_are_read_as_the_published_evaluator_reads_them(oracle):
    for case in oracle["edit_reward_bench"]:
        found = [reading for k in (2, 3, 4) for reading in readings(case, k)]
        for reading, expected in zip(found, case["out"]["parsed_labels"], strict=True):
            ranks = expected["gt_ranking"]
            if ranks == "tie":
                ranks = (1, 1)
            elif ranks is not None:
                ranks = tuple((np.argsort(ranks) + 1).tolist())
            assert reading == (ranks, tuple(expected["pairwise_gt"])), case["id"]


def pairs_of(case, k):
    """Return gap and human label of every pair of the groups of K candidates."""
    first, second = np.triu_indices(k, k=1)
    scores = [np.array(group["scores"]) for group in case["groups"].get(str(k), [])]
    gap = [each for values in scores for each in (values[first] - values[second]).tolist()]
    return gap, [each for reading in readings(case, k) for each in reading.pairs]


def test_the_tables_of_multi_way_groups_are_the_published_ones(oracle):
    for case in oracle["edit_reward_bench"]:
        summary, verdicts, pooled = case["out"]["summary"], [], ([], [])
        for k in (2, 3, 4):
            if str(k) not in case["groups"]:
                continue
            gap, human = pairs_of(case, k)
            pooled = (pooled[0] + gap, pooled[1] + human)
            calibrated = tie_calibrated_accuracy(gap, human, convention="bench")
            accuracy = calibrated.accuracy if k == 2 else accuracy_without_ties(gap, human)
            how = {"threshold": calibrated.threshold, "convention": "official"}
            scores = [group["scores"] for group in case["groups"][str(k)]]
            ranks = [reading.ranks for reading in readings(case, k)]
            verdicts += ranking_correct(scores, ranks, **how).tolist()
            expected = summary[f"{k}-Pair"]
            assert accuracy == expected["pairwise_accuracy"], (case["id"], k)
            strict = strict_ranking_accuracy(scores, ranks, **how)
            assert strict == expected["strict_ranking_accuracy"], (case["id"], k)
        assert verdicts == [group["strict_correct"] for group in case["out"]["per_group"]]
        overall = tie_calibrated_accuracy(*pooled, convention="bench")
        assert overall.accuracy == summary["overall"]["pairwise_accuracy"], case["id"]
        assert np.mean(verdicts) == summary["overall"]["strict_ranking_accuracy"], case["id"]


def columns(case):
    return [[row[name] for row in case["rows"]] for name in ("pred", "human", "model", "prompt")]


def test_correlations_per_editor_and_their_averages_are_the_published_ones(oracle):
    n_left_out = 0
    for case in oracle["pointwise"]:
        pred, human, model, _ = columns(case)
        out = case["out"]
        for average, expected in (
            ("published", out["imagenhub_v1"]["returned"]),
            ("plain", out["aurora_pointwise"]["returned"]),
            ("fisher", out["extra_not_official"]["proper_fisher"]),
        ):
            found = mean_correlation(pred, human, model, average=average)
            for name, r in out["aurora_pointwise"]["file"].items():
                if name in found.per_group:
                    assert found.per_group[name] == pytest.approx(r, **ALL_DIGITS), case["id"]
                else:
                    assert r == "nan" or name == "average"
            if expected == "nan":
                assert found.left_out > 0
                n_left_out += found.left_out
            else:
                assert found.value == pytest.approx(expected, **ALL_DIGITS), case["id"]
                assert found.left_out == 0
    assert n_left_out > 0


def test_correlations_within_prompts_are_the_published_ones(oracle):
    for case in oracle["pointwise"]:
        pred, human, _, prompt = columns(case)
        expected = case["out"]["imagenhub_v2"]["file"]
        found = prompt_correlations(pred, human, prompt, decimals=None)
        assert found.n_evaluated == expected["evaluated_prompt_count"], case["id"]
        assert found.n_prompts == expected["total_prompt_count"]
        if not found.n_evaluated:
            assert (found.mean, found.standardised) == (None, None)
            continue
        mean, overall = expected["avg_per_prompt_spearman"], expected["overall_zscore_spearman"]
        assert found.mean == pytest.approx(mean, **ALL_DIGITS), case["id"]
        assert found.standardised == pytest.approx(overall, **ALL_DIGITS), case["id"]


def test_the_accuracy_of_a_training_is_the_share_of_chosen_above_rejected(oracle):
    for case in oracle["train_acc"]:
        chosen, rejected = np.array(case["chosen_rejected"]).T
        found = accuracy_without_ties(chosen - rejected, np.ones(len(chosen)))
        assert found == case["out"]["Acc"]
