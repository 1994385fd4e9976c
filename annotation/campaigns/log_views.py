"""The audit log: a campaign's for its leads, the whole site's for who administers it."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from annotation.campaigns.event_words import KINDS
from annotation.campaigns.log import LogLine, events_of, filter_of, lines_of
from annotation.common.access import campaign_led_by, may_see_whole_log
from annotation.common.csv_files import csv_response
from annotation.common.who import signed_in
from annotation.models import Campaign, User

PAGE = 50
HEADER = ("time", "campaign", "who", "event", "what", "request_id")


@require_GET
@never_cache
@login_required
def campaign_log(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show or send the events of a campaign, as the address filters them."""
    user = signed_in(request)
    return _log(request, user, campaign_led_by(user, slug))


@require_GET
@never_cache
@login_required
def site_log(request: HttpRequest) -> HttpResponseBase:
    """Show or send the events of all accounts and campaigns, as the address filters them."""
    user = signed_in(request)
    if not may_see_whole_log(user):
        raise Http404("No such page.")
    return _log(request, user, None)


def _log(request: HttpRequest, user: User, campaign: Campaign | None) -> HttpResponseBase:
    wanted = filter_of(request.GET)
    found = events_of(campaign, wanted)
    if request.GET.get("format") == "csv":
        header = HEADER if campaign is not None else (*HEADER, "address")
        rows = (_cells(line)[: len(header)] for line in lines_of(found))
        return csv_response(table="log", campaign=campaign, actor=user, header=header, rows=rows)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "section": "campaign",
        "wanted": wanted,
        "page": page,
        "lines": list(lines_of(page.object_list)),  # type: ignore[arg-type]
        "kinds": [(name, kind.label) for name, kind in KINDS.items()],
    }
    template = "campaigns/site_log.html" if campaign is None else "campaigns/campaign_log.html"
    return render(request, template, context)


def _cells(line: LogLine) -> tuple[str, ...]:
    event = line.event
    return (
        event.created_at.isoformat(),
        line.campaign,
        line.who,
        event.verb,
        line.what,
        event.request_id,
        event.address,
    )
