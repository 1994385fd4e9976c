"""Another image of a candidate: uploaded on its page, decoded by a worker, never by the website."""

import resource
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotation.items.imports import staging
from annotation.items.services import new_images
from annotation.items.services.items import withdraw_candidate
from annotation.models import CampaignEvent, Candidate
from jobs.models import Job
from jobs.runner import run_one
from jobs.services import claim, finish
from tests.annotation.items.imports.makers import bomb as huge
from tests.annotation.items.imports.makers import chunk, png
from tests.factories import make_candidate, make_item

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def candidate(campaign, media_root, settings, tmp_path):
    settings.WORK_ROOT = tmp_path / "work"
    return make_candidate(make_item(campaign), generator="painter")


@pytest.fixture
def sent(client, alice, candidate):
    """Send bytes as another image of the candidate, as its lead; return the response."""
    client.force_login(alice)

    def send(data, to=candidate, name="new.png", **fields):
        posted = {
            "correct-picture": SimpleUploadedFile(name, data),
            "correct-reason": "Wrong file.",
            "correct-generator": "painter",
        }
        url = reverse("candidate-correct", args=[to.item.campaign.slug, to.public_id])
        return client.post(url, posted | fields)

    return send


def shown(client, candidate):
    url = reverse("candidate", args=[candidate.item.campaign.slug, candidate.public_id])
    return client.get(url)


def uploads(media_root):
    return [path for path in media_root.glob("uploads/*") if path.is_file()]


def rows():
    return list(Candidate.objects.order_by("pk").values())


def bomb():
    """A sound PNG of 7,000 × 7,000 pixels of 16 bits in less than 100 KB: 98 MB decoded."""
    side = 7_000
    lines = zlib.compressobj(9)
    row = bytes(1 + 2 * side)
    data = b"".join([*(lines.compress(row) for _ in range(side)), lines.flush()])
    header = side.to_bytes(4, "big") * 2 + bytes([16, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def most_memory():
    """The most memory that this process ever took, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_a_worker_makes_the_new_version_and_the_page_follows_it(
    sent, client, candidate, alice, media_root
):
    answer = sent(png(5), **{"correct-seed": "8"})
    url = reverse("candidate", args=[candidate.item.campaign.slug, candidate.public_id])
    assert (answer.status_code, answer.url) == (302, url)
    assert len(uploads(media_root)) == 1
    page = shown(client, candidate)
    job = page.context["checking"]
    assert not Candidate.objects.filter(supersedes=candidate).exists()
    assert f'data-job="{reverse("job-state", args=[job.public_id])}"' in page.text
    assert run_one("default", job_id=job.pk).state == "done"
    new = Candidate.objects.get(supersedes=candidate)
    assert (new.image_id != candidate.image_id, new.seed, new.version) == (True, "8", 2)
    assert CampaignEvent.objects.get(verb="candidate_corrected").actor == alice
    assert uploads(media_root) == []
    assert reverse("candidate", args=[candidate.item.campaign.slug, new.public_id]) in (
        shown(client, candidate).text
    )
    assert "data-job=" not in shown(client, new).text


@pytest.mark.parametrize(
    "case",
    [(png(5)[:300], "damaged"), (b"hello", "not a picture"), (huge(), "megapixels")],
)
def test_what_the_worker_refuses_is_said_on_the_page(sent, client, candidate, media_root, case):
    data, reason = case
    before = rows()
    assert sent(data).status_code == 302
    assert run_one("default", job_id=Job.objects.get(kind=new_images.KIND).pk).state == "failed"
    assert rows() == before
    assert uploads(media_root) == []
    page = shown(client, candidate).text
    assert "The new image was not taken." in page
    assert reason in page


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<html>", "an HTML page"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
        (b"", "empty"),
    ],
)
def test_what_is_no_picture_by_its_first_bytes_is_refused_beside_the_field(
    sent, media_root, data, reason
):
    before = rows()
    answer = sent(data)
    assert answer.status_code == 422
    assert reason in str(answer.context["correct"].errors["picture"])
    assert (rows(), uploads(media_root), Job.objects.count()) == (before, [], 0)


def test_a_second_image_waits_for_the_first_and_a_campaign_has_few_waiting(
    sent, campaign, candidate, media_root, monkeypatch
):
    monkeypatch.setattr(new_images, "MOST_WAITING", 2)
    assert sent(png(5)).status_code == 302
    again = sent(png(6))
    assert again.status_code == 422
    assert "wait for it" in str(again.context["correct"].errors)
    others = [make_candidate(candidate.item, generator=name) for name in ("a", "b")]
    assert [sent(png(7), to=other).status_code for other in others] == [302, 422]
    assert len(uploads(media_root)) == Job.objects.filter(kind=new_images.KIND).count() == 2


def test_a_candidate_that_is_withdrawn_meanwhile_is_not_corrected(sent, candidate, media_root):
    sent(png(5))
    withdraw_candidate(candidate=candidate, reason="Bad.", actor=None)
    before = rows()
    job = run_one("default", job_id=Job.objects.get(kind=new_images.KIND).pk)
    assert (job.state, "withdrawn" in job.error) == ("failed", True)
    assert (rows(), uploads(media_root)) == (before, [])
    assert sent(png(5)).status_code == 422


def test_a_worker_that_died_after_the_correction_makes_no_second_version(sent, candidate):
    sent(png(5))
    job = claim("default", "dying", job_id=Job.objects.get(kind=new_images.KIND).pk)
    first = new_images.run_correction(new_images.Context(job))
    assert new_images.run_correction(new_images.Context(job)) == first
    finish(job, first)
    assert Candidate.objects.filter(supersedes=candidate).count() == 1


def test_the_website_neither_decodes_a_bomb_nor_starts_a_process_for_it(
    sent, candidate, monkeypatch
):
    small = bomb()
    assert len(small) < 150_000
    monkeypatch.setattr(staging, "open_picture", lambda *_, **__: pytest.fail("decoded here"))
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("a process was started"))
    before = most_memory()
    assert sent(small).status_code == 302
    assert most_memory() - before < 20
    monkeypatch.undo()
    job = run_one("default", job_id=Job.objects.get(kind=new_images.KIND).pk)
    assert job.state == "done", job.error
    new = Candidate.objects.get(supersedes=candidate)
    assert (new.image.width, new.image.height) == (7_000, 7_000)
    assert most_memory() - before < 60
