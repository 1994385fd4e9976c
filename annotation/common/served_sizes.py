"""The sizes at which pictures are served: an edit's own, or that of its view beside its source."""

from collections.abc import Iterable

from annotation.models import Campaign, SizedView, StoredImage

Size = tuple[int, int]


class ServedSizes:
    """Look up (width, height) of edits as served. At most one query, none for equal sizes."""

    def __init__(self, shown: Iterable[tuple[Campaign, StoredImage, StoredImage]]) -> None:
        """shown: campaign, source and edit of everything that will be asked for."""
        wanted = {
            image.pk
            for campaign, source, image in shown
            if campaign.one_size and _size(image) != _size(source)
        }
        rows = SizedView.objects.filter(image__in=wanted) if wanted else []
        self._views = {(v.image_id, (v.for_width, v.for_height)): (v.width, v.height) for v in rows}

    def of(self, campaign: Campaign, source: StoredImage, image: StoredImage) -> Size:
        """Return the size of an edit beside its source."""
        if not campaign.one_size:
            return _size(image)
        return self._views.get((image.pk, _size(source)), _size(image))


def _size(image: StoredImage) -> Size:
    return image.width, image.height
