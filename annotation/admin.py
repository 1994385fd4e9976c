"""The admin site: accounts, and read-only lists. Campaigns have separate pages."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from annotation.common.events import record
from annotation.common.who import signed_in
from annotation.models import Campaign, CampaignEvent, Membership, User
from annotation.people.first_passwords import require_new_password
from annotation.people.sign_in.forms import AdminSignInForm

admin.site.login_form = AdminSignInForm
# A group would give its people permissions without a line in the audit log.
admin.site.unregister(Group)


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only rows: only the services write them."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]
    """Accounts and their passwords. An account is deactivated, not deleted: its judgments stay."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record the new account in the audit log too, where nobody can change it."""
        require_new_password(user=obj)
        record(None, signed_in(request), "account_made", user=obj.get_username())
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record which fields changed, without values, in the audit log too."""
        fields = [name for part in message for name in part.get("changed", {}).get("fields", ())]
        if fields in ([], ["password"]) and obj.pk != request.user.pk:
            require_new_password(user=obj)
        detail = {"user": obj.get_username(), "fields": fields or ["password"]}
        record(None, signed_in(request), "account_changed", **detail)
        return super().log_change(request, obj, message)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Campaign)
class CampaignAdmin(ReadOnly):
    list_display = ("name", "slug", "state", "created_by", "created_at")
    list_filter = ("state",)


@admin.register(Membership)
class MembershipAdmin(ReadOnly):
    list_display = ("campaign", "user", "role", "paused_at", "removed_at")
    list_filter = ("role",)
    list_select_related = ("campaign", "user")


@admin.register(CampaignEvent)
class CampaignEventAdmin(ReadOnly):
    list_display = ("created_at", "campaign", "actor", "verb", "detail")
    list_select_related = ("campaign", "actor")
