"""What an annotator is shown: assignments without any trace of the generators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models.functions import Now, TruncDay
from django.urls import get_script_prefix

from annotation.answers.context import rubric_words
from annotation.answers.screen_rules import screen_rules
from annotation.common.media import SOURCE
from annotation.common.served_sizes import ServedSizes
from annotation.models import Assignment, Campaign, Candidate, Judgment, StoredImage, User
from annotation.queue.selectors.remaining import remaining, remaining_in_words


@dataclass(frozen=True)
class Lease:
    """A live lease as the judging page needs it. No field reveals a generator.

    shown_order[i]: canonical index of the candidate at screen position i. sizes: width and height
    in pixels of the source, then of the candidates in shown order, flat. region: its kind and
    file; shifts: right and down per candidate in shown order, flat; None where nothing is known.
    """

    pk: int
    public_id: UUID
    rubric_id: int
    instruction: str
    shown_order: list[int]
    sizes: list[int]
    expires_at: datetime
    language: str = ""
    sensitive: str = ""
    region: str | None = None
    shifts: list[float] | None = None


def work_of(assignments: Sequence[Assignment]) -> list[dict[str, Any]]:
    """Return assignments as the API and the judging page show them, candidates as shown.

    The assignments come with campaign, comparison, item, source and rubric selected.
    """
    wanted = {pk for one in assignments for pk in one.comparison.candidate_ids}
    images = {
        candidate.pk: candidate.image
        for candidate in Candidate.objects.filter(pk__in=wanted).select_related("image")
    }
    served = ServedSizes(
        (one.campaign, one.comparison.item.source, images[pk])
        for one in assignments
        for pk in one.comparison.candidate_ids
    )
    return [_shown(one, images, served) for one in assignments]


def lease_as_shown(lease: Lease) -> dict[str, Any]:
    """Return a lease as `work_of` returns its assignment. No query."""
    sizes = list(zip(lease.sizes[::2], lease.sizes[1::2], strict=True))
    return {
        "id": lease.public_id,
        "instruction": lease.instruction,
        "rubric": rubric_words(lease.rubric_id),
        "source": _picture(lease.public_id, SOURCE, sizes[0]),
        "candidates": [
            _picture(lease.public_id, str(i), size) | {"shift": _shift(lease, i)}
            for i, size in enumerate(sizes[1:])
        ],
        "region": _region(lease),
        "language": lease.language,
        "sensitive": lease.sensitive,
        "expires_at": lease.expires_at,
    }


def _shift(lease: Lease, position: int) -> list[float]:
    return lease.shifts[2 * position : 2 * position + 2] if lease.shifts else [0.0, 0.0]


def _region(lease: Lease) -> dict[str, str] | None:
    """Return the address of a lease's change region. It contains a tag of the region's content."""
    if lease.region is None:
        return None
    kind, path = lease.region.split(" ")
    tag = path.rsplit("/", 1)[1][:8]
    return {"kind": kind, "url": f"{_address(lease.public_id)}region-{tag}.png"}


def progress_of(campaign: Campaign, annotator: User) -> dict[str, Any]:
    """Return a person's answers today and in total, and about how many are left for them.

    Answers in every lane count equally, so the numbers do not reveal lanes.
    """
    # A revised answer counts once, at the time of the first answer.
    mine = Judgment.objects.filter(campaign=campaign, annotator=annotator, supersedes__isnull=True)
    left = remaining(campaign, annotator)
    return {
        "done_today": mine.filter(created_at__gte=TruncDay(Now())).count(),
        "mine": mine.count(),
        "left": left,
        "left_words": remaining_in_words(left),
    }


def _shown(
    assignment: Assignment, images: dict[int, StoredImage], served: ServedSizes
) -> dict[str, Any]:
    comparison = assignment.comparison
    shown = [images[comparison.candidate_ids[index]] for index in assignment.shown_order]
    source = comparison.item.source
    sizes = [(source.width, source.height)]
    sizes += [served.of(assignment.campaign, source, image) for image in shown]
    return lease_as_shown(
        Lease(
            pk=assignment.pk,
            public_id=assignment.public_id,
            rubric_id=assignment.rubric_id,
            instruction=comparison.item.instruction,
            shown_order=assignment.shown_order,
            sizes=[side for size in sizes for side in size],
            expires_at=assignment.expires_at,
            language=comparison.item.language,
            sensitive=comparison.item.sensitive,
            **_seen_of(assignment),
        )
    )


def _seen_of(assignment: Assignment) -> dict[str, Any]:
    """Return region and shifts of an assignment as a lease has them."""
    seen = getattr(assignment.comparison.item, "change_region", None)
    if seen is None:
        return {}
    offered = screen_rules(assignment.campaign)["outside"] and seen.path
    ids = [assignment.comparison.candidate_ids[index] for index in assignment.shown_order]
    shifts = [side for pk in ids for side in seen.shifts.get(str(pk), (0.0, 0.0))]
    return {
        "region": f"{seen.kind} {seen.path}" if offered else None,
        "shifts": shifts if seen.shifts else None,
    }


def picture_of(
    public_id: UUID, size: tuple[int, int], position: int | None = None
) -> dict[str, Any]:
    """Return an image of an assignment as `work_of` does; position None = the source.

    size: (width, height) as served.
    """
    return _picture(public_id, SOURCE if position is None else str(position), size)


def _address(public_id: UUID) -> str:
    return f"{get_script_prefix()}media/a/{public_id}/"


def _picture(public_id: UUID, picture: str, size: tuple[int, int]) -> dict[str, Any]:
    # Built by hand: reversing a route costs more than the lease itself. A test checks that both
    # agree.
    address = f"{_address(public_id)}{picture}"
    width, height = size
    return {
        "url": f"{address}/fit.webp",
        "full_url": f"{address}/full.webp",
        "width": width,
        "height": height,
    }
