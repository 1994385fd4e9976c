"""Celery tasks of the annotation app: each calls one service."""

from celery import shared_task


@shared_task(ignore_result=True, name="annotation.sweep_leases", soft_time_limit=60)
def sweep_leases() -> None:
    """End leases whose time is over. Idempotent, also concurrently."""
    from annotation.queue.services.returns import expire_leases_everywhere

    expire_leases_everywhere()


@shared_task(ignore_result=True, name="annotation.clear_sessions", soft_time_limit=300)
def clear_sessions() -> None:
    """Delete the sessions whose time is over. Idempotent."""
    from django.contrib.sessions.backends.db import SessionStore

    SessionStore.clear_expired()


@shared_task(ignore_result=True, name="annotation.refill_disagreement", soft_time_limit=300)
def refill_disagreement() -> None:
    """Fill the disagreement lane of every open campaign. Idempotent: a full lane is skipped."""
    from annotation.feedback.services import refill_open_campaigns

    refill_open_campaigns()


@shared_task(ignore_result=True, name="annotation.draw_repeats", soft_time_limit=300)
def draw_repeats() -> None:
    """Draw repeats from the newest answers. Idempotent: each answer is drawn from once."""
    from annotation.queue.services.repeats import draw_in_open_campaigns

    draw_in_open_campaigns()


@shared_task(ignore_result=True, name="annotation.apply_rules", soft_time_limit=300)
def apply_rules() -> None:
    """Apply the quality rules where there are new answers. Idempotent: one open alert per rule."""
    from annotation.quality.services.rules import apply_in_open_campaigns

    apply_in_open_campaigns()


@shared_task(ignore_result=True, name="annotation.settle_overlap", soft_time_limit=300)
def settle_overlap() -> None:
    """Apply the overlap rules to recently answered comparisons. Idempotent."""
    from annotation.queue.services.overlap import settle_recent

    settle_recent()


@shared_task(ignore_result=True, name="annotation.refresh_regions", soft_time_limit=120)
def refresh_regions() -> None:
    """Compute missing and outdated change regions. Idempotent, also concurrently.

    The time limit is for a single item: a run starts no further item after its budget.
    """
    from annotation.items.services.regions import refresh_regions as refresh

    refresh()


@shared_task(ignore_result=True, name="annotation.make_sized_views", soft_time_limit=120)
def make_sized_views() -> None:
    """Make missing views at the size of the source. Idempotent, also concurrently."""
    from annotation.items.services.sized_views import make_sized_views as make

    make()


@shared_task(ignore_result=True, name="annotation.make_masked_views", soft_time_limit=120)
def make_masked_views() -> None:
    """Make missing views without watermarks. Idempotent, also concurrently."""
    from annotation.items.services.masked_views import make_masked_views as make

    make()


@shared_task(ignore_result=True, name="annotation.find_look_alikes", soft_time_limit=120)
def find_look_alikes() -> None:
    """Find look-alikes among new candidates. Idempotent, also concurrently."""
    from annotation.items.services.look_alikes import find_look_alikes as find

    find()


@shared_task(ignore_result=True, name="annotation.fill_pixel_keys", soft_time_limit=120)
def fill_pixel_keys() -> None:
    """Compute missing pixel keys. Idempotent, also concurrently."""
    from annotation.items.services.pixel_keys import fill_pixel_keys as fill

    fill()
