"""A demo grows while people look on: its first part at once, the rest by a job of the worker."""

import json
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from annotation.campaigns.services import change_state
from annotation.models import Campaign, Comparison, Item, Judgment, User
from demo.campaign import is_ready
from demo.drawing import draw_part
from demo.progress import Steps
from demo.work import KIND
from jobs.models import Job
from jobs.runner import run_one
from tests.pages import part, parts

N_ITEMS, N_JUDGMENTS = 5, 70
SIZES = ("--items", str(N_ITEMS), "--judgments", str(N_JUDGMENTS))
#: Five items are three parts.
BY_WORKER = ("--by-worker", "--part", "2")


@pytest.fixture(scope="module")
def drawn_once(tmp_path_factory):
    """Return a folder with the three parts drawn: drawing is most of the work."""
    folder = tmp_path_factory.mktemp("drawn")
    for first, last in ((0, 2), (2, 4), (4, 5)):
        draw_part(folder, first=first, last=last)
    return folder


@pytest.fixture
def home(settings, tmp_path, media_root, drawn_once):
    settings.VAR_DIR = shutil.copytree(drawn_once, tmp_path / "home")
    return settings.VAR_DIR


def create(*options):
    out = StringIO()
    call_command("create_demo", *SIZES, *options, stdout=out)
    return out.getvalue()


def counts(slug="demo"):
    campaign = Campaign.objects.get(slug=slug)
    return (
        Item.objects.filter(campaign=campaign).count(),
        Judgment.objects.filter(campaign=campaign).count(),
    )


def as_lead(path):
    client = Client()
    client.force_login(User.objects.get(username="lead"))
    return client.get(path)


pytestmark = pytest.mark.django_db


def test_the_first_part_is_live_and_judged_and_the_worker_makes_the_rest(home):
    create(*BY_WORKER)
    assert counts() == (2, N_JUDGMENTS * 2 // N_ITEMS)
    assert Campaign.objects.get().state == "live"
    assert not is_ready("demo")
    done = run_one("default")
    assert (done.kind, done.state) == (KIND, "done"), done.error
    assert counts() == (N_ITEMS, N_JUDGMENTS)
    assert is_ready("demo")
    # 4 candidates make 6 pairs.
    assert Comparison.objects.filter(campaign__slug="demo").count() == 6 * N_ITEMS


def test_a_demo_made_in_parts_has_the_items_of_one_made_at_once(home, tmp_path, settings):
    create(*BY_WORKER)
    run_one("default")
    whole = draw_part(tmp_path / "whole", first=0, last=N_ITEMS)
    rows = json.loads((whole / "manifest.json").read_text())
    stored = Item.objects.order_by("pk").values_list("instruction", "source__sha256")
    drawn = sorted((row["instruction"], row["source"][7:27]) for row in rows)
    assert sorted((text, digest[:20]) for text, digest in stored) == drawn


def test_the_page_shows_how_far_it_is_until_it_is_complete(home):
    create(*BY_WORKER)
    page = reverse("campaign", args=["demo"])
    job = Job.objects.get(kind=KIND)
    for path in (page, reverse("models", args=["demo"])):
        bar = part(as_lead(path), ".progress")
        assert bar.attributes["data-job"] == reverse("job-state", args=[job.public_id])
    run_one("default")
    assert parts(as_lead(page), ".progress") == []


def test_a_repetition_queues_nothing_twice_and_changes_nothing_at_the_end(home):
    create(*BY_WORKER)
    create(*BY_WORKER)
    assert Job.objects.filter(kind=KIND).count() == 1
    run_one("default")
    create(*BY_WORKER)
    assert Job.objects.filter(kind=KIND).count() == 1
    assert counts() == (N_ITEMS, N_JUDGMENTS)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_is_interrupted_goes_on_where_it_stopped(home, monkeypatch):
    create(*BY_WORKER)
    reports = []

    def break_in_the_middle(self, n_items):
        reports.append(n_items)
        if len(reports) == 2:
            raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Steps, "imported", break_in_the_middle)
        failed = run_one("default")
    assert failed.state == "failed"
    assert "No space left" in failed.error
    assert counts() == (4, N_JUDGMENTS * 2 // N_ITEMS)
    create(*BY_WORKER)
    run_one("default")
    assert counts() == (N_ITEMS, N_JUDGMENTS)
    assert Comparison.objects.count() == 6 * N_ITEMS


@pytest.mark.django_db(transaction=True)
def test_what_a_lead_closes_is_left_alone_and_the_job_says_why(home):
    create(*BY_WORKER)
    campaign, lead = Campaign.objects.get(), User.objects.get(username="lead")
    change_state(campaign=campaign, state="closed", actor=lead)
    before = counts()
    failed = run_one("default")
    assert failed.state == "failed"
    assert "closed" in failed.error
    assert counts() == before


def test_without_votes_there_is_a_second_campaign_that_nobody_judged(home):
    for votes in ("--votes", "--no-votes"):
        create(*BY_WORKER, votes)
        run_one("default")
    assert counts("demo") == (N_ITEMS, N_JUDGMENTS)
    assert counts("demo-unjudged") == (N_ITEMS, 0)
    page = reverse("campaign", args=["demo-unjudged"])
    assert parts(as_lead(page), "#simulated") == []
    assert "sim-" in part(as_lead(reverse("campaign", args=["demo"])), "#simulated").text


def test_a_superuser_is_made_on_request_and_may_open_the_administration(home):
    create(*BY_WORKER)
    assert not User.objects.filter(is_superuser=True).exists()
    printed = create(*BY_WORKER, "--superuser")
    password = json.loads((home / "demo-accounts.json").read_text())["admin"]
    assert password in printed
    client = Client()
    assert client.login(username="admin", password=password)
    assert client.get("/admin/").status_code == 200


def test_a_part_of_no_items_is_refused(home):
    with pytest.raises(CommandError, match="--part"):
        create("--by-worker", "--part", "0")
    assert not Campaign.objects.exists()


def test_progress_counts_whole_items_and_ends_full():
    seen = []
    steps = Steps(lambda *each: seen.append(each), 4)
    for n in (2, 4):
        steps.drawn(n)
        steps.imported(n)
        steps.judged(n)
    done = [each[0] for each in seen]
    assert done == sorted(done)
    assert (done[0], done[-1], seen[-1][1]) == (0, 4, 4)
    # Nothing is promised before something was seen, and nothing is left at the end.
    assert "left" not in seen[0][2]
    assert "left" in seen[3][2]
    assert "left" not in seen[-1][2]
