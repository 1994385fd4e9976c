"""Position bias: whether people prefer the left candidate."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, expit, logit, psi

from annotation.stats.binomial import LEVELS, benjamini_hochberg, clopper_pearson, even_odds_p
from annotation.stats.columns import FloatArray, equally_long, flags, numbered
from annotation.stats.intervals import wilson

# Logarithm of the trials that the prior of all people weighs: from 2 (no wider than all shares
# equally likely) to 1,000,000.
LOG_WEIGHTS = (float(np.log(2)), float(np.log(1e6)))
# Start of the search for that prior.
LOG_WEIGHT_STARTS = (1.0, 4.0, 7.0)


class LeftShare(NamedTuple):
    """How often one person chose the left of two, among n decisive verdicts.

    low, high: Wilson, 95 %. exact_low, exact_high: Clopper-Pearson, 95 %. p: exact two-sided test
    of 1/2. q: p adjusted over all people (Benjamini-Hochberg). shrunk, shrunk_low, shrunk_high:
    the share with the 95 % interval when the person is taken for one of these people
    (beta-binomial); None with fewer than two people, who tell nothing about how people differ.
    """

    rater: object
    n_left: int
    n: int
    share: float
    low: float
    high: float
    exact_low: float
    exact_high: float
    p: float
    q: float
    shrunk: float | None
    shrunk_low: float | None
    shrunk_high: float | None


class BetaPrior(NamedTuple):
    """How a share differs among people: a beta with this mean, as heavy as `weight` trials."""

    mean: float
    weight: float


def left_shares(rater: ArrayLike, chose_left: ArrayLike) -> list[LeftShare]:
    """Return for each rater, sorted, how often the left one won among the decisive verdicts.

    rater, chose_left: (n_verdicts,); ties left out, chose_left yes or no by screen position. Read
    the interval, and q before p: of 20 unbiased people one has p < .05.
    Raises ValueError on unequal lengths, missing names, or chose_left other than yes or no.
    Sources: Clopper and Pearson (1934); Benjamini and Hochberg (1995); Casella (1985), The American
    Statistician 39, 83-87, on empirical Bayes.
    """
    names, raters = numbered(rater, "rater")
    left = flags(chose_left, "chose_left")
    equally_long(rater=raters, chose_left=left)
    n = np.bincount(raters, minlength=len(names))
    k = np.bincount(raters, left, minlength=len(names)).astype(np.int64)
    p = even_odds_p(k, n)
    q = benjamini_hochberg(p)
    shrunk = _shrunk(k, n)
    return [
        LeftShare(name, hits, trials, hits / trials, *wilson(hits, trials),
                  *clopper_pearson(hits, trials), *tests, *posterior)
        for name, hits, trials, tests, posterior in zip(
            names.tolist(), k.tolist(), n.tolist(), zip(p.tolist(), q.tolist(), strict=True),
            shrunk, strict=True)
    ]  # fmt: skip


def fit_beta_binomial(k: ArrayLike, n: ArrayLike) -> BetaPrior:
    """Return the beta from which the shares of k in n trials were drawn, by maximum likelihood.

    k, n: (n_people,). Its weight is held between 2 and 1,000,000 trials; the upper end means that
    the people do not differ more than chance makes them. Its mean is held half a trial off 0 and 1.
    Raises ValueError for fewer than two people, or anyone without a trial.
    Source: Skellam (1948), Journal of the Royal Statistical Society B 10, 257-261.
    """
    hits, trials = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if hits.ndim != 1 or hits.shape != trials.shape or len(hits) < 2:  # noqa: PLR2004 - people
        raise ValueError("need k and n of two people or more")
    if not ((hits >= 0) & (hits <= trials) & (trials > 0)).all():
        raise ValueError("need 0 <= k <= n and n > 0 for everyone")

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        weight = float(np.exp(point[1]))
        a, b = float(expit(point[0])) * weight, float(expit(-point[0])) * weight
        value = (betaln(hits + a, trials - hits + b) - betaln(a, b)).mean()
        by_total = psi(trials + weight) - psi(weight)
        by_a = (psi(hits + a) - psi(a) - by_total).mean()
        by_b = (psi(trials - hits + b) - psi(b) - by_total).mean()
        slope = np.array([(by_a - by_b) * a * b / weight, by_a * a + by_b * b])
        return -float(value), -slope

    pooled = (hits.sum() + 0.5) / (trials.sum() + 1)
    centre, edge = (float(logit(share)) for share in (pooled, 0.5 / (trials.sum() + 1)))
    tries = [
        minimize(
            loss,
            [centre, start],
            jac=True,
            method="L-BFGS-B",
            bounds=[(edge, -edge), LOG_WEIGHTS],
            options={"ftol": 1e-14, "gtol": 1e-9},
        )
        for start in LOG_WEIGHT_STARTS
    ]
    # Where the likelihood is flat, the largest weight is used: people are assumed to be alike.
    best = min(tries, key=lambda found: (round(float(found.fun), 8), -found.x[1]))
    return BetaPrior(float(expit(best.x[0])), float(np.exp(best.x[1])))


def _shrunk(
    k: np.ndarray, n: np.ndarray
) -> list[tuple[float, float, float] | tuple[None, None, None]]:
    if len(k) < 2:  # noqa: PLR2004 - one person does not show how people differ
        return [(None, None, None)] * len(k)
    prior = fit_beta_binomial(k, n)
    a, b = prior.mean * prior.weight + k, (1 - prior.mean) * prior.weight + n - k
    low, high = (betaincinv(a, b, level) for level in LEVELS)
    return list(zip((a / (a + b)).tolist(), low.tolist(), high.tolist(), strict=True))
