"""The documents as pages: glossary, guides, formats. Public, since they hold no data."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.handbook.pages import GROUPS, PAGES, document


@require_GET
def help_index(request: HttpRequest) -> HttpResponse:
    """List the documents, by reader."""
    return render(request, "handbook/index.html", {"groups": GROUPS})


@require_GET
def help_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show one document."""
    page = PAGES.get(name)
    if page is None:
        raise Http404("No such document.")
    context = {"page": page, "document": document(name)}
    return render(request, "handbook/page.html", context)
