"""Images: to whom, as what, and with which headers."""

import io
import uuid

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from PIL import Image
from rest_framework.authtoken.models import Token

from annotation.common.storage import derivative_name, original_name, read
from annotation.models import Candidate, Derivative, Membership
from annotation.queue.services.leases import lease_next
from annotation.queue.services.returns import expire_leases, skip
from annotation.references.services import withdraw_reference
from tests import factories as make
from tests.annotation.items.imports.makers import painting, saved

pytestmark = pytest.mark.django_db
KEPT = "private, immutable, max-age=31536000"


@pytest.fixture
def campaign(media_root):
    return make.make_campaign(k=3, overlap=2)


@pytest.fixture
def alice(campaign):
    return make.make_member(campaign)


@pytest.fixture
def assignment(campaign, alice):
    make.make_queued(campaign=campaign, files=True)
    return lease_next(campaign=campaign, annotator=alice).assignments[0]


def url(assignment, place="source", variant="fit"):
    return f"/media/a/{assignment.public_id}/{place}/{variant}.webp"


def image_at(assignment, place):
    if place == "source":
        return assignment.comparison.item.source
    pk = assignment.comparison.candidate_ids[assignment.shown_order[int(place)]]
    return Candidate.objects.get(pk=pk).image


@pytest.mark.parametrize("variant", ["fit", "full"])
@pytest.mark.parametrize("place", ["source", "0", "1", "2"])
def test_a_position_shows_the_candidate_that_stands_there(
    client, alice, assignment, place, variant
):
    client.force_login(alice)
    response = client.get(url(assignment, place, variant))
    assert response.status_code == 200
    stored = read(derivative_name(image_at(assignment, place).sha256, variant))
    assert response.content == stored
    assert Image.open(io.BytesIO(stored)).format == "WEBP"


def test_the_headers_keep_it_in_this_browser_and_tell_nothing(client, alice, assignment):
    client.force_login(alice)
    response = client.get(url(assignment, "1"))
    sha256 = image_at(assignment, "1").sha256
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Cache-Control"] == KEPT
    assert {"Cookie", "Authorization"} <= set(response.headers["Vary"].split(", "))
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"] == 'inline; filename="1.webp"'
    assert not {"Last-Modified", "ETag"} & set(response.headers)
    assert sha256[:8] not in str(response.headers)


def test_a_fit_view_has_smaller_steps_that_are_made_when_they_are_asked_for(
    client, campaign, alice
):
    picture = painting(1400, 700)
    item = make.make_item(
        campaign, source=make.make_image(data=saved(picture), files=True, width=1400, height=700)
    )
    make.make_queued(item, files=True)
    assignment = lease_next(campaign=campaign, annotator=alice).assignments[0]
    client.force_login(alice)
    for side in (512, 768, 1152):
        for _ in range(2):
            response = client.get(url(assignment), {"side": side})
            assert response.headers["Cache-Control"] == KEPT
            seen = Image.open(io.BytesIO(response.content))
            assert (seen.format, seen.size) == ("WEBP", (side, side // 2))
        small = np.asarray(picture.resize(seen.size, Image.Resampling.LANCZOS)).astype(int)
        assert np.abs(np.asarray(seen.convert("RGB")) - small).mean() < 8
    small = client.get(url(assignment, "0"), {"side": 512})
    assert small.content == client.get(url(assignment, "0")).content  # it is no larger
    full = client.get(url(assignment, variant="full"), {"side": 512})
    assert full.content == client.get(url(assignment, variant="full")).content


@pytest.mark.parametrize("side", ["1", "513", "512.0", "-512", "x", ""])
def test_a_step_of_another_size_does_not_exist(client, alice, assignment, side):
    client.force_login(alice)
    assert client.get(url(assignment), {"side": side}).status_code == 404


@pytest.mark.parametrize("end", ["answered", "skipped", "expired"])
def test_the_images_stay_after_the_assignment_is_over(client, alice, assignment, end):
    if end == "answered":
        make.submit(assignment)
    elif end == "skipped":
        skip(assignment_public_id=assignment.public_id, annotator=alice, reason="x")
    else:
        make.let_expire(assignment)
        expire_leases()
    client.force_login(alice)
    assert client.get(url(assignment)).status_code == 200


def test_an_assignments_images_are_for_its_annotator_alone(client, campaign, alice, assignment):
    lead = make.make_member(campaign, role="lead")
    colleague = make.make_member(campaign)
    root = make.make_user(is_superuser=True, is_staff=True)
    for person in (lead, colleague, root):
        client.force_login(person)
        assert client.get(url(assignment)).status_code == 404
    client.logout()
    assert client.get(url(assignment)).status_code == 404
    Membership.objects.filter(user=alice).update(removed_at=Now())
    client.force_login(alice)
    assert client.get(url(assignment)).status_code == 404


def test_a_token_opens_the_same_images(client, alice, assignment):
    token = Token.objects.create(user=alice)
    good = client.get(url(assignment), headers={"Authorization": f"Token {token.key}"})
    assert good.status_code == 200
    bad = client.get(url(assignment), headers={"Authorization": "Token wrong"})
    assert bad.status_code == 404


@pytest.mark.parametrize(
    ("place", "variant"), [("3", "fit"), ("4", "fit"), ("-1", "fit"), ("x", "fit"),
                           ("0", "original"), ("0", "thumb"), ("00", "fit")],
)  # fmt: skip
def test_what_was_not_shown_does_not_exist(client, alice, assignment, place, variant):
    client.force_login(alice)
    assert client.get(url(assignment, place, variant)).status_code == 404
    other = f"/media/a/{uuid.uuid4()}/0/fit.webp"
    assert client.get(other).status_code == 404


@pytest.mark.parametrize("missing", ["row", "file"])
def test_a_view_that_is_not_there_yet_is_asked_for_again_later(client, alice, assignment, missing):
    image = image_at(assignment, "0")
    if missing == "row":
        Derivative.objects.filter(image=image, variant="fit").delete()
    else:
        default_storage.delete(derivative_name(image.sha256, "fit"))
    client.force_login(alice)
    response = client.get(url(assignment, "0"))
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.headers["Cache-Control"] == "no-store"


def test_the_web_server_in_front_may_send_the_file(client, alice, assignment, settings):
    settings.MEDIA_ACCEL_PREFIX = "/internal-media/"
    client.force_login(alice)
    response = client.get(url(assignment, "source", "full"))
    name = derivative_name(image_at(assignment, "source").sha256, "full")
    assert response.headers["X-Accel-Redirect"] == f"/internal-media/{name}"
    assert (response.content, response.headers["Cache-Control"]) == (b"", KEPT)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_images_are_only_read(client, alice, assignment, method):
    client.force_login(alice)
    assert getattr(client, method)(url(assignment)).status_code == 405


def lead_urls(campaign, comparison, variant):
    candidate = Candidate.objects.get(pk=comparison.candidate_ids[0])
    return {
        f"/media/c/{campaign.slug}/items/{comparison.item.public_id}/{variant}": (
            comparison.item.source
        ),
        f"/media/c/{campaign.slug}/candidates/{candidate.public_id}/{variant}": candidate.image,
    }


@pytest.mark.parametrize(
    ("role", "variant", "status"),
    [
        ("lead", "fit", 200),
        ("lead", "full", 200),
        ("lead", "original", 200),
        ("adjudicator", "fit", 200),
        ("adjudicator", "full", 200),
        ("adjudicator", "original", 404),
        ("annotator", "fit", 404),
        ("annotator", "original", 404),
        ("lead", "other", 404),
    ],
)
def test_views_are_for_leads_and_adjudicators_and_originals_for_leads(
    client, assignment, role, variant, status
):
    campaign = assignment.campaign
    client.force_login(make.make_member(campaign, role=role))
    for address, image in lead_urls(campaign, assignment.comparison, variant).items():
        response = client.get(address)
        assert response.status_code == status
        if status == 200:
            original = variant == "original"
            name = (
                original_name(image.sha256) if original else derivative_name(image.sha256, variant)
            )
            assert response.content == read(name)
            kind = "image/png" if original else "image/webp"
            assert response.headers["Content-Type"] == kind
            assert image.sha256 not in str(response.headers)


def test_nothing_of_another_campaign_is_reachable(client, campaign, assignment):
    other = make.make_campaign(lead=make.make_user())
    client.force_login(other.created_by)
    for address in lead_urls(campaign, assignment.comparison, "fit"):
        assert client.get(address).status_code == 404
        # Nor through one's own campaign's address.
        assert client.get(address.replace(campaign.slug, other.slug)).status_code == 404


def test_adjudicators_see_the_images_of_their_own_assignments(client, campaign, assignment):
    dan = make.make_member(campaign, role="adjudicator")
    mine = make.make_assignment(assignment.comparison, dan, lane="adjudication")
    client.force_login(dan)
    assert client.get(url(mine)).status_code == 200
    assert client.get(url(assignment)).status_code == 404


@pytest.fixture
def example(campaign):
    return make.make_reference(make.make_comparison(campaign=campaign, files=True))


def reference_url(reference, place="source", variant="fit"):
    return f"/media/r/{reference.public_id}/{place}/{variant}.webp"


@pytest.mark.parametrize("place", ["source", "0", "1", "2"])
def test_a_member_sees_an_example_in_canonical_order(client, alice, example, place):
    client.force_login(alice)
    response = client.get(reference_url(example, place, "full"))
    assert response.status_code == 200
    comparison = example.comparison
    if place == "source":
        image = comparison.item.source
    else:
        image = Candidate.objects.get(pk=comparison.candidate_ids[int(place)]).image
    assert response.content == read(derivative_name(image.sha256, "full"))
    assert response.headers["Cache-Control"] == KEPT
    assert image.sha256[:8] not in str(response.headers)


@pytest.mark.parametrize("role", ["annotator", "adjudicator", "lead"])
def test_an_example_is_for_members_and_for_nobody_else(client, campaign, example, role):
    person = make.make_member(campaign, role=role)
    client.force_login(person)
    assert client.get(reference_url(example)).status_code == 200
    person.memberships.update(removed_at=Now())
    assert client.get(reference_url(example)).status_code == 404
    client.force_login(make.make_member(make.make_campaign()))
    assert client.get(reference_url(example)).status_code == 404


def test_training_is_shown_to_who_answered_it_only_and_gold_to_nobody(client, alice, campaign):
    client.force_login(alice)
    for use in ("training", "gold"):
        reference = make.make_reference(
            make.make_comparison(campaign=campaign, files=True), use=use
        )
        assert client.get(reference_url(reference)).status_code == 404
        make.make_judgment(reference.comparison, make.make_member(campaign), lane=use)
        assert client.get(reference_url(reference)).status_code == 404
        make.make_judgment(reference.comparison, alice, lane=use)
        seen = 200 if use == "training" else 404
        assert client.get(reference_url(reference)).status_code == seen


def test_who_answered_it_as_gold_is_not_shown_what_became_training(client, alice, campaign):
    gold = make.make_reference(make.make_comparison(campaign=campaign, files=True), use="gold")
    make.make_judgment(gold.comparison, alice, lane="gold")
    withdraw_reference(reference=gold, actor=None)
    training = make.make_reference(gold.comparison, use="training")
    client.force_login(alice)
    assert client.get(reference_url(training)).status_code == 404


@pytest.mark.parametrize("gone", ["reference", "comparison", "item", "candidate"])
def test_an_example_goes_with_what_is_withdrawn(client, alice, example, gone):
    comparison = example.comparison
    rows = {
        "reference": type(example).objects.filter(pk=example.pk),
        "comparison": type(comparison).objects.filter(pk=comparison.pk),
        "item": type(comparison.item).objects.filter(pk=comparison.item_id),
        "candidate": Candidate.objects.filter(pk=comparison.candidate_ids[1]),
    }
    rows[gone].update(withdrawn_at=Now())
    client.force_login(alice)
    assert client.get(reference_url(example, "1")).status_code == 404


@pytest.mark.parametrize(
    ("place", "variant"), [("3", "fit"), ("4", "fit"), ("-1", "fit"), ("0", "original")]
)
def test_there_is_no_other_place_or_view_of_an_example(client, alice, example, place, variant):
    client.force_login(alice)
    assert client.get(reference_url(example, place, variant)).status_code == 404
