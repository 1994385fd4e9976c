"""What all commands share, and the command that ranks disagreement."""

import json
import math

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from annotation.feedback.signals import Signal, replace_signals
from annotation.models import QueueEntry, SendBack
from tests.factories import make_campaign, make_comparison, make_judgment, make_member

OWN = sorted(
    (name, app)
    for name, app in get_commands().items()
    if app in {"annotation", "rewardsvc", "demo"}
)


@pytest.mark.parametrize(("name", "app"), OWN, ids=[name for name, _ in OWN])
def test_a_refused_argument_is_one_line_and_exit_code_2(name, app, capsys):
    with pytest.raises(SystemExit) as end:
        load_command_class(app, name).run_from_argv(["manage.py", name, "x", "--nonsense=1"])
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (2, "")
    assert err.startswith(f"manage.py {name}: ")
    assert err.count("\n") == 1


@pytest.fixture
def judged(db):
    """Three comparisons of two votes each; people differ on the first, the model on the last."""
    campaign = make_campaign(overlap=2)
    voters = [make_member(campaign) for _ in range(2)]
    make_member(campaign)
    comparisons = [make_comparison(campaign=campaign) for _ in range(3)]
    for number, comparison in enumerate(comparisons):
        for slot, voter in enumerate(voters, 1):
            ranks = [2, 1] if number == 0 and slot == 2 else [1, 2]
            make_judgment(comparison, voter, ranks=ranks, slot=slot)
    return campaign, comparisons


def rank(capsys, campaign, **options):
    call_command("disagreement", campaign.slug, json=True, **options)
    return json.loads(capsys.readouterr().out)


def test_disagreement_is_ranked_by_people_until_a_model_has_spoken(judged, capsys):
    campaign, comparisons = judged
    result = rank(capsys, campaign)
    assert (result["model"], result["by"], result["send_back"]) == (None, "human", None)
    first = result["comparisons"][0]
    assert first["comparison"] == str(comparisons[0].public_id)
    assert first["human"] == pytest.approx(math.log(2, 3))  # two outcomes of three, once each
    assert (first["surprise"], first["n_votes"]) == (None, 2)
    signals = [Signal(c.public_id, "surprise", n + 1.0, n + 1.0) for n, c in enumerate(comparisons)]
    replace_signals(campaign=campaign.public_id, model="model-1", signals=signals)
    result = rank(capsys, campaign, top=2)
    assert (result["model"], result["by"]) == ("model-1", "surprise")
    assert [row["surprise"] for row in result["comparisons"]] == [3, 2]
    assert not SendBack.objects.exists()


def test_the_first_n_go_back_to_people_when_asked_to(judged, capsys):
    campaign, comparisons = judged
    result = rank(capsys, campaign, top=1, send_back=True)
    assert result["send_back"] == {
        "sent": [str(comparisons[0].public_id)],
        "adjudicated": [],
        "held": [],
        "left_out": {},
    }
    entry = QueueEntry.objects.get(comparison=comparisons[0])
    assert (entry.lane, entry.propensity) == ("disagreement", None)
    assert SendBack.objects.count() == 1


@pytest.mark.parametrize("top", ["0", "-1", "501", "many"])
def test_a_senseless_number_of_comparisons_is_refused(judged, top):
    with pytest.raises(CommandError, match="--top"):
        call_command("disagreement", judged[0].slug, f"--top={top}", "--send-back")
    assert not SendBack.objects.exists()
