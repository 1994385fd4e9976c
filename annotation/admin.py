"""The admin site: accounts, and read-only lists. Campaigns have separate pages."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from annotation.models import Campaign, CampaignEvent, Membership, User
from annotation.people.sign_in.forms import AdminSignInForm

admin.site.login_form = AdminSignInForm


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
