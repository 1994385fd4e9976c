"""A campaign or comparison whose background work fails stops no other, and its lead reads why."""

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.urls import reverse

from annotation.common.storage import original_name
from annotation.feedback.services import refill_open_campaigns
from annotation.feedback.signals import Signal, replace_signals
from annotation.items.services.import_jobs import run_derive
from annotation.items.services.imports import enqueue_derive, import_folder
from annotation.models import Assignment, Campaign, Item, Judgment, QueueEntry, WorkFailure
from annotation.queue.services.overlap import settle_recent
from annotation.queue.services.repeats import draw_in_open_campaigns
from annotation.queue.services.returns import expire_leases_everywhere
from jobs import services as jobs
from jobs.errors import JobError
from jobs.runner import Context
from tests import factories as make
from tests.annotation.items.imports.makers import two_items, write_folder
from tests.annotation.queue.test_lanes import age
from tests.pages import part, parts

pytestmark = pytest.mark.django_db


def refuse_changes(table, condition):
    """Make the database refuse changes of some rows, as a broken row or constraint would."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE FUNCTION refuse_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {condition} THEN RAISE EXCEPTION 'this row is broken'; END IF;
                RETURN new;
            END $$;
            CREATE TRIGGER a_refusal BEFORE INSERT OR UPDATE ON {table}
               FOR EACH ROW EXECUTE FUNCTION refuse_{table}();
            """
        )


def allow_changes(table):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER a_refusal ON {table}")


def failure():
    return WorkFailure.objects.get()


def test_leases_end_in_every_campaign_but_the_one_that_fails():
    broken, sound = make.make_campaign(), make.make_campaign()
    leases = {}
    for campaign in (broken, sound):
        leases[campaign] = make.make_assignment(make.make_queued(campaign=campaign), slot=1)
        make.let_expire(leases[campaign])
    refuse_changes("annotation_assignment", f"new.campaign_id = {broken.pk}")
    assert expire_leases_everywhere() == 1
    states = {c: Assignment.objects.get(pk=lease.pk).state for c, lease in leases.items()}
    assert states == {broken: "leased", sound: "expired"}
    assert (failure().work, failure().campaign) == ("leases", broken)
    assert "this row is broken" in failure().reason
    allow_changes("annotation_assignment")
    assert expire_leases_everywhere() == 1
    assert not WorkFailure.objects.exists()


def test_repeats_are_drawn_in_every_campaign_but_the_one_that_fails():
    campaigns = [make.make_campaign(repeat_percent=100) for _ in range(3)]
    for campaign in campaigns:
        person = make.make_member(campaign)
        comparison = make.make_queued(campaign=campaign)
        judgment = make.make_judgment(comparison, person, slot=1)
        age(judgment.assignment, minutes=30)
    refuse_changes("annotation_campaign", f"new.id = {campaigns[1].pk}")
    assert draw_in_open_campaigns() == 2
    repeats = QueueEntry.objects.filter(lane="repeat")
    assert {entry.campaign for entry in repeats} == {campaigns[0], campaigns[2]}
    assert draw_in_open_campaigns() == 0
    assert (failure().work, failure().campaign, failure().n_times) == ("repeats", campaigns[1], 2)


def test_the_disagreement_lane_is_filled_in_every_campaign_but_the_one_that_fails():
    broken, sound = make.make_campaign(send_back_batch=3), make.make_campaign(send_back_batch=3)
    for campaign in (broken, sound):
        comparison = make.make_comparison(campaign=campaign)
        make.make_judgment(comparison, slot=1)
        for _ in range(3):
            make.make_member(campaign)
        result = Signal(comparison.public_id, "surprise", 2.0, 2.0)
        replace_signals(campaign=campaign.public_id, model="a model", signals=[result])
    refuse_changes(
        "annotation_sendback",
        f"new.comparison_id = {broken.comparisons.get().pk}",
    )
    assert refill_open_campaigns() == 1
    assert {entry.campaign for entry in QueueEntry.objects.all()} == {sound}
    assert (failure().work, failure().campaign) == ("disagreement", broken)


@pytest.fixture
def undecided():
    """Two comparisons of a campaign that should ask one more person each."""
    campaign = make.make_campaign(overlap=2, overlap_cap=2)
    comparisons = [make.make_queued(campaign=campaign) for _ in range(2)]
    for comparison in comparisons:
        for slot, ranks in ((1, [1, 2]), (2, [2, 1])):
            judgment = make.make_judgment(comparison, slot=slot, ranks=ranks)
            assert judgment.ranks == ranks
    for _ in range(3):
        make.make_member(campaign)
    QueueEntry.objects.all().delete()
    Campaign.objects.filter(pk=campaign.pk).update(overlap_cap=3)
    return comparisons


def test_a_comparison_that_cannot_be_settled_is_named_and_the_next_is_settled(undecided, client):
    broken, sound = undecided
    refuse_changes("annotation_comparison", f"new.id = {broken.pk}")
    assert settle_recent() == 1
    assert {entry.comparison for entry in QueueEntry.objects.all()} == {sound}
    assert (failure().work, failure().subject) == ("overlap", str(broken.public_id))
    lead = make.make_member(broken.campaign, role="lead")
    client.force_login(lead)
    address = reverse("campaign", args=[broken.campaign.slug])
    assert "this row is broken" in part(client.get(address), ".callout.bad").text
    allow_changes("annotation_comparison")
    assert settle_recent() == 2
    assert parts(client.get(address), ".callout.bad") == []


def test_judgments_are_left_as_they_are_whatever_fails(undecided):
    before = list(Judgment.objects.order_by("pk").values())
    refuse_changes("annotation_comparison", "true")
    assert settle_recent() == 0
    assert list(Judgment.objects.order_by("pk").values()) == before
    assert WorkFailure.objects.filter(last_at__lte=Now()).count() == 2


def test_an_import_names_the_row_that_fails_and_takes_the_others(tmp_path, media_root):
    rows, pictures = two_items()
    campaign = make.make_campaign()
    refuse_changes("annotation_item", f"new.instruction = '{rows[0]['instruction']}'")
    batch = import_folder(campaign=campaign, path=write_folder(tmp_path / "set", rows, pictures))
    assert batch.report["counts"]["items"] == {"taken": 1, "already_there": 0, "refused": 1}
    assert Item.objects.get(campaign=campaign).instruction == rows[1]["instruction"]
    (refused,) = [row for row in batch.report["rows"] if row["outcome"] == "refused"]
    assert refused["row"] == 1
    assert "this row is broken" in refused["reason"]


def test_views_are_made_of_every_image_but_the_one_that_cannot_be_read(media_root):
    campaign = make.make_campaign()
    images = [make.make_image(files=True, derivatives=False) for _ in range(3)]
    item = make.make_item(campaign, source=images[0])
    for image in images[1:]:
        make.make_candidate(item, image=image)
    (media_root / original_name(images[1].sha256)).write_bytes(b"no picture")
    enqueue_derive(campaign)
    context = Context(jobs.claim("default", "a worker"))
    named = f"1 of 3 images could not be prepared. The original {images[1].sha256[:12]}"
    with pytest.raises(JobError, match=named):
        run_derive(context)
    assert [image.derivatives.count() for image in images] == [2, 0, 2]
