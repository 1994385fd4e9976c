"""The product's settings in a language that marks every translated message: ⟦like this⟧."""

import re

from django.utils.translation import trans_real

from config.settings import *  # noqa: F403

OPEN, CLOSE = "⟦", "⟧"
_real = {name: getattr(trans_real, name) for name in ("gettext", "pgettext", "ngettext")}
_real_nplural = trans_real.npgettext


def _mark(text):
    # The marks stay inside of what is stripped or escaped around a message.
    return re.sub(r"^(\s*)(.*?)(\s*)$", rf"\1{OPEN}\2{CLOSE}\3", text, flags=re.DOTALL)


trans_real.gettext = lambda message: _mark(_real["gettext"](message)) if message else message
trans_real.pgettext = lambda context, message: _mark(_real["pgettext"](context, message))
trans_real.ngettext = lambda one, many, n: _mark(_real["ngettext"](one, many, n))
trans_real.npgettext = lambda context, one, many, n: _mark(_real_nplural(context, one, many, n))
