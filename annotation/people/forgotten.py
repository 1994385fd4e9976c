"""Send a link for a new password to the e-mail address of an account."""

from typing import Any

from django.core.mail import send_mail
from django.db.models import Q

from annotation.common.events import record
from annotation.models import User
from annotation.people.links import reset_link_of
from jobs import services as jobs
from jobs.runner import Context

JOB_KIND = "annotation.reset_mail"
TEXT = """Somebody asked for a new password of your account {username} on EditJury.

Set it here, once, within 72 hours:
{link}

If it was not you, do nothing: your password stays as it is.
"""


def request_reset(*, name: str, page: str) -> None:
    """Queue mails to the active accounts of a user name or an e-mail address.

    page: the address of the page behind links. The caller answers alike whether there is any.
    """
    named = Q(username=name) | Q(email__iexact=name)
    found = User.objects.filter(named, is_active=True).exclude(email="")
    for user in [] if "\0" in name or not name else found[:3]:
        record(None, None, "reset_requested", user=user.username)
        jobs.enqueue(JOB_KIND, payload={"user": user.pk, "page": page}, max_attempts=2)


def run_reset_mail(context: Context) -> dict[str, Any]:
    """Job handler: make the link and send it, so that no queue holds its secret.

    A second run sends a second link, and ends the first.
    """
    user = User.objects.get(pk=context.payload["user"])
    secret = reset_link_of(user, created_by=None)
    text = TEXT.format(username=user.username, link=f"{context.payload['page']}?key={secret}")
    send_mail("A new password for EditJury", text, None, [user.email])
    return {}
