"""What was decided in a campaign, for its leads."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.adjudication.selectors.figures import figures_of
from annotation.common.access import campaign_led_by
from annotation.common.who import signed_in


@require_GET
@login_required
def figures_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how much is decided, how fast, who agrees with whom, and what makes work."""
    campaign = campaign_led_by(signed_in(request), slug)
    context = {"campaign": campaign, "section": "contested", "figures": figures_of(campaign)}
    return render(request, "adjudication/figures.html", context)
