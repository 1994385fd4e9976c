"""The random arm and the held-out sources."""

import hashlib

import pytest
from scipy.stats import chisquare

from annotation.items.imports.draw import draw_arm

SOURCES = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(20_000)]


def arms(seed, random_arm, held_out):
    return [
        draw_arm(seed, sha256, random_arm_percent=random_arm, held_out_percent=held_out)
        for sha256 in SOURCES
    ]


@pytest.mark.parametrize(("random_arm", "held_out"), [(20, 10), (50, 50), (33, 1)])
def test_the_shares_are_those_asked_for(random_arm, held_out):
    drawn = arms(4711, random_arm, held_out)
    n_held = sum(arm.held_out for arm in drawn)
    n_random = sum(arm.random_arm and not arm.held_out for arm in drawn)
    observed = [n_held, n_random, len(drawn) - n_held - n_random]
    expected = [200 * held_out, 200 * (random_arm - held_out), 200 * (100 - random_arm)]
    cells = [(o, e) for o, e in zip(observed, expected, strict=True) if e or o]
    assert chisquare(*zip(*cells, strict=True)).pvalue > 0.001


def test_held_out_sources_lie_inside_the_random_arm():
    assert all(arm.random_arm for arm in arms(1, 30, 15) if arm.held_out)


def test_the_draw_depends_on_seed_and_source_only():
    assert arms(7, 20, 10) == arms(7, 20, 10)
    together = sum(
        a.random_arm and b.random_arm for a, b in zip(arms(7, 20, 10), arms(8, 20, 10), strict=True)
    )
    assert abs(together / len(SOURCES) - 0.04) < 0.006


def test_a_larger_share_only_adds_sources():
    small, large = arms(7, 20, 5), arms(7, 40, 20)
    assert all(b.random_arm for a, b in zip(small, large, strict=True) if a.random_arm)
    assert all(b.held_out for a, b in zip(small, large, strict=True) if a.held_out)


def test_percents_of_nothing_and_all_are_exact():
    assert not any(arm.held_out for arm in arms(7, 20, 0))
    assert all(arm.held_out for arm in arms(7, 100, 100))
