"""Manifests as people really wrote them."""

import pytest

from annotation.items.services.imports import import_folder
from annotation.models import Candidate, Item, StoredImage
from tests.factories import make_campaign

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("folder", "n_items", "n_candidates"),
    [("aurora_magicbrush", 48, 142), ("aurora_kubric", 50, 50), ("edit_examples", 15, 22)],
)
def test_published_edit_sets_import_without_a_refusal(
    reference_data, media_root, folder, n_items, n_candidates
):
    campaign = make_campaign()
    batch = import_folder(campaign=campaign, path=reference_data / "data" / folder)
    counts = batch.report["counts"]
    assert counts["items"] == {"taken": n_items, "already_there": 0, "refused": 0}
    assert counts["candidates"]["refused"] == counts["images"]["refused"] == 0
    assert Item.objects.filter(campaign=campaign).count() == n_items
    assert Candidate.objects.filter(item__campaign=campaign).count() == n_candidates
    assert not StoredImage.objects.exclude(derivatives__variant="fit").exists()
