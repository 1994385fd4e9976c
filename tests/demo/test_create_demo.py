import json
import shutil
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from annotation.models import (
    Campaign,
    CampaignEvent,
    Candidate,
    Comparison,
    ImportBatch,
    Item,
    Judgment,
    Membership,
    QueueEntry,
    Rubric,
    User,
)
from demo.drawing import draw_part

pytestmark = pytest.mark.django_db

SMALL_ITEMS = 4
SMALL = ("--items", str(SMALL_ITEMS), "--judgments", "25")
TABLES = (
    Campaign, CampaignEvent, Candidate, Comparison, ImportBatch, Item, Judgment, Membership,
    QueueEntry, Rubric, User,
)  # fmt: skip


@pytest.fixture(scope="module")
def drawn_once(tmp_path_factory):
    """Return a folder with the pictures of a SMALL demo: drawing is most of the work."""
    folder = tmp_path_factory.mktemp("small")
    draw_part(folder, first=0, last=SMALL_ITEMS)
    return folder


@pytest.fixture
def home(settings, tmp_path, media_root):
    """Return an empty home."""
    settings.VAR_DIR = tmp_path / "home"
    settings.VAR_DIR.mkdir()
    return settings.VAR_DIR


@pytest.fixture
def drawn_home(home, drawn_once):
    """Return a home in which the pictures of a SMALL demo are drawn already."""
    return shutil.copytree(drawn_once, home, dirs_exist_ok=True)


def create(*arguments):
    out = StringIO()
    call_command("create_demo", *arguments, json=True, stdout=out)
    return json.loads(out.getvalue())


def everything():
    return {table.__name__: list(table.objects.order_by("pk").values()) for table in TABLES}


def test_the_demo_is_live_judged_in_part_and_has_work_left(home):
    result = create(*SMALL)
    campaign = Campaign.objects.get(slug="demo")
    assert campaign.state == "live"
    # A tenth held out is too few sources for the first champion's lower bound.
    assert (campaign.random_arm_percent, campaign.held_out_percent) == (40, 30)
    assert campaign.lane_plan.count("random") == 28  # of 50 serves
    assert (result["items"], result["judgments"]) == (4, 25)
    assert Candidate.objects.count() == 16
    assert Rubric.objects.filter(campaign=campaign, published_at__isnull=False).count() == 1
    assert QueueEntry.objects.filter(campaign=campaign).exists()
    roles = set(Membership.objects.values_list("user__username", "role"))
    assert {("lead", "lead"), ("annotator", "annotator")} <= roles
    assert User.objects.get(username="lead").is_superuser is False


def test_the_random_arm_is_judged_before_the_rest(home):
    create("--items", "8", "--judgments", "130")  # of 144
    wanted = Comparison.objects.filter(item__random_arm=True).aggregate(n=Sum("overlap"))["n"]
    judged = Judgment.objects.filter(comparison__item__random_arm=True).count()
    assert 0 < wanted < 130
    # Held-out sources lie in it, and decide whether the first model becomes champion.
    assert judged >= 0.95 * wanted


def test_a_second_run_changes_nothing(drawn_home):
    create(*SMALL)
    before = everything()
    files = {path: path.stat().st_mtime_ns for path in drawn_home.rglob("*") if path.is_file()}
    create(*SMALL)
    create("--items", "9", "--judgments", "99")
    assert everything() == before
    assert {p: p.stat().st_mtime_ns for p in drawn_home.rglob("*") if p.is_file()} == files


def test_another_seed_draws_another_set(home):
    create(*SMALL, "--seed", "7")
    with pytest.raises(CommandError, match="--seed"):
        create("--seed", "-1")
    drawn = [path.name for path in (home / "demo").iterdir() if path.is_dir()]
    assert drawn == ["set-1-7-0000-0004"]
    assert Campaign.objects.get(slug="demo").seed == 7


def test_an_interrupted_run_goes_on_where_it_stopped(drawn_home, monkeypatch):
    def stop(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("demo.voting.simulate", stop)
        with pytest.raises(KeyboardInterrupt):
            create(*SMALL)
    assert not Judgment.objects.exists()
    batches = ImportBatch.objects.count()
    create(*SMALL)
    assert Judgment.objects.count() == 25
    assert (Campaign.objects.count(), ImportBatch.objects.count()) == (1, batches)


def test_passwords_work_and_only_their_owner_reads_them(drawn_home):
    create(*SMALL)
    path = drawn_home / "demo-accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    passwords = json.loads(path.read_text(encoding="utf-8"))
    assert set(passwords) == {"lead", "annotator"}
    assert passwords["lead"] != passwords["annotator"]
    for name, password in passwords.items():
        assert len(password) == 16
        assert User.objects.get(username=name).check_password(password)


def test_an_account_that_was_there_keeps_its_password(drawn_home):
    User.objects.create_user("lead", password="chosen-by-hand")
    create(*SMALL)
    assert User.objects.get(username="lead").check_password("chosen-by-hand")
    assert "lead" not in json.loads((drawn_home / "demo-accounts.json").read_text(encoding="utf-8"))


def own_folder(drawn, tmp_path, *, known_best):
    folder = tmp_path / "My photos"
    folder.mkdir()
    (folder / "images").symlink_to(drawn.folder / "images")
    rows = [dict(row) for row in drawn.rows[:3]]
    for row in rows:
        if known_best:
            row["known_best"] = "dune-mix"
    (folder / "manifest.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder


def test_own_pictures_are_not_judged_by_invented_opinions(home, drawn, tmp_path):
    result = create("--data", str(own_folder(drawn, tmp_path, known_best=False)))
    assert (result["campaign"], result["state"]) == ("my-photos", "live")
    assert (result["items"], result["judgments"]) == (3, 0)


def test_one_manifest_of_several_in_a_folder_is_a_campaign_of_its_own(home, drawn, tmp_path):
    folder = own_folder(drawn, tmp_path, known_best=True)
    rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "night.json").write_text(json.dumps(rows[:1]), encoding="utf-8")
    night = create("--data", str(folder / "night.json"))
    assert (night["campaign"], night["items"]) == ("my-photos-night", 1)
    assert night["judgments"] > 0
    whole = create("--data", str(folder / "manifest.json"))
    assert (whole["campaign"], whole["items"]) == ("my-photos", 3)
    assert whole["judgments"] > night["judgments"]


def test_on_own_pictures_with_a_known_best_the_best_wins(home, drawn, tmp_path):
    create("--data", str(own_folder(drawn, tmp_path, known_best=True)))
    wins = losses = 0
    best = set(Candidate.objects.filter(generator__name="dune-mix").values_list("pk", flat=True))
    for judgment in Judgment.objects.filter(cannot_judge="").select_related("comparison"):
        ids, ranks = judgment.comparison.candidate_ids, judgment.ranks
        for mine, theirs in ((0, 1), (1, 0)):
            if ids[mine] in best:
                wins += ranks[mine] < ranks[theirs]
                losses += ranks[mine] > ranks[theirs]
    assert wins > 10
    assert losses < wins / 10


def test_magicbrush_edits_win_where_they_are_known_to(home, reference_data):
    create("--data", str(reference_data / "data" / "aurora_magicbrush"))
    assert Item.objects.count() == 48
    score = dict.fromkeys(("human_dalle2_edit", "no_edit"), 0)
    names = dict(Candidate.objects.values_list("pk", "generator__name"))
    for judgment in Judgment.objects.filter(cannot_judge="").select_related("comparison"):
        for pk, rank in zip(judgment.comparison.candidate_ids, judgment.ranks, strict=True):
            if names[pk] in score:
                score[names[pk]] += 1 if rank == 1 else -1
    assert score["human_dalle2_edit"] > 0 > score["no_edit"]


@pytest.mark.parametrize("content", ["[]", "{", '[{"instruction": "a", "source": "x.png"}]'])
def test_a_folder_without_anything_to_take_is_refused_and_changes_nothing(home, tmp_path, content):
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(CommandError) as refusal:
        create("--data", str(folder))
    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)
    assert not Campaign.objects.exists()


def test_a_campaign_of_the_same_name_is_not_touched(home, drawn, tmp_path):
    Campaign.objects.create(slug="my-photos", name="Mine")
    with pytest.raises(CommandError, match="did not make"):
        create("--data", str(own_folder(drawn, tmp_path, known_best=True)))
    assert not Item.objects.exists()


def test_a_path_that_does_not_exist_is_refused(home):
    with pytest.raises(CommandError, match="does not exist"):
        create("--data", str(Path("/no/such/folder")))
    assert not User.objects.exists()
