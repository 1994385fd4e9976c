import pytest

from annotation.models import Judgment
from annotation.quality.selectors.labels import label_row
from tests.factories import make_campaign, make_comparison, make_judgment, make_rubric

pytestmark = pytest.mark.django_db


def label_of(comparison):
    judgments = Judgment.objects.select_related("rubric", "assignment").order_by("id")
    rubrics = comparison.campaign.rubrics.prefetch_related("dimensions")
    dimensions = {r.pk: [d.slug for d in r.dimensions.order_by("position")] for r in rubrics}
    return label_row(comparison, list(judgments.filter(comparison=comparison)), dimensions)


def test_verdicts_of_all_rubric_versions_count_but_scores_of_the_newest_alone():
    campaign = make_campaign(k=2)
    comparison = make_comparison(campaign=campaign)
    make_judgment(comparison, ranks=[1, 2], scores=[[4, 4], [1, 1]], slot=1)
    make_rubric(campaign, dimensions=("faithful", "clean", "lasting"))
    make_judgment(comparison, ranks=[2, 1], scores=[[1, 2, 3], [2, 3, 4]], slot=2)
    make_judgment(comparison, ranks=[2, 1], scores=[[1, 4, 1], [4, 3, 2]], slot=3)
    row = label_of(comparison)
    assert row["n_judgments"] == 3
    assert row["dimensions"] == ["faithful", "clean", "lasting"]
    assert row["mean_scores"] == [[1, 3, 2], [3, 3, 3]]
    assert (row["pair_outcomes"], row["ranks"], row["n_conflicts"]) == ([-1], [2, 1], 0)


def test_an_adjudicated_answer_decides_but_is_no_judgment_of_the_label():
    comparison = make_comparison(campaign=make_campaign(k=2))
    make_judgment(comparison, ranks=[1, 2], scores=[[4, 4], [1, 1]], slot=1)
    make_judgment(comparison, ranks=[2, 1], scores=[[1, 1], [4, 4]], lane="adjudication")
    row = label_of(comparison)
    assert (row["n_judgments"], row["resolved_by"]) == (1, "adjudication")
    assert row["mean_scores"] == [[4, 4], [1, 1]]
    assert (row["pair_outcomes"], row["ranks"], row["n_conflicts"]) == ([-1], [2, 1], 1)


def test_answers_that_do_not_count_make_no_label():
    comparison = make_comparison(campaign=make_campaign(k=2))
    assert label_of(comparison) is None
    make_judgment(comparison, cannot_judge="The source is missing.", slot=1)
    make_judgment(comparison, state="surplus")
    make_judgment(comparison, lane="gold")
    assert label_of(comparison) is None
