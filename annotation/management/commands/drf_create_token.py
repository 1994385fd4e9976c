from typing import Any

from django.core.management.base import CommandParser

from annotation.common.key_access import Scope
from annotation.management.base import OneLineCommand, account_named
from annotation.people.api_keys import create_key


class Command(OneLineCommand):
    help = (
        "Make an API key with all scopes that never expires, and show it once: only its hash is "
        "stored. The person can revoke it under their name, API keys. Exit code 2 for an unknown "
        "account."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the account's user name")
        parser.add_argument("--name", default="made by command", help="what the key is for")

    def handle(self, *_: Any, **options: Any) -> None:
        user = account_named(options["user"])
        key = create_key(
            user=user, name=options["name"], scopes=Scope.values, days=None, actor=None
        )
        self.stdout.write(f"Generated token {key} for user {user.username}")
