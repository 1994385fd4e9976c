"""Rankings against published and independent numbers."""

import numpy as np
import pytest

from annotation.stats.ranking import bradley_terry, davidson, half_wins, rao_kupper
from tests.annotation.stats.votes_of_pairs import THREE, baseball, pudding, spelled


def worth(strengths):
    shares = np.exp(strengths)
    return shares / shares.sum()


def test_baseball_teams_have_the_published_strengths_and_deviance(reference_data, oracles):
    teams, winner, loser, _, counts = baseball(reference_data)
    expected, tolerance = oracles["baseball"]["expected"], oracles["baseball"]["tol"]
    found = bradley_terry(winner, loser, 7, weights=counts)
    for number, team in enumerate(teams[1:], start=1):
        assert found.difference(number, 0)[0] == pytest.approx(expected[team], abs=tolerance)
    games = counts.reshape(-1, 2)
    shares = games / games.sum(axis=1, keepdims=True)
    saturated = (games * np.log(np.where(games > 0, shares, 1))).sum()
    deviance = 2 * (saturated - found.log_likelihood)
    assert deviance == pytest.approx(expected["deviance"], abs=tolerance)
    assert found.position_effect is None


def test_playing_at_home_has_the_published_advantage(reference_data, oracles):
    teams, winner, loser, home, counts = baseball(reference_data)
    expected, tolerance = oracles["baseball"]["expected"], oracles["baseball"]["tol"]
    found = bradley_terry(winner, loser, 7, weights=counts, first_shown=home)
    assert found.position_effect == pytest.approx(expected["home_adv"], abs=tolerance)
    assert found.position_standard_error == pytest.approx(expected["home_adv_se"], abs=tolerance)
    shares = dict(zip(teams, worth(found.strengths), strict=True))
    assert shares == pytest.approx(expected["shares_with_home"], abs=tolerance)


def test_puddings_have_davidsons_worths_and_every_tie_parameter(reference_data, oracles):
    i, j, outcome = pudding(reference_data)
    expected, tolerance = oracles["pudding"]["expected"], oracles["pudding"]["tol"]
    ties = davidson(i, j, outcome, 6)
    np.testing.assert_allclose(worth(ties.strengths), expected["worth"], atol=tolerance)
    assert np.exp(ties.log_nu) == pytest.approx(expected["nu"], abs=tolerance)
    theta = np.exp(rao_kupper(i, j, outcome, 6).log_theta)
    assert theta == pytest.approx(expected["rao_kupper_theta"], abs=tolerance)
    winner, loser, weights = half_wins(i, j, outcome)
    halves = bradley_terry(winner, loser, 6, weights=weights)
    np.testing.assert_allclose(worth(halves.strengths), expected["half_win_bt"], atol=tolerance)


def test_journals_have_the_strengths_and_errors_of_a_logistic_regression():
    cited = np.array(
        [[714, 730, 498, 221], [33, 425, 68, 17], [320, 813, 1072, 142], [284, 276, 325, 188]]
    )
    winner, loser = np.nonzero(~np.eye(4, dtype=bool))
    found = bradley_terry(winner, loser, 4, weights=cited[winner, loser])
    expected = [(-2.94907, 0.10255), (-0.47957, 0.06059), (0.26895, 0.07083)]
    for journal, numbers in enumerate(expected, start=1):
        assert found.difference(journal, 0) == pytest.approx(numbers, abs=6e-6)
    games = cited + cited.T
    log_shares = np.log(cited / games)[~np.eye(4, dtype=bool)]
    saturated = cited[~np.eye(4, dtype=bool)] @ log_shares
    assert 2 * (saturated - found.log_likelihood) == pytest.approx(4.293, abs=6e-4)


def test_a_cycle_with_one_more_win_has_choix_strengths():
    found = bradley_terry([0, 0, 1, 2], [1, 1, 2, 0], 3)
    np.testing.assert_allclose(found.strengths, [0.41962, -0.41962, 0], atol=6e-6)


def test_three_items_with_ties_have_the_reference_strengths():
    i, j, outcome = spelled(THREE)
    found = davidson(i, j, outcome, 3)
    np.testing.assert_allclose(
        found.strengths - found.strengths[0], [0, -0.85099, -1.26251], atol=6e-6
    )
    assert np.exp(found.log_nu) == pytest.approx(0.45011, abs=6e-6)
    winner, loser, weights = half_wins(i, j, outcome)
    halves = bradley_terry(winner, loser, 3, weights=weights).strengths
    np.testing.assert_allclose(halves - halves[0], [0, -0.69060, -1.02474], atol=6e-6)
