import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Assignment, Judgment, Membership, User
from demo.experts import PERSONAS, Persona
from demo.simulation import simulate
from demo.truth import Truth, read_truth
from tests.factories import make_campaign, make_item, make_queued

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    campaign = make_campaign(overlap=2, seed=11)
    for _ in range(6):
        make_queued(make_item(campaign))
    return campaign


def run(campaign, **options):
    out = StringIO()
    call_command("simulate", campaign.slug, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_experts_lease_and_submit_like_people(campaign):
    result = run(campaign, judgments=5, seed=1)
    assert result["judgments"] == 5
    assert sum(result["by_persona"].values()) == 5
    assert result["ended"] is None
    assert Judgment.objects.filter(campaign=campaign).count() == 5
    assert Assignment.objects.filter(state="submitted").count() == 5
    assert not Assignment.objects.filter(state="leased").exists()
    assert all(j.evidence == {"simulated": True} for j in Judgment.objects.all())


def test_nobody_judges_a_comparison_twice_and_no_place_is_filled_twice(campaign):
    result = run(campaign, judgments=1_000, seed=1)
    rows = Judgment.objects.filter(campaign=campaign, cannot_judge="")
    assert rows.count() == 12
    assert len({(j.comparison_id, j.annotator_id) for j in rows}) == 12
    assert result["ended"] in {"done", "waiting"}
    assert result["surplus"] == 0


def test_a_second_run_goes_on_with_the_same_people(campaign):
    run(campaign, judgments=3, seed=1)
    members = set(Membership.objects.values_list("pk", flat=True))
    run(campaign, judgments=3, seed=1)
    assert Judgment.objects.count() == 6
    assert set(Membership.objects.values_list("pk", flat=True)) == members


def test_simulated_accounts_cannot_sign_in(campaign):
    run(campaign, judgments=1, seed=1)
    accounts = User.objects.filter(username__startswith="sim-")
    assert accounts.count() == len(PERSONAS)
    assert not any(account.has_usable_password() for account in accounts)
    assert set(Membership.objects.filter(user__in=accounts).values_list("role", flat=True)) == {
        "annotator"
    }


def test_answers_follow_the_quality_that_is_known(campaign):
    exact = Persona("sim-exact", {"": 0.0}, careless=0.0, cannot_judge=0.0)
    simulate(campaign=campaign, personas=[exact], n_judgments=6, seed=0, truth=Truth())
    before = {j.comparison_id: (j.scores, j.ranks) for j in Judgment.objects.all()}
    assert len(before) == 6
    # Quality is drawn from the campaign's seed, not from the run's: a second exact expert agrees.
    other = Persona("sim-other", {"": 0.0}, careless=0.0, cannot_judge=0.0)
    simulate(campaign=campaign, personas=[other], n_judgments=6, seed=99, truth=Truth())
    for judgment in Judgment.objects.filter(annotator__username="sim-other"):
        assert (judgment.scores, judgment.ranks) == before[judgment.comparison_id]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"judgments": 0}, "--judgments"),
        ({"judgments": 1, "seed": -1}, "--seed"),
        ({"judgments": 1, "personas": "/no/such/file"}, "/no/such/file"),
        ({"judgments": 1, "truth": "/no/such/folder"}, "/no/such/folder"),
    ],
)
def test_a_bad_option_is_one_line_and_changes_nothing(campaign, options, complaint):
    arguments = [text for key, value in options.items() for text in (f"--{key}", str(value))]
    with pytest.raises(CommandError, match=complaint) as refusal:
        call_command("simulate", campaign.slug, *arguments)
    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)
    assert not Judgment.objects.exists()
    assert not User.objects.filter(username__startswith="sim-").exists()


def test_a_campaign_that_is_not_open_is_refused():
    campaign = make_campaign(state="paused")
    with pytest.raises(CommandError, match="paused") as refusal:
        call_command("simulate", campaign.slug, "--judgments", "1")
    assert refusal.value.returncode == 2
    assert not Membership.objects.exists()


def test_known_best_makes_one_candidate_better_and_no_edit_worse(tmp_path):
    for name in ("source", "best", "other"):
        (tmp_path / f"{name}.png").write_bytes(name.encode())
    row = {
        "instruction": "Add a hat.",
        "source": "source.png",
        "candidates": {"a": "best.png", "b": {"path": "other.png"}, "none": "source.png"},
        "known_best": "a",
    }
    outside = {**row, "instruction": "Leave.", "candidates": {"a": "../../etc/hostname"}}
    (tmp_path / "manifest.json").write_text(json.dumps([row, outside, 7]), encoding="utf-8")
    truth = read_truth(tmp_path)
    assert len(truth.by_edit) == 3
    best, other, none = truth.by_edit.values()
    assert best.worth["instruction_following"] > other.worth["instruction_following"]
    assert none.worth["instruction_following"] == 1.0
    assert truth.quality("Another wish.", next(iter(truth.by_edit))[1]) is None


def test_a_truth_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "truth.json").write_text('{"abc": {"good": true}}', encoding="utf-8")
    with pytest.raises(ValueError, match="not the truth of a drawn set"):
        read_truth(tmp_path)
