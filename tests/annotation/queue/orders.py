"""Shown orders as the tests count them: order[i] = canonical index at screen position i."""


def tilt(order):
    """Return 2 * (position of the canonically first candidate) - (k - 1)."""
    return 2 * list(order).index(0) - (len(order) - 1)


def spread(orders, k):
    """Return the largest minus the smallest number of times a candidate stood at a position."""
    counts = [0] * (k * k)
    for order in orders:
        for position, candidate in enumerate(order):
            counts[position * k + candidate] += 1
    return max(counts) - min(counts)
