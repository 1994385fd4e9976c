"""The pictures in which marks of generators are searched."""

from collections import defaultdict

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from annotation.items.selectors.generators import candidates_in_use, generator_names, items_in_use
from annotation.models import Campaign, Derivative

PER_GROUP = 40
SOURCES = "the source"


def fit_views_by_group(campaign: Campaign) -> dict[str, list[str]]:
    """Return by name of the generator paths of fit views, of different sources; SOURCES too.

    At most PER_GROUP of each, the newest; three queries. Pictures without views are left out.
    """
    names = generator_names(campaign)
    newest = Window(RowNumber(), partition_by=F("generator"), order_by="-pk")
    edits = (
        candidates_in_use(campaign)
        .order_by("generator", "item__source", "-pk")
        .distinct("generator", "item__source")
    )
    ranked = candidates_in_use(campaign).filter(pk__in=edits.values("pk")).annotate(nth=newest)
    images = list(ranked.filter(nth__lte=PER_GROUP).values_list("generator", "image"))
    sources = items_in_use(campaign).order_by("-source").values_list("source", flat=True).distinct()
    groups = [(names[generator], image) for generator, image in images]
    groups += [(SOURCES, image) for image in sources[:PER_GROUP]]
    fit = Derivative.objects.filter(
        image__in={image for _, image in groups}, variant=Derivative.Variant.FIT
    )
    paths = dict(fit.values_list("image", "path"))
    found: dict[str, list[str]] = defaultdict(list)
    for name, image in groups:
        if image in paths:
            found[name].append(paths[image])
    return dict(found)
