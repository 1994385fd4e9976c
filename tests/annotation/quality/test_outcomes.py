"""Rows loaded straight into arrays are what a plain reading of the rows finds."""

from itertools import combinations
from random import Random

import numpy as np
import pytest
from django.db.models.functions import Now

from annotation.common.columns import Column, load
from annotation.models import Assignment, Comparison, Judgment, SetAside
from annotation.quality.selectors.outcomes import answers
from annotation.quality.selectors.pair_votes import pair_votes
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    """A campaign with all that may befall a judgment: K 2 to 4, two rubrics, odd text, removals."""
    rng = Random(5)
    campaign = make.make_campaign(overlap=3)
    people = [make.make_member(campaign) for _ in range(3)]
    rubrics = [campaign.rubrics.get(), make.make_rubric(campaign, dimensions=("realism", "care"))]
    for number in range(24):
        k = 2 + number % 3
        comparison = make.make_comparison(campaign=campaign, k=k)
        for slot, person in enumerate(people, 1):
            ranks = rng.choice([[1] * k, list(range(1, k + 1)), [2] + [1] * (k - 1)])
            judgment = make.make_judgment(
                comparison,
                person,
                ranks=ranks,
                scores=[[rng.randint(1, 4) for _ in range(2)] for _ in range(k)],
                slot=slot,
                order=rng.sample(range(k), k),
                rubric=rng.choice(rubrics),
                active_ms=rng.choice([None, 0, 90_000]),
                note='a "quoted"\ttab\nand \\N a line',
            )
            if number % 8 == 1:
                SetAside.objects.create(judgment=judgment, reason="blind", actor=person)
        if number % 8 == 2:
            Comparison.objects.filter(pk=comparison.pk).update(withdrawn_at=Now())
        if number % 8 == 3:
            make.make_judgment(comparison, state="surplus")
            make.make_judgment(comparison, cannot_judge="The image is broken.")
        if number % 8 == 4:
            correct(judgment)
    make.make_judgment(make.make_comparison(campaign=campaign), people[0], lane="gold")
    make.make_judgment(make.make_comparison())
    return campaign


def correct(judgment):
    """Supersede a judgment by another answer to the same assignment."""
    first = Judgment.objects.get(pk=judgment.pk)
    Judgment.objects.create(
        supersedes=judgment,
        ranks=[1] * len(first.ranks),
        tie_kind="bad",
        client_id=make.uuid.uuid4(),
        **{
            name: getattr(first, name)
            for name in ("assignment", "campaign", "comparison", "annotator", "rubric", "lane")
        },
        scores=first.scores,
    )


def plainly(campaign):
    """Return the judgments that count, read one by one."""
    rows = (
        Judgment.objects.in_force()
        .counting()
        .filter(campaign=campaign, scores__isnull=False, comparison__withdrawn_at__isnull=True)
    )
    return list(rows.select_related("comparison__item", "rubric", "assignment").order_by("id"))


def test_every_column_is_what_the_rows_hold(study):
    found, rows = answers(study), plainly(study)
    assert len(found) == len(rows) > 40
    assert found.dimensions == ("care", "instruction_following", "realism", "visual_quality")
    for n, row in enumerate(rows):
        assert found.comparison[n] == row.comparison_id
        assert found.source[n] == row.comparison.item.source_id
        assert found.annotator[n] == row.annotator_id
        assert found.k[n] == len(row.ranks)
        assert found.ranks[n, : len(row.ranks)].tolist() == row.ranks
        assert found.tie_kind[n] == (row.tie_kind or "")
        assert np.array_equal(
            found.active_ms[n], np.nan if row.active_ms is None else row.active_ms, equal_nan=True
        )
        slugs = list(row.rubric.dimensions.order_by("position").values_list("slug", flat=True))
        for candidate in range(4):
            for column, slug in enumerate(found.dimensions):
                known = candidate < len(row.ranks) and slug in slugs
                score = row.scores[candidate][slugs.index(slug)] if known else np.nan
                assert np.array_equal(found.scores[n, candidate, column], score, equal_nan=True)


def test_every_pair_of_a_verdict_is_a_vote_between_generators(study):
    found = pair_votes(study)
    expected = []
    for row in plainly(study):
        generators = dict(row.comparison.item.candidates.values_list("pk", "generator_id"))
        ids, order = row.comparison.candidate_ids, row.assignment.shown_order
        expected += [
            (
                row.comparison_id,
                row.comparison.item.source_id,
                row.annotator_id,
                row.rubric_id,
                generators[ids[a]],
                generators[ids[b]],
                int(np.sign(row.ranks[b] - row.ranks[a])),
                order.index(a) < order.index(b),
                len(ids),
            )
            for a, b in combinations(range(len(ids)), 2)
        ]
    assert sorted(zip(*vars(found).values(), strict=True)) == sorted(expected)


def test_loading_costs_two_queries(study, django_assert_num_queries):
    with django_assert_num_queries(2):
        answers(study)
    with django_assert_num_queries(2):
        pair_votes(study)


def test_a_campaign_nobody_judged_has_empty_arrays():
    campaign = make.make_campaign()
    assert len(answers(campaign)) == 0
    assert answers(campaign).scores.shape == (0, 4, 2)
    assert len(pair_votes(campaign).i) == 0


def test_blocks_are_joined_without_losing_a_row(monkeypatch):
    monkeypatch.setattr("annotation.common.columns.BLOCK_ROWS", 7)
    columns = (
        Column("n", "n", "int8"),
        Column("half", "n / 2.0", "float8"),
        Column("m", "-n", "int4"),
    )
    for size in (0, 1, 6, 7, 8, 100):
        found = load(columns, "FROM generate_series(1, %(size)s) n ORDER BY n", {"size": size})
        assert found["n"].tolist() == list(range(1, size + 1))
        assert found["half"].tolist() == [n / 2 for n in range(1, size + 1)]
        assert found["m"].dtype == np.int32


def test_a_missing_value_is_refused_and_the_connection_goes_on():
    columns = (Column("n", "n", "int8"), Column("gap", "nullif(n, 3)", "int4"))
    with pytest.raises(ValueError, match="NULL"):
        load(columns, "FROM generate_series(1, 5) n", {})
    assert load(columns[:1], "FROM generate_series(1, 2) n", {})["n"].tolist() == [1, 2]


def test_orders_are_read_from_the_assignment(study):
    assert Assignment.objects.filter(campaign=study).exists()
    assert 0 < pair_votes(study).i_first.mean() < 1
