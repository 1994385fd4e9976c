"""One comparison as its lead sees it on the judging page. Nothing is leased or stored."""

from typing import Any

from django.urls import reverse

from annotation.answers.context import rubric_words
from annotation.answers.screen_rules import screen_rules
from annotation.models import Campaign, Candidate, Comparison, Rubric, StoredImage


def preview_of(campaign: Campaign, comparison: Comparison, rubric: Rubric) -> dict[str, Any]:
    """Return a comparison as the page gets an assignment, in canonical order. Three queries.

    Its pictures have the lead's addresses, because no assignment exists.
    """
    item = comparison.item
    found = Candidate.objects.select_related("image").in_bulk(comparison.candidate_ids)
    seen = getattr(item, "change_region", None)
    shifts = seen.shifts if seen else {}
    region = None
    if seen and seen.path and screen_rules(campaign)["outside"]:
        tag = seen.path.rsplit("/", 1)[1][:8]
        url = reverse("lead-item-region", args=[campaign.slug, item.public_id, tag])
        region = {"kind": seen.kind, "url": url}
    return {
        "id": f"preview-{comparison.public_id}",
        "instruction": item.instruction,
        "rubric": rubric_words(rubric.pk),
        "source": _picture(["lead-item-image", campaign.slug, item.public_id], item.source),
        "candidates": [
            _picture(["lead-candidate-image", campaign.slug, found[pk].public_id], found[pk].image)
            | {"shift": shifts.get(str(pk), [0.0, 0.0])}
            for pk in comparison.candidate_ids
        ],
        "region": region,
        "language": item.language,
        "sensitive": item.sensitive,
    }


def _picture(address: list[Any], image: StoredImage) -> dict[str, Any]:
    route, *arguments = address
    urls = [reverse(route, args=[*arguments, variant]) for variant in ("fit", "full")]
    return {"url": urls[0], "full_url": urls[1], "width": image.width, "height": image.height}
