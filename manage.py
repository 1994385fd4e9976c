#!/usr/bin/env python
"""Run EditJury's management commands; without given servers, on the bundled ones."""

import os
import sys


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config import env
    from config.embedded import EmbeddedError
    from config.embedded.environment import bundled_environment, servers_are_given

    if servers_are_given():
        execute_from_command_line(sys.argv)
        return
    try:
        with bundled_environment(env.home()):
            execute_from_command_line(sys.argv)
    except EmbeddedError as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
