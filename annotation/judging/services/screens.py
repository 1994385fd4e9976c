"""Compare the screen in an answer's evidence with the least screen of its campaign."""

import time
from collections.abc import Mapping
from threading import Lock
from typing import Any, NamedTuple

from django.utils.translation import gettext

from annotation.answers.checks import is_number
from annotation.answers.context import AnswerContext
from annotation.answers.parsing import Answer
from annotation.common.hot_path import fetch_rows
from annotation.errors import InvalidAnswer
from annotation.models import Assignment, Campaign, CampaignEvent, Judgment

Gamut = Campaign.Gamut
# From the narrowest to the widest.
GAMUTS = (Gamut.SRGB, Gamut.P3, Gamut.REC2020)
LOOK_UP = "SELECT least_gamut, least_pane FROM annotation_campaign WHERE slug = %s"
# Cache lifetime in seconds: a stricter rule may take this long to be noticed. Before a refusal the
# rule is read again, so a relaxed rule works at once.
CACHE_SECONDS = 30.0
MAX_KNOWN = 1_000
# No screen is larger; a number in JSON may be of any size.
MAX_PIXELS = 1e6


class LeastScreen(NamedTuple):
    """gamut: "" = any; pane: pixels of the device along the longest side, None = any."""

    gamut: str
    pane: int | None


ANY_SCREEN = LeastScreen("", None)
_known: dict[str, tuple[LeastScreen, float]] = {}
_known_lock = Lock()


def require_screen(context: AnswerContext, answer: Answer) -> None:
    """Raise InvalidAnswer when the evidence shows less than the campaign's least screen, or none.

    A rule that changed after the lease began applies from the next lease on. A retry of a stored
    answer is not checked.
    """
    if _fits(answer, _least_screen(context.campaign)) or _fits(answer, _look_up(context.campaign)):
        return
    if _fits(answer, _when_leased(context.assignment_id)):
        return
    if not Judgment.objects.filter(client_id=answer.client_id).exists():
        check_screen(answer.evidence, _least_screen(context.campaign))


def least_screen_of(campaign: Campaign) -> LeastScreen:
    """Return a campaign's least screen."""
    return LeastScreen(campaign.least_gamut, campaign.least_pane)


def forget_least_screen(slug: str) -> None:
    """Drop the cached rule of a campaign in this process."""
    _known.pop(slug, None)


def check_screen(evidence: Mapping[str, Any], least: LeastScreen) -> None:
    """Raise InvalidAnswer naming evidence.gamut or evidence.pane, and saying what to do."""
    if least.gamut:
        _check_gamut(evidence.get("gamut"), Gamut(least.gamut))
    if least.pane is not None:
        _check_pane(evidence, least.pane)


def _fits(answer: Answer, least: LeastScreen) -> bool:
    try:
        check_screen(answer.evidence, least)
    except InvalidAnswer:
        return False
    return True


def _when_leased(assignment_id: int) -> LeastScreen:
    """Return the rule at the time of the lease, by the settings' events since."""
    assignment = Assignment.objects.select_related("campaign").get(pk=assignment_id)
    rule = least_screen_of(assignment.campaign)
    since = CampaignEvent.objects.filter(
        campaign=assignment.campaign, verb="settings", created_at__gt=assignment.leased_at
    )
    for event in since.order_by("-created_at", "-pk"):
        before = {
            name: event.detail["changes"][f"least_{name}"]["from"]
            for name in LeastScreen._fields
            if f"least_{name}" in event.detail["changes"]
        }
        rule = rule._replace(**before)
    return rule


def _check_gamut(shown: Any, least: Gamut) -> None:
    if shown not in GAMUTS:
        raise InvalidAnswer(
            "evidence.gamut",
            gettext(
                "This campaign asks for a screen that shows %(least)s, and nothing tells what "
                "yours shows. Judge on the judging page with JavaScript switched on."
            )
            % {"least": least.label},
        )
    if GAMUTS.index(shown) < GAMUTS.index(least):
        raise InvalidAnswer(
            "evidence.gamut",
            gettext(
                "This campaign asks for a screen that shows %(least)s; yours shows %(shown)s. Go "
                "on with a screen of more colours, or skip this comparison."
            )
            % {"least": least.label, "shown": Gamut(shown).label},
        )


def _check_pane(evidence: Mapping[str, Any], least: int) -> None:
    shown = _longest_side(evidence.get("pane"), evidence.get("device_pixel_ratio"))
    if shown is None:
        raise InvalidAnswer(
            "evidence.pane",
            gettext(
                "This campaign asks for images at least %(least)s pixels long on the screen, and "
                "nothing tells how long yours were. Judge on the judging page with JavaScript "
                "switched on."
            )
            % {"least": least},
        )
    if shown < least:
        raise InvalidAnswer(
            "evidence.pane",
            gettext(
                "This campaign asks for images at least %(least)s pixels long on the screen; yours "
                "had %(shown)s. Make the window larger or use a larger screen, then send the "
                "answer again."
            )
            % {"least": least, "shown": shown},
        )


def _longest_side(pane: Any, ratio: Any) -> int | None:
    """Return pixels of the device, or None where the value is not a size."""
    if not isinstance(pane, list) or len(pane) != 2:  # noqa: PLR2004
        return None
    numbers = [*pane, ratio]
    if not all(is_number(each) and 0 < each < MAX_PIXELS for each in numbers):
        return None
    # The browser reports fractions of CSS pixels rounded, so the product is rounded too.
    return round(float(max(pane)) * float(ratio))


def _least_screen(slug: str) -> LeastScreen:
    known = _known.get(slug)
    if known is not None and time.monotonic() < known[1]:
        return known[0]
    return _look_up(slug)


def _look_up(slug: str) -> LeastScreen:
    # This runs before an answer is stored, so a lost connection is replaced.
    rows = fetch_rows(LOOK_UP, [slug])
    least = LeastScreen(*rows[0]) if rows else ANY_SCREEN
    with _known_lock:
        if len(_known) >= MAX_KNOWN:
            _known.clear()
        _known[slug] = least, time.monotonic() + CACHE_SECONDS
    return least
