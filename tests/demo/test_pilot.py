"""A pilot with two people whose answers cannot be used, played by simulated experts."""

import pytest

from annotation.models import Judgment, Membership, PersonMessage, RuleAlert, User
from annotation.quality.selectors.evidence import campaign_evidence
from annotation.quality.selectors.reclaim import Selection
from annotation.quality.services.reclaim import set_aside
from annotation.quality.services.rules import apply_rules, handle_alert, set_rule_modes
from annotation.queue.services.queue import enqueue_comparisons
from demo.experts import PERSONAS, Persona
from demo.simulation import simulate
from tests.annotation.invariants import check_queue
from tests.factories import make_campaign, make_comparison, make_user

pytestmark = pytest.mark.django_db

CAREFUL = PERSONAS[:4]
LEFT = Persona("sim-always-left", first_bonus=100.0, tie_within=0.0, seconds=2.0)
RANDOM = Persona("sim-random", careless=1.0, seconds=3.0)
PEOPLE = (*CAREFUL, LEFT, RANDOM)
DO = dict.fromkeys(("agreement", "left_share", "gold", "repeats"), "do")


@pytest.fixture
def pilot():
    """Return a lead and a campaign with work for six people, none of it done."""
    lead = make_user("lead")
    campaign = make_campaign(lead=lead, overlap=3, seed=5)
    ids = [make_comparison(campaign=campaign).pk for _ in range(240)]
    enqueue_comparisons(campaign=campaign, propensities=dict.fromkeys(ids, 1.0), policy="all")
    return lead, campaign


def play(campaign, rounds, per_round=60):
    """Let all judge and the rules look after each round; return the answers at the first alert."""
    found = {}
    for seed in range(rounds):
        simulate(campaign=campaign, personas=PEOPLE, n_judgments=per_round, seed=seed)
        apply_rules(campaign=campaign)
        for alert in RuleAlert.objects.filter(campaign=campaign, action="pause"):
            n = Judgment.objects.filter(campaign=campaign, annotator=alert.user).count()
            found.setdefault(alert.user.username, n)
    return found


def test_without_any_gold_the_rules_find_both_of_six_and_accuse_nobody_else(pilot):
    _, campaign = pilot
    found = play(campaign, 11)
    assert set(found) == {"sim-always-left", "sim-random"}
    # A third of the people are bad here, and nothing but the others' votes shows the random one.
    assert found["sim-always-left"] <= 60
    assert found["sim-random"] <= 150
    assert not Membership.objects.filter(campaign=campaign, paused_at__isnull=False).exists()
    assert set(RuleAlert.objects.values_list("done", flat=True)) == {"told"}


def test_a_rule_that_acts_pauses_one_of_six_and_asks_before_the_second(pilot):
    lead, campaign = pilot
    set_rule_modes(campaign=campaign, modes=DO, actor=lead)
    campaign.refresh_from_db()
    play(campaign, 11)
    done = dict(RuleAlert.objects.filter(action="pause").values_list("user__username", "done"))
    assert sorted(done.values()) == ["asks", "paused"]
    paused = Membership.objects.filter(campaign=campaign, paused_at__isnull=False)
    assert [done[one.user.username] for one in paused] == ["paused"]
    told = PersonMessage.objects.get(kind="paused")
    assert "appeal" in told.text

    asks = RuleAlert.objects.get(done="asks")
    handle_alert(alert=asks, pauses=True, actor=lead)
    assert paused.all().count() == 2
    for name in done:
        user = User.objects.get(username=name)
        set_aside(campaign=campaign, user=user, chosen=Selection(), reason="Rule.", actor=lead)
    left = Judgment.objects.in_force().values_list("annotator__username", flat=True)
    assert set(left) == {persona.name for persona in CAREFUL}
    check_queue()


def test_after_a_lead_let_somebody_go_on_only_later_answers_accuse_them(pilot):
    lead, campaign = pilot
    play(campaign, 5)
    alert = RuleAlert.objects.get(user__username="sim-always-left", action="pause")
    handle_alert(alert=alert, pauses=False, actor=lead)
    known = campaign_evidence(campaign).of(alert.user_id)
    assert (len(known.left), len(known.match)) == (0, 0)
    n = RuleAlert.objects.count()
    apply_rules(campaign=campaign)
    assert RuleAlert.objects.count() == n
