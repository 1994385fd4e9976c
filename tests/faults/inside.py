"""What a fault test does inside an installation: a process that answers one JSON line by another.

`python -m tests.faults.inside` reads `[name, arguments]` and writes `{"value": …}` or
`{"error": …}`. While the database is away it waits and begins again: every function may run twice.
"""

import json
import random
import sys
import time
import traceback

PATIENCE_SECONDS = 90


def seed(n_people, n_comparisons, overlap, number=0):
    """Create a live campaign with a queue; return its slug and a token per annotator."""
    from annotation.models import Campaign
    from tests.faults.seeding import begin, tokens

    known = Campaign.objects.filter(description=f"faults {number}").first()
    campaign = known or begin(number, n_people, n_comparisons, overlap)
    return {"slug": campaign.slug, "tokens": tokens(campaign)}


def study():
    """Create a small judged campaign with real pictures, for exports; return its slug."""
    from tests.annotation.studies import make_study

    return make_study(n_items=6)[0].slug


def audit(slug):
    """Return what the database says about the invariants, from its rows alone."""
    from tests.faults.audit import everything

    return everything(slug)


def let_expire(assignments):
    """Let the time of these leases run out, without any sweep."""
    from datetime import timedelta

    from django.db.models.functions import Now

    from annotation.models import Assignment

    return Assignment.objects.filter(public_id__in=assignments, state="leased").update(
        expires_at=Now() - timedelta(seconds=1)
    )


def sweep_leases():
    from annotation.queue.services.returns import expire_leases

    return expire_leases()


def send_back(slug, number, n_comparisons):
    """Send full comparisons back to other people; return how many went."""
    from annotation.feedback.send_backs import send_back as send
    from annotation.models import Comparison, Judgment

    judged = Judgment.objects.in_force().filter(campaign__slug=slug, cannot_judge="")
    ids = sorted(set(judged.values_list("comparison_id", flat=True)))
    chosen = random.Random(number).sample(ids, min(n_comparisons, len(ids)))
    open_ones = list(Comparison.objects.filter(pk__in=chosen, item__held_out=False))
    return len(send(comparisons=open_ones, cause="Faults.", actor=None).sent) if chosen else 0


def set_paused(slug, nth, *, paused):
    """Pause or resume the nth annotator. Doing it twice changes nothing."""
    from annotation.errors import DomainError
    from annotation.models import Campaign, Membership
    from annotation.people import services as people

    campaign = Campaign.objects.get(slug=slug)
    user = Membership.objects.filter(campaign=campaign, role="annotator").order_by("pk")[nth].user
    try:
        if paused:
            people.pause_annotator(campaign=campaign, user=user, reason="Faults.", actor=None)
        else:
            people.resume_annotator(campaign=campaign, user=user, actor=None)
    except DomainError:
        return False
    return True


def start_jobs(slug, study_slug):
    """Queue a freeze of the campaign and an export of the study; return how many jobs there are."""
    from annotation.models import Campaign
    from annotation.snapshots.export_jobs import request_export
    from annotation.snapshots.services import freeze, request_freeze
    from jobs.models import Job

    request_freeze(campaign=Campaign.objects.get(slug=slug), actor=None)
    snapshot = freeze(campaign=Campaign.objects.get(slug=study_slug))
    request_export(snapshot=snapshot, format_name="chosen-rejected", actor=None)
    return Job.objects.count()


def unfinished_jobs(*, silence_dead=False):
    """Return the jobs that have not ended. silence_dead: claims of dead workers go stale at once.

    A claim is stale after 30 seconds without a heartbeat; a short run does not wait for them.
    """
    from datetime import timedelta
    from pathlib import Path

    from django.db.models.functions import Now

    from jobs import services
    from jobs.models import Job

    waiting = Job.objects.filter(state__in=["queued", "running"])
    for job in waiting.filter(state="running") if silence_dead else []:
        if not Path(f"/proc/{job.worker.rsplit(':', 1)[1]}").exists():
            stale = Now() - timedelta(seconds=services.STALE_SECONDS + 1)
            Job.objects.filter(pk=job.pk, fence=job.fence).update(heartbeat_at=stale)
    if silence_dead:
        services.sweep()
    return [f"{job}: {job.state}, {job.message}" for job in waiting]


def main():
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer = {"value": patiently(globals()[name], arguments)}
        except Exception:  # noqa: BLE001 - sent to whoever asked
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)  # noqa: T201


def patiently(function, arguments):
    """Call a function; when the database goes away meanwhile, wait for it and call again."""
    from django.db import InterfaceError, OperationalError, connection

    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return function(**arguments)
        except (InterfaceError, OperationalError):
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    import django

    django.setup()
    main()
