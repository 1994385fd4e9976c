"""Warn of marks that one generator of a campaign leaves in a corner of its pictures."""

import logging
from collections.abc import Iterator

from annotation.common.storage import read
from annotation.errors import DomainError
from annotation.items.imaging.corners import Corners, corner_marks, corners_of
from annotation.items.imaging.pictures import open_picture
from annotation.items.imaging.watermarks import hide
from annotation.items.selectors.corners import SOURCES, fit_views_by_group
from annotation.models import Campaign

logger = logging.getLogger(__name__)


def corner_warnings(campaign: Campaign) -> list[str]:
    """Return a sentence for each mark; none where the campaign hides the mark already.

    Reads at most `PER_GROUP` views of each generator and of the sources.
    """
    groups = {
        name: list(_corners(paths, campaign.watermarks))
        for name, paths in fit_views_by_group(campaign).items()
    }
    return [
        f"{mark.group} leaves a mark in the {mark.corner} corner of its edits, and no other "
        f"generator does. To hide it everywhere, enter {mark.watermark} under Watermarks to hide."
        for mark in corner_marks(groups)
        if mark.group != SOURCES
    ]


def _corners(paths: list[str], watermarks: list[str]) -> Iterator[Corners]:
    for path in paths:
        try:
            yield corners_of(hide(open_picture(read(path)).pixels, watermarks))
        except (DomainError, OSError) as error:
            logger.warning("the view %s could not be looked at: %s", path, error)
