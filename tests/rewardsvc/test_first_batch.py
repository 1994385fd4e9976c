"""A training that may learn nothing says so on its run's page from its first batch on."""

import pytest
import torch
from django.test import Client
from django.urls import reverse

from jobs.runner import run_one
from rewardsvc.core.compact.model import CompactRewardModel
from rewardsvc.models import TrainingRun
from rewardsvc.services import runs
from tests.annotation.studies import make_study
from tests.factories import make_user
from tests.rewardsvc.test_jobs import quiet_broker, train  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def zero_heads(monkeypatch):
    """Let new compact models begin with a head of zeros."""
    whole = CompactRewardModel.__init__

    def begin(self, config):
        whole(self, config)
        with torch.no_grad():
            self.answer.weight.zero_()

    monkeypatch.setattr(CompactRewardModel, "__init__", begin)


def test_what_the_first_batch_tells_is_on_the_page_while_the_run_trains_and_after(
    media_root, settings, tmp_path, zero_heads, monkeypatch
):
    settings.WORK_ROOT = tmp_path / "work"
    lead = make_user("lena")
    campaign = make_study(n_items=6, lead=lead)[0]
    train(campaign, epochs=1)
    client = Client()
    client.force_login(lead)
    shown = []
    add_point = runs.add_point

    def look(**point):
        run = TrainingRun.objects.get()
        shown.append(client.get(reverse("run", args=[campaign.slug, run.public_id])).text)
        add_point(**point)

    monkeypatch.setattr(runs, "add_point", look)
    assert run_one("gpu").state == "done"
    run = TrainingRun.objects.get()
    shown.append(client.get(reverse("run", args=[campaign.slug, run.public_id])).text)
    note = "Fold 1: the weights of its head are all zero (answer.weight): its reward is constant"
    assert all(note in page for page in shown)
    assert "Final model: its reward is the same for all" in shown[-1]
    assert len(run.metrics["notes"]) == len(set(run.metrics["notes"])) == 2 * (run.n_folds + 1)
