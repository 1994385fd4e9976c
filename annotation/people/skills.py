"""What a person is asked about: categories and languages of a campaign's items."""

from collections.abc import Collection

from django.db import transaction

from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.errors import DomainError, InvalidSetting
from annotation.items.selectors import items
from annotation.models import Campaign, Membership, User
from annotation.queue.selectors.standing import WORKING_ROLES


@transaction.atomic
def set_skills(
    *,
    campaign: Campaign,
    user: User,
    categories: Collection[str],
    languages: Collection[str],
    actor: User | None,
) -> None:
    """Serve a person only these categories and languages; an empty list means all.

    Open leases stay valid. Raises InvalidSetting for a name that no item of the campaign has
    (except one that the person has already), and DomainError for a person who is neither annotator
    nor adjudicator; then nothing changed.
    """
    lock_campaign(campaign)
    members = list(
        Membership.objects.select_for_update(no_key=True)
        .filter(campaign=campaign, user=user, role__in=WORKING_ROLES, removed_at__isnull=True)
        .order_by("pk")
    )
    if not members:
        raise DomainError(f"{user.username} judges nothing here.")
    before = {"categories": members[0].categories, "languages": members[0].languages}
    known = {"categories": items.categories(campaign), "languages": items.languages(campaign)}
    after = {"categories": sorted(set(categories)), "languages": sorted(set(languages))}
    for name, values in after.items():
        _refuse_unknown(name, values, {*known[name], *before[name]})
    same = all({"categories": m.categories, "languages": m.languages} == after for m in members)
    if same:
        return
    # Comparisons that were skipped over may fit now, so every search starts from the beginning.
    Membership.objects.filter(pk__in=[m.pk for m in members]).update(search_cursors={}, **after)
    changes = {name: {"from": before[name], "to": after[name]} for name in after}
    record(campaign, actor, "skills_set", user=user.username, changes=changes)


def _refuse_unknown(name: str, values: Collection[str], known: Collection[str]) -> None:
    for value in values:
        if value not in known:
            raise InvalidSetting(name, f"No item here has “{value[:60]}” among its {name}.")
