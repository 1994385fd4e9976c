"""Show a criterion as a fault: {{ criterion.name|fault_label:wording }}."""

from django import template

from annotation.rubrics import criteria_words

register = template.Library()

register.filter("fault_label", criteria_words.fault_label)
register.filter("fault_text", criteria_words.fault_text)
