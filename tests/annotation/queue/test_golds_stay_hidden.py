"""No number that an annotator is shown tells which serves were golds."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import Assignment
from annotation.queue.selectors.remaining import MANY, remaining, remaining_in_words
from tests.factories import (
    make_campaign,
    make_item,
    make_member,
    make_queued,
    make_reference,
    make_user,
    submit,
)

pytestmark = pytest.mark.django_db
N_SERVES = 24
ADDRESSES = re.compile(
    r"<input type=\"hidden\"[^>]*>|[0-9a-f]{8}-[0-9a-f-]{27}|[\w./-]*\.(?:js|css|webp|svg)"
)
N_COUNTING, N_GOLDS = 60, 10


def plan(golds):
    """Return a plan whose first fifty serves hold ten golds, five of them where `golds` says."""
    late = set(range(40, 50)) if not golds else set(golds) | set(range(45, 50))
    return ["gold" if n in late else "coverage" for n in range(50)]


def open_campaign(golds):
    campaign = make_campaign(lead=make_user(), lane_plan=plan(golds), overlap=1)
    for n in range(N_COUNTING + N_GOLDS):
        comparison = make_queued(make_item(campaign), lane="coverage")
        if n < N_GOLDS:
            make_reference(comparison, use="gold")
    return campaign


def numbers_of(text):
    """Return every number in a text; addresses of pictures and keys are not numbers."""
    return re.findall(r"\d+(?:\.\d+)?", ADDRESSES.sub("", text))


def watch(client, campaign):
    """Return all the numbers that the pages show at this moment, apart from the pictures' own."""
    judge = client.get(reverse("judge", args=[campaign.slug]))
    bar = re.search(r"<header.*?</header>", judge.text, re.DOTALL)[0]
    home = re.search(r"<main.*?</main>", client.get(reverse("home")).text, re.DOTALL)[0]
    mine = client.get(reverse("mine", args=[campaign.slug])).text
    return [
        numbers_of(bar.replace(campaign.slug, "").replace(campaign.name, "")),
        numbers_of(home.replace(campaign.slug, "").replace(campaign.name, "")),
        mine.count("<article"),
    ]


def play(golds, name):
    """Answer N_SERVES comparisons as an annotator who notes every number before each answer."""
    campaign = open_campaign(golds)
    person = make_member(campaign, make_user(name))
    client = Client()
    client.force_login(person)
    seen, lanes = [], []
    for _ in range(N_SERVES):
        shown = watch(client, campaign)
        assignment = Assignment.objects.get(annotator=person, state="leased")
        seen.append(shown)
        lanes.append(assignment.lane)
        submit(assignment)
    return seen, [n for n, lane in enumerate(lanes) if lane == "gold"]


def test_every_number_is_the_same_wherever_the_golds_are():
    first, golds_of_first = play([1, 4, 9, 14, 19], "first")
    second, golds_of_second = play([2, 6, 7, 12, 23], "second")
    assert golds_of_first == [1, 4, 9, 14, 19]
    assert golds_of_second == [2, 6, 7, 12, 23]
    assert first == second


def test_no_number_tells_a_run_of_golds_from_a_run_without():
    golds = [3, 4, 5, 6, 7]
    with_golds, where = play(golds, "first")
    without, nowhere = play([], "second")
    assert (where, nowhere) == (golds, [])
    assert with_golds == without


def test_what_is_left_moves_in_steps_and_ends_near_nothing():
    campaign = open_campaign([1, 4, 9, 14, 19])
    person = make_member(campaign)
    client = Client()
    client.force_login(person)
    result = []
    while True:
        client.get(reverse("judge", args=[campaign.slug]))
        assignment = Assignment.objects.filter(annotator=person, state="leased").first()
        if assignment is None:
            break
        result.append(remaining(campaign, person))
        submit(assignment)
    assert result == sorted(result, reverse=True)
    assert set(result) <= {5, 10, 20, 30, 40, 50, 60, 70}
    assert (result[0], result[-1]) == (70, 5)


@pytest.mark.parametrize(
    ("n", "words"),
    [(5, "fewer than 10 left"), (40, "about 40 left"), (MANY, f"more than {MANY} left")],
)
def test_what_is_left_is_shown_in_words(n, words):
    assert remaining_in_words(n) == f"{words} for you"
