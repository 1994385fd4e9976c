"""Base of all commands: bad input gives one line on stderr and exit code 2."""

from functools import partial
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.common.access import find_campaign, find_user
from annotation.models import Campaign, User


class OneLineCommand(BaseCommand):
    """A command that reports bad arguments in one line, without the usage text."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        if parser.called_from_command_line:
            # Django chooses the parser's class itself.
            parser.error = partial(_refuse, parser)  # type: ignore[method-assign]
        return parser


def _refuse(parser: CommandParser, message: str) -> NoReturn:
    parser.exit(2, f"{parser.prog}: {message}; see --help\n")


def campaign_named(slug: str) -> Campaign:
    """Return the campaign with this slug; CommandError with exit code 2 when there is none."""
    campaign = find_campaign(slug)
    if campaign is None:
        raise CommandError(f"There is no campaign named {slug!r}.", returncode=2)
    return campaign


def campaign_exists(slug: str) -> bool:
    """Whether there is a campaign with this slug."""
    return find_campaign(slug) is not None


def account_named(username: str) -> User:
    """Return the active account of this name; CommandError with exit code 2 without one."""
    user = find_user(username)
    if user is None:
        raise CommandError(f"There is no account named {username!r}.", returncode=2)
    return user
