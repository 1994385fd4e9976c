"""Send comparisons back to people: the top N by hand, or a scheduled draw with propensities."""

import secrets

import numpy as np

from annotation.common.failures import for_each_row
from annotation.errors import DomainError
from annotation.feedback import selectors as disagreement
from annotation.feedback.send_backs import SendBackResult, send_back
from annotation.models import Campaign, Comparison, User, WorkFailure
from annotation.stats.sampling import inclusion_probabilities, systematic_sample

# Limit of one request; a larger number is probably a typing error.
MOST = 500


def send_back_top(
    *, campaign: Campaign, n: int, actor: User | None, by: str = "surprise"
) -> SendBackResult:
    """Send back the n comparisons with most disagreement. Hand-picked, so without propensity.

    Raises DomainError in a closed campaign, and then nothing changed.
    """
    if campaign.state == Campaign.State.CLOSED:
        raise DomainError("The campaign is closed: open it again to ask people.")
    ranked = [row for row in disagreement.ranking(campaign, by=by) if getattr(row, by) is not None]
    allowed = disagreement.may_be_sent_back(campaign).in_bulk()
    chosen = [allowed[row.comparison_id] for row in ranked if row.comparison_id in allowed][:n]
    return send_back(
        comparisons=chosen,
        cause=f"among the {n} with most disagreement ({by})",
        actor=actor,
        model=disagreement.current_model(campaign) or "",
    )


def send_back_one(*, comparison: Comparison, actor: User) -> SendBackResult:
    """Send back one comparison that a lead picked, without propensity."""
    return send_back(
        comparisons=[comparison],
        cause="picked by a lead",
        actor=actor,
        model=disagreement.current_model(comparison.campaign) or "",
    )


def refill(*, campaign: Campaign, seed: int) -> SendBackResult | None:
    """Fill the disagreement lane up to the campaign's batch size by a draw; None when not due.

    Drawn are comparisons not yet sent back for this model, with probability proportional to the
    disagreement of model and people. The probability is stored on the queue row as propensity.
    """
    model = disagreement.current_model(campaign)
    wanted = campaign.send_back_batch - disagreement.open_send_backs(campaign)
    if model is None or wanted <= 0 or not campaign.is_open:
        return None
    done = disagreement.sent_back_for(model, campaign)
    allowed = disagreement.may_be_sent_back(campaign).in_bulk()
    rows = [
        row
        for row in disagreement.ranking(campaign)
        if row.surprise and row.comparison_id in allowed and row.comparison_id not in done
    ]
    if not rows:
        return None
    weights = np.array([row.surprise for row in rows], dtype=float)
    chances = inclusion_probabilities(weights, wanted)
    drawn = systematic_sample(chances, np.random.default_rng(seed))
    return send_back(
        comparisons=[allowed[rows[i].comparison_id] for i in drawn],
        cause="scheduled draw by model–human disagreement",
        actor=None,
        model=model,
        propensities={rows[i].comparison_id: float(chances[i]) for i in drawn},
    )


def refill_open_campaigns() -> int:
    """Fill the lane of every open campaign; return how many comparisons went back."""
    open_states = [Campaign.State.PILOT, Campaign.State.LIVE]
    campaigns = Campaign.objects.filter(state__in=open_states).order_by("pk")
    n_sent: list[int] = []

    def fill(campaign: Campaign) -> None:
        result = refill(campaign=campaign, seed=secrets.randbits(32))
        n_sent.append(0 if result is None else len(result.sent))

    for_each_row(campaigns, fill, kind=WorkFailure.Work.DISAGREEMENT)
    return sum(n_sent)
