"""Find the stored file behind an image address. No address holds a hash, a name or a row id."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from annotation.models import (
    Campaign,
    ChangeRegion,
    Derivative,
    Item,
    MaskedView,
    StoredImage,
    User,
)

SOURCE = "source"

# One indexed look-up by the assignment's public id. `path` is NULL while the view is being made.
# Where a campaign hides watermarks, no view that has them is served.
ASSIGNMENT_IMAGE = """
SELECT CASE WHEN n.watermarks <> '{}'
            THEN CASE WHEN %(variant)s = 'fit' THEN h.fit_path ELSE h.full_path END
            ELSE COALESCE(CASE WHEN %(variant)s = 'fit' THEN v.fit_path ELSE v.full_path END,
                          d.path) END
  FROM annotation_assignment a
  JOIN annotation_membership m
    ON m.campaign_id = a.campaign_id AND m.user_id = a.annotator_id
   AND (m.role IN ('annotator', 'adjudicator') OR m.role = 'lead' AND a.lane = 'adjudication')
   AND m.removed_at IS NULL
  JOIN annotation_comparison c ON c.id = a.comparison_id
  JOIN annotation_item i ON i.id = c.item_id
  JOIN annotation_campaign n ON n.id = a.campaign_id
  LEFT JOIN annotation_candidate e
    ON e.id = c.candidate_ids[a.shown_order[%(position)s + 1] + 1]
  LEFT JOIN annotation_derivative d
    ON d.image_id = CASE WHEN %(is_source)s THEN i.source_id ELSE e.image_id END
   AND d.variant = %(variant)s
  LEFT JOIN annotation_storedimage s ON s.id = i.source_id
  LEFT JOIN annotation_sizedview v
    ON v.image_id = e.image_id AND NOT %(is_source)s AND n.one_size
   AND v.for_width = s.width AND v.for_height = s.height
  LEFT JOIN annotation_maskedview h
    ON h.image_id = CASE WHEN %(is_source)s THEN i.source_id ELSE e.image_id END
   AND n.watermarks <> '{}' AND h.watermarks = n.watermarks
   AND h.for_width = CASE WHEN n.one_size THEN s.width ELSE 0 END
   AND h.for_height = CASE WHEN n.one_size THEN s.height ELSE 0 END
 WHERE a.public_id = %(assignment)s AND a.annotator_id = %(person)s
   AND (%(is_source)s OR e.id IS NOT NULL)
"""

# For everybody with a role in the campaign: examples, and training that the person has answered.
# Withdrawn images are shown to nobody.
REFERENCE_IMAGE = """
SELECT CASE WHEN n.watermarks <> '{}'
            THEN CASE WHEN %(variant)s = 'fit' THEN h.fit_path ELSE h.full_path END
            ELSE COALESCE(CASE WHEN %(variant)s = 'fit' THEN v.fit_path ELSE v.full_path END,
                          d.path) END
  FROM annotation_referenceanswer r
  JOIN annotation_comparison c ON c.id = r.comparison_id AND c.withdrawn_at IS NULL
  JOIN annotation_item i ON i.id = c.item_id AND i.withdrawn_at IS NULL
  JOIN annotation_campaign n ON n.id = r.campaign_id
  LEFT JOIN annotation_candidate e
    ON e.id = c.candidate_ids[%(position)s + 1] AND e.withdrawn_at IS NULL
  LEFT JOIN annotation_derivative d
    ON d.image_id = CASE WHEN %(is_source)s THEN i.source_id ELSE e.image_id END
   AND d.variant = %(variant)s
  LEFT JOIN annotation_storedimage s ON s.id = i.source_id
  LEFT JOIN annotation_sizedview v
    ON v.image_id = e.image_id AND NOT %(is_source)s AND n.one_size
   AND v.for_width = s.width AND v.for_height = s.height
  LEFT JOIN annotation_maskedview h
    ON h.image_id = CASE WHEN %(is_source)s THEN i.source_id ELSE e.image_id END
   AND n.watermarks <> '{}' AND h.watermarks = n.watermarks
   AND h.for_width = CASE WHEN n.one_size THEN s.width ELSE 0 END
   AND h.for_height = CASE WHEN n.one_size THEN s.height ELSE 0 END
 WHERE r.public_id = %(reference)s AND r.withdrawn_at IS NULL
   AND (%(is_source)s OR e.id IS NOT NULL)
   AND (EXISTS (SELECT 1 FROM annotation_membership m
                 WHERE m.campaign_id = r.campaign_id AND m.user_id = %(person)s
                   AND m.removed_at IS NULL)
        OR EXISTS (SELECT 1 FROM annotation_user u WHERE u.id = %(person)s AND u.is_superuser))
   AND (r.use = 'example'
        OR r.use = 'training' AND EXISTS (
            SELECT 1 FROM annotation_judgment j
             WHERE j.comparison_id = c.id AND j.annotator_id = %(person)s
               AND j.lane = 'training'))
"""


REGION_IMAGE = """
SELECT g.path
  FROM annotation_assignment a
  JOIN annotation_membership m
    ON m.campaign_id = a.campaign_id AND m.user_id = a.annotator_id
   AND (m.role IN ('annotator', 'adjudicator') OR m.role = 'lead' AND a.lane = 'adjudication')
   AND m.removed_at IS NULL
  JOIN annotation_campaign n ON n.id = a.campaign_id
   AND n.shows_outside AND n.purpose = 'preferences'
  JOIN annotation_comparison c ON c.id = a.comparison_id
  JOIN annotation_changeregion g ON g.item_id = c.item_id AND g.path <> ''
 WHERE a.public_id = %s AND a.annotator_id = %s
"""


@dataclass(frozen=True)
class ImageFile:
    """A file in the media storage; path is None while the view of the image is being made."""

    path: str | None
    content_type: str


def assignment_image(
    annotator: User, public_id: UUID, picture: str, variant: str
) -> ImageFile | None:
    """Return an image of a person's own assignment, answered or not; None if there is none.

    picture: "source", or the position on the screen, counted from "0".
    """
    return _named_image(
        ASSIGNMENT_IMAGE, picture, variant, assignment=public_id, person=annotator.pk
    )


def region_image(annotator: User, public_id: UUID, tag: str) -> ImageFile | None:
    """Return the change region of a person's own assignment, or None; tag: of its address."""
    with connection.cursor() as cursor:
        cursor.execute(REGION_IMAGE, [public_id, annotator.pk])
        row = cursor.fetchone()
    if row is None or not row[0].rsplit("/", 1)[1].startswith(tag):
        return None
    return ImageFile(row[0], "image/png")


def item_region_image(item: Item, tag: str) -> ImageFile | None:
    """Return the change region of an item that was fetched for its lead, or None."""
    region = ChangeRegion.objects.filter(item=item).exclude(path="").first()
    if region is None or not region.path.rsplit("/", 1)[1].startswith(tag):
        return None
    return ImageFile(region.path, "image/png")


def reference_image(person: User, public_id: UUID, picture: str, variant: str) -> ImageFile | None:
    """Return an image of a reference answer that a person may see, or None.

    picture: "source", or the canonical position, counted from "0".
    """
    return _named_image(REFERENCE_IMAGE, picture, variant, reference=public_id, person=person.pk)


def _named_image(statement: str, picture: str, variant: str, **of: Any) -> ImageFile | None:
    """Return the image that a statement finds at "source" or a position from "0", or None."""
    is_source = picture == SOURCE
    position = 0 if is_source else int(picture)
    query_params = of | {"variant": variant, "is_source": is_source, "position": position}
    with connection.cursor() as cursor:
        cursor.execute(statement, query_params)
        row = cursor.fetchone()
    return None if row is None else ImageFile(row[0], "image/webp")


def derived_image(
    campaign: Campaign, source: StoredImage, image: StoredImage, variant: str
) -> ImageFile:
    """Return a view of a source, or of an edit of it, that the caller may see.

    Without the watermarks that the campaign hides, where that view is made.
    """
    path = _masked_path(campaign, source, image, variant) or (
        Derivative.objects.filter(image=image, variant=variant)
        .values_list("path", flat=True)
        .first()
    )
    return ImageFile(path, "image/webp")


def _masked_path(
    campaign: Campaign, source: StoredImage, image: StoredImage, variant: str
) -> str | None:
    if not campaign.watermarks:
        return None
    width, height = (source.width, source.height) if campaign.one_size else (0, 0)
    views = MaskedView.objects.filter(
        image=image, watermarks=campaign.watermarks, for_width=width, for_height=height
    )
    return views.values_list(f"{variant}_path", flat=True).first()
