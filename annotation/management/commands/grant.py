import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.errors import DomainError
from annotation.management.base import OneLineCommand, account_named, campaign_named
from annotation.people.services import Role, give_role


class Command(OneLineCommand):
    help = (
        "Give an existing account a role in a campaign: annotator, adjudicator or lead. Giving it "
        "again changes nothing. Exit code 2 for an unknown campaign, account or role, and then "
        "nothing changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="the campaign's slug")
        parser.add_argument("user", help="the account's user name")
        parser.add_argument("role", help=", ".join(Role.values))
        parser.add_argument("--json", action="store_true", help="the result as JSON on stdout")

    def handle(self, *_: Any, **options: Any) -> None:
        campaign, user = campaign_named(options["campaign"]), account_named(options["user"])
        role = options["role"]
        try:
            is_new = give_role(campaign=campaign, user=user, role=role, actor=None)
        except DomainError as refusal:
            roles = ", ".join(Role.values)
            raise CommandError(f"{refusal} Roles are {roles}.", returncode=2) from refusal
        if options["json"]:
            result = {"campaign": campaign.slug, "user": user.username, "role": role}
            self.stdout.write(json.dumps(result | {"changed": is_new}))
        elif is_new:
            self.stdout.write(f"{user.username} is {role} of {campaign.slug} now.")
        else:
            self.stdout.write(f"{user.username} is {role} of {campaign.slug} already.")
