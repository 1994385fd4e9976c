"""What the tests of adjudication share: contested comparisons, and who decides them."""

from annotation.answers.plain_form import form_values
from annotation.models import Judgment, Lane
from annotation.queue.services.queue import offer
from tests import factories as make

FIRST, SECOND, TIE = [1, 2], [2, 1], [1, 1]


def campaign_with_lead(**columns):
    """Return a live campaign and its lead."""
    lead = make.make_user()
    return make.make_campaign(lead=lead, **{"overlap": 2} | columns), lead


def contest(campaign, *verdicts, **columns):
    """Return a comparison with one vote per verdict, all by new annotators."""
    verdicts = verdicts or (FIRST, SECOND)
    columns = {"campaign": campaign} | columns
    comparison = make.make_comparison(overlap=len(verdicts), **columns)
    for number, ranks in enumerate(verdicts):
        make.make_judgment(comparison, slot=number + 1, ranks=ranks)
    return comparison


def adjudicator(campaign):
    return make.make_member(campaign, role="adjudicator")


def offer_all(campaign, *comparisons, policy="hand_picked"):
    offer(
        campaign=campaign,
        lane=Lane.ADJUDICATION,
        propensities={comparison.pk: None for comparison in comparisons},
        policy=policy,
        in_order=True,
    )


def answer(assignment, ranks=FIRST):
    """Submit a verdict in canonical order as the holder of an adjudication; return the answer."""
    shown = [ranks[index] for index in assignment.shown_order]
    tie = "good" if len(set(ranks)) == 1 else None
    result = make.submit(assignment, verdict={"ranks": shown, "tie_kind": tie})
    return Judgment.objects.get(pk=result.judgment_id)


def disputes_of(campaign, judge):
    """Return the public ids of a dispute that an adjudicator holds, and of one to decide about."""
    leased, answered = (
        make.make_comparison(make.make_item(campaign, files=True), files=True) for _ in range(2)
    )
    return {
        "dispute": make.make_assignment(leased, judge, lane="adjudication").public_id,
        "decided": make.make_judgment(answered, judge, lane="adjudication").assignment.public_id,
    }


def dispute_answer(world):
    """Return a valid answer to the dispute that is held, as the plain form posts it."""
    given = make.answer_data()
    ranks = given["verdict"]["ranks"]
    filled = form_values(given["scores"], ranks, None, "")
    return filled | {"client_id": given["client_id"], "assignment": str(world.dispute)}
