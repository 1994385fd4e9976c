"""The home page: a person's campaigns, and the next step in each."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.campaigns.selectors import home_lines
from annotation.common.access import may_create_campaigns
from annotation.common.who import signed_in


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show the campaigns that the person leads, then those they work in."""
    user = signed_in(request)
    lines = home_lines(user)
    context = {
        "led": [line for line in lines if line.leads],
        "joined": [line for line in lines if not line.leads],
        "may_create": may_create_campaigns(user),
    }
    return render(request, "campaigns/home.html", context)
