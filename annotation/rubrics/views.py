"""Read a campaign's rubric, and edit the draft of its next version."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.common.access import campaign_led_by
from annotation.common.who import signed_in
from annotation.errors import DomainError, RubricIncomplete
from annotation.models import Campaign, Rubric
from annotation.rubrics.changes import changes_between
from annotation.rubrics.edits import edited
from annotation.rubrics.forms import RubricForm
from annotation.rubrics.selectors import (
    draft_rubric,
    may_adopt_fault_words,
    rubric_versions,
    words_of,
)
from annotation.rubrics.services import (
    adopt_fault_words,
    discard_draft,
    save_and_publish,
    save_draft,
    start_draft,
)
from annotation.rubrics.text import MAX_CRITERIA, MAX_DIMENSIONS, MAX_LEVELS, MIN_LEVELS

LIMITS = {
    "most_dimensions": MAX_DIMENSIONS,
    "most_levels": MAX_LEVELS,
    "least_levels": MIN_LEVELS,
    "most_criteria": MAX_CRITERIA,
}


@require_GET
@login_required
def rubric(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a version: the one asked for, else the newest published, else the draft."""
    found = campaign_led_by(signed_in(request), slug)
    versions = rubric_versions(found)
    shown = _chosen(versions, request.GET.get("version"))
    draft = next((one for one in versions if one.published_at is None), None)
    published = next((one for one in versions if one.published_at), None)
    words = words_of(shown) if shown else ()
    older = (one for one in versions if shown and one.version < shown.version and one.published_at)
    before = next(older, None)
    context = {
        "campaign": found,
        "versions": versions,
        "shown": shown,
        "words": words,
        "before": before,
        "changes": changes_between(words_of(before), words) if before else [],
        "draft": draft,
        "published": published,
        "offers_fault_words": may_adopt_fault_words(draft or published),
    }
    return render(request, "rubrics/rubric.html", context)


@require_POST
@login_required
def rubric_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Start the draft of the next version, adopt fault criteria, or delete the draft."""
    found = campaign_led_by(signed_in(request), slug)
    try:
        if request.POST.get("action") == "discard":
            discard_draft(campaign=found)
            messages.success(request, "The draft was discarded.")
            return redirect("rubric", slug)
        if request.POST.get("action") == "fault-words":
            adopt_fault_words(campaign=found)
        else:
            start_draft(campaign=found)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("rubric", slug)
    return redirect("rubric-edit", slug)


@require_http_methods(["GET", "POST"])
@login_required
def rubric_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Edit the draft. Every button first saves the form, then does its own action."""
    found = campaign_led_by(signed_in(request), slug)
    draft = draft_rubric(found)
    if draft is None:
        return redirect("rubric", slug)
    if request.method == "POST":
        return _saved(request, found, draft)
    form = RubricForm(words_of(draft), criteria_wording=draft.criteria_wording)
    return _editor(request, found, draft, form)


def _saved(request: HttpRequest, found: Campaign, draft: Rubric) -> HttpResponse:
    form = RubricForm((), request.POST)
    action = request.POST.get("action", "save")
    if not form.is_valid():
        return _editor(request, found, draft, form)
    entered = {name: form.cleaned_data[name] for name in ("seen", "criteria_wording")}
    try:
        if action == "publish":
            published = save_and_publish(
                campaign=found, dimensions=form.words(), actor=signed_in(request), **entered
            )
            messages.success(request, f"Version {published.version} is published.")
            return redirect("rubric", found.slug)
        words = form.words() if action == "save" else edited(form.words(), action)
        save_draft(campaign=found, dimensions=words, **entered)
    except RubricIncomplete as refusal:
        form.put_problems(refusal.problems)
        return _editor(request, found, draft, form)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _editor(request, found, draft, form)
    except ValueError:
        form.add_error(None, "That change is not possible here. Nothing was saved.")
        return _editor(request, found, draft, form)
    if action == "save":
        messages.success(request, "The draft was saved.")
    return redirect(reverse("rubric-edit", args=[found.slug]) + _anchor(action, len(words)))


def _anchor(action: str, n_dimensions: int) -> str:
    """Return the URL fragment of the changed dimension, so that the browser stays there."""
    verb, *indices = action.split(":")
    if verb == "add-dimension":
        return f"#dimension-{n_dimensions}"
    if verb == "raise-dimension":
        return f"#dimension-{indices[0]}"
    return f"#dimension-{int(indices[0]) + 1}" if indices and verb != "remove-dimension" else ""


def _editor(request: HttpRequest, found: Campaign, draft: Rubric, form: RubricForm) -> HttpResponse:
    context: dict[str, Any] = {
        "campaign": found,
        "draft": draft,
        "form": form,
        "section": "rubric",
    }
    status = 422 if form.is_bound else 200
    return render(request, "rubrics/rubric_edit.html", context | LIMITS, status=status)


def _chosen(versions: list[Rubric], asked: str | None) -> Rubric | None:
    if asked is None:
        published = [one for one in versions if one.published_at]
        return next(iter([*published, *versions]), None)
    for one in versions:
        if str(one.version) == asked:
            return one
    raise Http404("No such version.")
