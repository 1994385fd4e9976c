import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.errors import DomainError
from annotation.management.base import OneLineCommand
from annotation.sql.freeze import freeze


class Command(OneLineCommand):
    help = (
        "For developers: after an edit of annotation/sql/*.sql, freeze the new text and write the "
        "migration that loads it. NAME says what changed, such as refuse_paused_people. Exit code "
        "2 when there is nothing to freeze, and then nothing was written."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the migration's name, without its number")
        parser.add_argument("--json", action="store_true", help="the files written, as JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            written = freeze(options["name"])
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        names = [str(path) for path in written]
        self.stdout.write(json.dumps({"written": names}) if options["json"] else "\n".join(names))
