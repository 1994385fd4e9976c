"""The site with every translatable string marked, so that a test sees those that are not."""

from django.utils.translation import trans_real

from config.settings import *  # noqa: F403

OPEN, CLOSE = "\u27e6", "\u27e7"


def marked(text):
    """Return a message as a translation would replace it; format names stay."""
    return f"{OPEN}{text}{CLOSE}" if str(text).strip() else text


trans_real.gettext = marked
trans_real.pgettext = lambda _context, text: marked(text)
trans_real.ngettext = lambda one, many, n: marked(one if n == 1 else many)
trans_real.npgettext = lambda _context, one, many, n: marked(one if n == 1 else many)
