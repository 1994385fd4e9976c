"""Link a word of ours to its row in the glossary: {% term "random arm" %}."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from annotation.handbook.glossary import look_up
from annotation.handbook.pages import GLOSSARY

register = template.Library()


@register.simple_tag
def term(name: str, text: str = "") -> SafeString:
    """Return a link to the term, with its meaning as the title. text: other words to show.

    Raises UnknownTermError for a term that the glossary does not explain.
    """
    anchor, meaning = look_up(name)
    address = f"{reverse('help-page', args=[GLOSSARY])}#{anchor}"
    return format_html(
        '<a class="term" href="{}" title="{}">{}</a>', address, meaning, text or name
    )
