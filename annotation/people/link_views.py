"""The page behind a link: join a campaign, or set a new password."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation.common.refusals import put_refusal
from annotation.common.who import signed_in
from annotation.errors import DomainError
from annotation.models import AccountLink
from annotation.people.forms import NewAccountForm
from annotation.people.links import (
    Kind,
    accept,
    accept_with_new_account,
    use_reset_link,
    valid_link,
)

BACKEND = "annotation.people.sign_in.backend.LimitedBackend"


def address_of_link(request: HttpRequest, secret: str) -> str:
    """Return the address of a link. The secret is in the query, which no log holds."""
    return request.build_absolute_uri(f"{reverse('account-link')}?{urlencode({'key': secret})}")


@never_cache
@require_http_methods(["GET", "POST"])
def account_link(request: HttpRequest) -> HttpResponse:
    """Show what a link is for, and do it."""
    secret = request.GET.get("key", "")
    link = valid_link(secret)
    if link is None:
        response = render(request, "people/link_over.html", status=404)
    elif link.kind == Kind.RESET:
        response = _set_password(request, link, secret)
    elif request.user.is_authenticated:
        response = _join(request, link, secret)
    else:
        response = _join_with_new_account(request, link, secret)
    # Other addresses, such as those of the style sheets, do not get the secret.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _set_password(request: HttpRequest, link: AccountLink, secret: str) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = SetPasswordForm(link.user, posted)  # type: ignore[type-var]
    if form.is_valid():
        try:
            use_reset_link(secret=secret, password=form.cleaned_data["new_password1"])
        except DomainError as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, "Your new password is set. Sign in with it.")
            return redirect("login")
    context = {"form": form, "person": link.user}
    status = 422 if form.is_bound else 200
    return render(request, "people/link_password.html", context, status=status)


def _join(request: HttpRequest, link: AccountLink, secret: str) -> HttpResponse:
    if request.method == "POST":
        try:
            campaign = accept(secret=secret, user=signed_in(request))
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"You have joined “{campaign.name}”.")
        return redirect("home")
    return render(request, "people/link_join.html", _about(link))


def _join_with_new_account(request: HttpRequest, link: AccountLink, secret: str) -> HttpResponse:
    form = NewAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            account = accept_with_new_account(secret=secret, account=form.save(commit=False))
        except DomainError as refusal:
            put_refusal(form, refusal)
        else:
            login(request, account, backend=BACKEND)
            return redirect("home")
    here = f"{request.path}?{urlencode({'key': secret})}"
    context = _about(link) | {"form": form, "here": here}
    status = 422 if form.is_bound else 200
    return render(request, "people/link_join.html", context, status=status)


def _about(link: AccountLink) -> dict[str, object]:
    return {"link": link, "joins": link.campaign, "roles": " and ".join(link.roles)}
