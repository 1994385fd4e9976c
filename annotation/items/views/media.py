"""Serve images to those who may see them, from the storage or through the web server."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from PIL import Image

from annotation.common.access import campaign_for, candidate_for_lead, item_for_lead
from annotation.common.api.keys import user_or_key
from annotation.common.call_limits import PICTURE
from annotation.common.key_access import Scope
from annotation.common.media import (
    SOURCE,
    ImageFile,
    assignment_image,
    derived_image,
    item_region_image,
    reference_image,
    region_image,
)
from annotation.common.storage import original_name, read
from annotation.items.services.fit_steps import STEPS, step_of
from annotation.models import Campaign, Derivative, Membership, StoredImage, User
from config.request_ids import note_failure

Role = Membership.Role
VARIANTS = tuple(Derivative.Variant.values)
ORIGINAL = "original"
PICTURES = (SOURCE, "0", "1", "2", "3")
RETRY_SECONDS = 5


@require_safe
def assignment_media(
    request: HttpRequest, public_id: UUID, picture: str, variant: str
) -> HttpResponseBase:
    """Serve an image of the caller's own assignment; `picture` is "source" or a screen position."""
    person = _person(request)
    known = picture in PICTURES and variant in VARIANTS
    image = assignment_image(person, public_id, picture, variant) if known else None
    return _serve_found(_stepped(request, image), f"{picture}.webp")


@require_safe
def reference_media(
    request: HttpRequest, public_id: UUID, picture: str, variant: str
) -> HttpResponseBase:
    """Serve an image of a worked example, or of training that the caller has answered."""
    person = _person(request)
    known = picture in PICTURES and variant in VARIANTS
    image = reference_image(person, public_id, picture, variant) if known else None
    return _serve_found(_stepped(request, image), f"{picture}.webp")


@require_safe
def region_media(request: HttpRequest, public_id: UUID, tag: str) -> HttpResponseBase:
    """Serve the change region of the caller's own assignment."""
    return _serve_found(region_image(_person(request), public_id, tag), "region.png")


@require_safe
def item_media(request: HttpRequest, slug: str, public_id: UUID, variant: str) -> HttpResponseBase:
    """Serve an item's source to the campaign's lead, or a view of it to an adjudicator."""
    campaign = _campaign(request, slug, variant)
    source = item_for_lead(campaign, public_id).source
    if variant != ORIGINAL:
        return _serve(derived_image(campaign, source, source, variant), f"{public_id}.webp")
    return _serve_original(source, public_id)


@require_safe
def item_region_media(
    request: HttpRequest, slug: str, public_id: UUID, tag: str
) -> HttpResponseBase:
    """Serve an item's change region to the campaign's lead or an adjudicator."""
    campaign = campaign_for(_person(request), slug, Role.LEAD, Role.ADJUDICATOR)
    return _serve_found(item_region_image(item_for_lead(campaign, public_id), tag), "region.png")


@require_safe
def candidate_media(
    request: HttpRequest, slug: str, public_id: UUID, variant: str
) -> HttpResponseBase:
    """Serve a candidate to the campaign's lead, or a view of it to an adjudicator."""
    campaign = _campaign(request, slug, variant)
    candidate = candidate_for_lead(campaign, public_id)
    if variant != ORIGINAL:
        view = derived_image(campaign, candidate.item.source, candidate.image, variant)
        return _serve(view, f"{public_id}.webp")
    return _serve_original(candidate.image, public_id)


def _campaign(request: HttpRequest, slug: str, variant: str) -> Campaign:
    if variant not in (*VARIANTS, ORIGINAL):
        raise Http404("No such image.")
    roles = [Role.LEAD] if variant == ORIGINAL else [Role.LEAD, Role.ADJUDICATOR]
    return campaign_for(_person(request), slug, *roles)


def _person(request: HttpRequest) -> User:
    """Return the user, by session or key. Raises Http404 for everybody else."""
    user = user_or_key(request, scopes=(Scope.ANNOTATE, Scope.READ), cost=PICTURE)
    if user is None:
        raise Http404("No such image.")
    return user


def _stepped(request: HttpRequest, image: ImageFile | None) -> ImageFile | None:
    """Return the step of a fit view that `?side=` names, 404 for a side that is none of STEPS."""
    side = request.GET.get("side")
    if image is None or side is None:
        return image
    if side not in map(str, STEPS):
        raise Http404("No such image.")
    return step_of(image, int(side))


def _serve_original(image: StoredImage, public_id: UUID) -> HttpResponseBase:
    kind = Image.MIME.get(image.file_format.upper(), "application/octet-stream")
    name = f"{public_id}.{image.file_format.lower()}"
    return _serve(ImageFile(original_name(image.sha256), kind), name)


def _serve_found(image: ImageFile | None, shown_name: str) -> HttpResponseBase:
    if image is None:
        raise Http404("No such image.")
    return _serve(image, shown_name)


def _serve(image: ImageFile, shown_name: str) -> HttpResponseBase:
    """Send the file under a neutral name; only this person's browser may cache it."""
    response: HttpResponseBase | None = None
    if image.path is not None:
        response = _by_front_server(image) or _read(image)
    if response is None:
        return HttpResponse(
            "The image is being prepared.",
            status=503,
            content_type="text/plain",
            headers={"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"},
        )
    response["Content-Disposition"] = f'inline; filename="{shown_name}"'
    response["Cache-Control"] = "private, immutable, max-age=31536000"
    patch_vary_headers(response, ["Cookie", "Authorization"])
    return response


def _by_front_server(image: ImageFile) -> HttpResponseBase | None:
    """Let the front web server send the file, where that is configured."""
    prefix = settings.MEDIA_ACCEL_PREFIX
    if not prefix:
        return None
    response = HttpResponse(content_type=image.content_type)
    response["X-Accel-Redirect"] = f"{prefix.rstrip('/')}/{image.path}"
    return response


def _read(image: ImageFile) -> HttpResponseBase | None:
    try:
        data = read(str(image.path))
    except FileNotFoundError as error:
        # The database has a row for the file, so the file is lost and not in the making.
        note_failure(error)
        return None
    return HttpResponse(data, content_type=image.content_type)
