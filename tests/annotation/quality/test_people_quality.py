"""What is known of each annotator, from rows, beside numbers computed in another way."""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from scipy.stats import binomtest

from annotation.models import RuleAlert, SetAside
from annotation.quality.rules import RULES
from annotation.quality.selectors.flags import FLAG_OF_RULE
from annotation.quality.selectors.people_quality import (
    people_quality,
    quality_data,
    quality_of,
)
from annotation.stats.intervals import wilson
from tests.factories import (
    make_campaign,
    make_comparison,
    make_judgment,
    make_member,
    make_reference,
    make_rubric,
    make_user,
)

pytestmark = pytest.mark.django_db
LEFT_WINS = {(0, 1): [1, 2], (1, 0): [2, 1]}


@pytest.fixture
def campaign():
    return make_campaign(overlap=3)


def quality(campaign):
    return {person.user_id: person for person in people_quality(campaign)}


def vote(campaign, people, *ranks, orders=None, **columns):
    comparison = make_comparison(campaign=campaign)
    for slot, (person, own) in enumerate(zip(people, ranks, strict=True), 1):
        order = orders[slot - 1] if orders else [0, 1]
        make_judgment(comparison, person, ranks=own, slot=slot, order=order, **columns)
    return comparison


def gold(campaign, person, *, right, **columns):
    """A gold whose first candidate wins with 4 over 3, answered by a person."""
    comparison = make_comparison(campaign=campaign)
    make_reference(comparison, use="gold")
    ranks = [1, 2] if right else [2, 1]
    return make_judgment(comparison, person, lane="gold", ranks=ranks, **columns)


def test_gold_verdicts_have_wilsons_interval_and_scores_a_tolerance_of_one_level(campaign):
    person = make_member(campaign)
    for number in range(10):
        scores = [[4, 1], [3, 3]] if number < 5 else [[1, 1], [1, 1]]
        gold(campaign, person, right=number < 8, scores=scores)
    found = quality(campaign)[person.pk].gold
    assert (found.verdicts.k, found.verdicts.n, found.verdicts.value) == (8, 10, 0.8)
    assert (found.verdicts.low, found.verdicts.high) == pytest.approx((0.4902, 0.9433), abs=5e-5)
    # References are 4 and 3: four is right for the first edit, three for the second; of the second
    # five answers (1, 1) nothing is. On the other dimension one of two edits is right in five.
    assert found.by_dimension["instruction_following"].k == 10
    assert found.by_dimension["visual_quality"].k == 5
    assert found.by_dimension["visual_quality"].n == 20


def test_a_scale_of_few_levels_has_no_tolerance():
    campaign = make_campaign(rubric=False)
    make_rubric(campaign, dimensions=("quality",), levels=3)
    person = make_member(campaign)
    comparison = make_comparison(campaign=campaign)
    make_reference(comparison, use="gold", scores={"quality": [3, 2]}, verdict={"ranks": [1, 2]})
    make_judgment(comparison, person, lane="gold", scores=[[2], [2]])
    assert quality(campaign)[person.pk].gold.by_dimension["quality"].k == 1


def test_repeats_are_split_by_the_order_they_were_shown_in(campaign):
    person = make_member(campaign)
    for number in range(9):
        comparison = make_comparison(campaign=campaign)
        make_judgment(comparison, person, ranks=[1, 2], slot=1)
        same_side = number < 4
        make_judgment(
            comparison,
            person,
            lane="repeat",
            ranks=[1, 2] if same_side or number == 8 else [2, 1],
            order=[0, 1] if same_side else [1, 0],
        )
    found = quality(campaign)[person.pk]
    assert (found.repeats.all.k, found.repeats.all.n) == (5, 9)
    assert (found.repeats.same_order.k, found.repeats.same_order.n) == (4, 4)
    assert (found.repeats.changed_order.k, found.repeats.changed_order.n) == (1, 5)
    assert (found.repeats.changed_order.low, found.repeats.changed_order.high) == wilson(1, 5)
    assert found.n == 9


def test_left_share_is_by_screen_side_with_the_exact_test_adjusted_over_people(campaign):
    people = [make_member(campaign) for _ in range(3)]
    orders = [[0, 1], [1, 0]]
    for number in range(40):
        order = orders[number % 2]
        always_left = LEFT_WINS[tuple(order)]
        half = [1, 2] if number % 4 < 2 else [2, 1]
        vote(campaign, people, always_left, half, [1, 1], orders=[order] * 3)
    found = quality(campaign)
    left, even, never = (found[person.pk] for person in people)
    assert (left.left.value, left.left.n) == (1, 40)
    assert (left.left.low, left.left.high) == pytest.approx(wilson(40, 40))
    assert even.left.value == 0.5
    # Two people have a share, so the smaller p is doubled; the other is 1.
    assert left.left.q == pytest.approx(2 * binomtest(40, 40).pvalue)
    assert 0.5 < left.left.shrunk < 1
    assert (never.left.value, never.left.n) == (None, 0)
    assert never.left.why
    assert "follows_side" in left.flags
    assert "same_answer_run" in left.flags
    assert "follows_side" not in even.flags


def test_with_four_candidates_the_best_is_compared_with_the_worst_by_position():
    campaign = make_campaign(k=4)
    person = make_member(campaign)
    # Shown as 3, 2, 1, 0: the canonically last stands left. It is best in the first answer; in the
    # second best and worst are centred on the same spot.
    for ranks in ([4, 3, 2, 1], [1, 2, 2, 1]):
        comparison = make_comparison(campaign=campaign, k=4)
        make_judgment(comparison, person, ranks=ranks, order=[3, 2, 1, 0])
    found = quality(campaign)[person.pk].left
    assert (found.value, found.n) == (1, 1)


def test_agreement_leaves_the_own_vote_out_and_ties_aside(campaign):
    people = [make_member(campaign) for _ in range(3)]
    vote(campaign, people, [1, 2], [1, 2], [2, 1])
    vote(campaign, people, [1, 2], [1, 2], [1, 1])
    vote(campaign, people, [1, 1], [1, 2], [1, 1])
    found = quality(campaign)[people[0].pk]
    # One of two others on the first, the only other winner on the second, a tie on the third.
    assert (found.agreement.value, found.agreement.n) == (pytest.approx(0.75), 2)
    # With ties: 1/2, 1/2, 1/2.
    assert (found.verdicts.value, found.verdicts.n) == (pytest.approx(0.5), 3)


def test_always_left_agrees_by_chance_where_careful_people_agree(campaign):
    careful = [make_member(campaign) for _ in range(2)]
    bad = make_member(campaign)
    for number in range(60):
        order = [[0, 1], [1, 0]][number % 2]
        vote(campaign, [*careful, bad], [1, 2], [1, 2], LEFT_WINS[tuple(order)], orders=[order] * 3)
    found = quality(campaign)
    assert found[bad.pk].agreement.value == pytest.approx(0.5)
    assert found[careful[0].pk].agreement.value == pytest.approx(0.75)
    assert {"low_agreement", "chance_agreement"} & set(found[bad.pk].flags)
    assert not {"low_agreement", "chance_agreement"} & set(found[careful[0].pk].flags)


def test_pace_is_the_robust_z_of_log_times_on_the_same_comparisons(campaign):
    people = [make_member(campaign) for _ in range(4)]
    seconds = [2, 20, 22, 25]
    for _ in range(10):
        comparison = make_comparison(campaign=campaign)
        for slot, (person, each) in enumerate(zip(people, seconds, strict=True), 1):
            make_judgment(comparison, person, slot=slot, worked_ms=1000 * each)
    logs = np.log(seconds)
    relative = np.array([logs[i] - np.median(np.delete(logs, i)) for i in range(4)])
    spread = 1.482602218505602 * np.median(abs(relative - np.median(relative)))
    found = quality(campaign)
    expected = (relative - np.median(relative)) / spread
    for person, z, each in zip(people, expected, seconds, strict=True):
        assert found[person.pk].pace.z == pytest.approx(z)
        assert found[person.pk].pace.median_seconds == pytest.approx(each)
    assert "fast" in found[people[0].pk].flags


def test_notes_are_compared_without_case_and_punctuation_and_evidence_is_counted(campaign):
    person = make_member(campaign)
    seen = {"images_loaded": True, "full_size_seen": [True, True]}
    cases = [
        ("Looks good.", {"images_loaded": False, "full_size_seen": [True, False]}),
        ("looks  GOOD", seen),
        ("Face is gone", seen),
        ("", {}),
        ("", {"images_loaded": "odd", "full_size_seen": {"no": 1}}),
    ]
    for note, evidence in cases:
        make_judgment(
            make_comparison(campaign=campaign), person, slot=1, note=note, evidence=evidence
        )
    found = quality(campaign)[person.pk]
    assert (found.duplicate_notes.k, found.duplicate_notes.n) == (1, 3)
    assert (found.not_loaded.k, found.not_loaded.n) == (1, 3)
    assert (found.below_full_size.k, found.below_full_size.n) == (1, 3)


def test_answers_set_aside_explain_their_person_and_leave_the_others(campaign):
    person, other = make_member(campaign), make_member(campaign)
    comparison = vote(campaign, [person, other], [1, 2], [2, 1])
    SetAside.objects.create(
        judgment=comparison.judgments.get(annotator=person), reason="blind", actor=make_user()
    )
    found = quality(campaign)
    assert (found[person.pk].n, found[person.pk].n_answers) == (0, 1)
    assert found[person.pk].agreement.value == 0
    assert found[other.pk].agreement.value is None
    assert found[other.pk].agreement.why


def test_surplus_superseded_and_withdrawn_answers_are_not_read(campaign):
    person = make_member(campaign)
    make_judgment(make_comparison(campaign=campaign), person, state="surplus")
    first = make_judgment(make_comparison(campaign=campaign), person, slot=1)
    type(first).objects.create(
        **{
            name: getattr(first, name)
            for name in ("assignment", "campaign", "comparison", "annotator", "rubric", "lane",
                         "scores", "ranks")
        },
        client_id="00000000-0000-4000-8000-000000000001",
        supersedes=first,
    )  # fmt: skip
    withdrawn = make_judgment(make_comparison(campaign=campaign), person, slot=1)
    type(withdrawn.comparison).objects.filter(pk=withdrawn.comparison_id).update(
        withdrawn_at=withdrawn.created_at
    )
    assert quality(campaign)[person.pk].n_answers == 1


def test_the_command_gives_every_null_a_reason(campaign, capsys):
    make_member(campaign, make_user("ann"))
    call_command("quality", campaign.slug, "--json")
    report = json.loads(capsys.readouterr().out)
    (ann,) = report["people"]
    assert ann["user"] == "ann"
    assert (ann["n"], ann["gold"], ann["speed_z"], ann["drift"]) == (0, None, None, None)
    assert (ann["left_share"]["value"], ann["agreement"]["value"]) == (None, None)
    assert (ann["flags"], ann["action"]) == ([], None)
    assert ann["left_share"]["why"]
    assert ann["agreement"]["why"]
    assert ann["repeats"]["why"]
    assert ann["why"].keys() >= {"gold", "repeats", "left_share", "agreement", "speed_z", "drift"}
    assert report["campaign"]["why"]["typical_agreement"]


def test_the_command_says_the_numbers_in_a_line_a_person(campaign, capsys):
    person = make_member(campaign, make_user("bob"))
    gold(campaign, person, right=True)
    call_command("quality", campaign.slug)
    assert capsys.readouterr().out.startswith("bob: 0 judgments; gold 1.00 [0.21, 1.00] (n = 1)")


def test_a_campaign_that_is_not_there_is_one_line(campaign):
    with pytest.raises(CommandError, match="no campaign named"):
        call_command("quality", "nowhere")


def test_reading_takes_the_same_queries_whatever_the_size(campaign, django_assert_num_queries):
    people = [make_member(campaign) for _ in range(2)]
    for _ in range(5):
        vote(campaign, people, [1, 2], [2, 1])
        gold(campaign, people[0], right=True)
    with django_assert_num_queries(7):
        people_quality(campaign)


def test_whom_a_rule_accuses_has_the_flag_that_says_why(campaign):
    person = make_member(campaign)
    assert set(FLAG_OF_RULE) == set(RULES)
    for rule, flag in FLAG_OF_RULE.items():
        RuleAlert.objects.all().delete()
        RuleAlert.objects.create(
            campaign=campaign,
            user=person,
            rule=rule,
            action="warn",
            reason="Low.",
            n=9,
            done="told",
        )
        one = quality(campaign)[person.pk]
        assert flag in one.flags
    RuleAlert.objects.update(handled_at=timezone.now(), handled_by=person)
    one = quality(campaign)[person.pk]
    assert one.flags == ()


def test_the_report_of_one_person_is_the_one_among_all(campaign):
    people = [make_member(campaign) for _ in range(3)]
    for number in range(30):
        vote(campaign, people, [1, 2], [1, 2] if number % 3 else [2, 1], [2, 1])
        gold(campaign, people[0], right=number % 2 == 0)
    data = quality_data(campaign)
    everybody = {one.user_id: one for one in quality_of(data)}
    for person in people:
        assert quality_of(data, only=person.pk) == [everybody[person.pk]]
