"""Name a command: <code>{% manage_py %} rescore</code>."""

from django import template

from config import commands

register = template.Library()

register.simple_tag(commands.manage_py)
