"""The API keys of a person."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotation.common.refusals import put_refusal
from annotation.common.who import signed_in
from annotation.errors import DomainError
from annotation.people.api_keys import create_key, revoke_key, valid_keys_of
from annotation.people.forms import KeyForm


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def api_keys(request: HttpRequest) -> HttpResponse:
    """List the person's keys, and make one.

    The response to the form shows the new key, so that it is stored nowhere on the way.
    """
    user = signed_in(request)
    form = KeyForm(request.POST if request.method == "POST" else None)
    made = None
    if form.is_valid():
        try:
            made = create_key(user=user, actor=user, **form.cleaned_data)
        except DomainError as refusal:
            put_refusal(form, refusal)
        else:
            form = KeyForm()
    context = {"form": form, "made": made, "keys": valid_keys_of(user)}
    return render(request, "people/api_keys.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
def api_key_revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End one of the person's keys."""
    user = signed_in(request)
    name = revoke_key(user=user, public_id=public_id, actor=user)
    messages.success(request, f"The key “{name}” is revoked.")
    return redirect("api-keys")
