"""Celery's side of the annotation app: each task hands over to one service."""

from celery import shared_task


@shared_task(ignore_result=True, name="annotation.sweep_leases", soft_time_limit=60)
def sweep_leases() -> None:
    """End leases whose time is over. Safe to run twice and beside itself."""
    from annotation.queue.services.returns import expire_leases_everywhere

    expire_leases_everywhere()


@shared_task(ignore_result=True, name="annotation.refill_disagreement", soft_time_limit=300)
def refill_disagreement() -> None:
    """Fill the disagreement lane of every open campaign. Safe to run twice: a full lane is left."""
    from annotation.feedback.services import refill_open_campaigns

    refill_open_campaigns()


@shared_task(ignore_result=True, name="annotation.draw_repeats", soft_time_limit=300)
def draw_repeats() -> None:
    """Draw repeats among the newest answers. Safe to run twice: each answer has one draw."""
    from annotation.queue.services.repeats import draw_in_open_campaigns

    draw_in_open_campaigns()


@shared_task(ignore_result=True, name="annotation.settle_overlap", soft_time_limit=300)
def settle_overlap() -> None:
    """Apply the overlap rules to what was answered lately. Safe to run twice."""
    from annotation.queue.services.overlap import settle_recent

    settle_recent()


@shared_task(ignore_result=True, name="annotation.refresh_regions", soft_time_limit=120)
def refresh_regions() -> None:
    """Make the change regions that are missing or out of date. Safe to run twice and beside itself.

    The time limit is for a single item: a run begins no other after its own budget.
    """
    from annotation.items.services.regions import refresh_regions as refresh

    refresh()


@shared_task(ignore_result=True, name="annotation.fill_pixel_keys", soft_time_limit=120)
def fill_pixel_keys() -> None:
    """Compute the keys of pictures that lack one. Safe to run twice and beside itself."""
    from annotation.items.services.pixel_keys import fill_pixel_keys as fill

    fill()
