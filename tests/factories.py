"""Rows that tests start from. Each maker fills in what a test does not care about.

Images are rows with made-up hashes unless `files=True`: then a small picture is drawn and its
original and derivatives are stored, which needs the `media_root` fixture.
"""

import hashlib
import io
import itertools
import secrets
import uuid
from datetime import timedelta
from functools import lru_cache

from django.db.models.functions import Now
from PIL import Image, ImageDraw

from annotation.answers.context import answer_context
from annotation.common.storage import derivative_name, original_name, put_once
from annotation.judging.services.judgments import read_answer, submit_judgment
from annotation.models import (
    Assignment,
    Campaign,
    Candidate,
    Comparison,
    Criterion,
    Derivative,
    Dimension,
    Generator,
    Item,
    Judgment,
    Lane,
    Level,
    Membership,
    Rubric,
    StoredImage,
    User,
)
from annotation.queue.services.queue import open_slots
from annotation.references.services import create_reference

PASSWORD = "correct-horse-9"
DIMENSIONS = ("instruction_following", "visual_quality")
_numbers = itertools.count(1)


def make_user(username=None, **columns):
    username = username or f"person{next(_numbers)}"
    return User.objects.create_user(username, password=PASSWORD, **columns)


def make_campaign(*, lead=None, rubric=True, state="live", **columns):
    """Create a live campaign with a published rubric; `lead`, when given, leads it."""
    number = next(_numbers)
    columns = {"slug": f"campaign-{number}", "name": f"Campaign {number}"} | columns
    campaign = Campaign.objects.create(state=state, created_by=lead, **columns)
    if rubric:
        make_rubric(campaign)
    if lead is not None:
        make_member(campaign, lead, role="lead")
    return campaign


def make_rubric(
    campaign, *, dimensions=DIMENSIONS, levels=4, published=True, criteria_wording="fault"
):
    """Create the next rubric version with `levels` levels and one criterion per dimension."""
    version = Rubric.objects.filter(campaign=campaign).count() + 1
    rubric = Rubric.objects.create(
        campaign=campaign, version=version, criteria_wording=criteria_wording
    )
    for position, slug in enumerate(dimensions):
        name = slug.replace("_", " ").capitalize()
        dimension = Dimension.objects.create(
            rubric=rubric, position=position, slug=slug, name=name, question=f"{name}?"
        )
        Level.objects.bulk_create(
            Level(dimension=dimension, value=value, name=f"Level {value}", text=f"{name} {value}.")
            for value in range(1, levels + 1)
        )
        Criterion.objects.create(
            dimension=dimension, position=0, name="Look here", text=f"What matters for {name}."
        )
    if published:
        Rubric.objects.filter(pk=rubric.pk).update(published_at=Now())
        rubric.refresh_from_db()
    return rubric


def make_member(campaign, user=None, *, role="annotator", **columns):
    """Give a person (new unless given) a role; return the person."""
    user = user or make_user()
    Membership.objects.create(campaign=campaign, user=user, role=role, **columns)
    return user


def make_image(*, files=False, derivatives=True, width=48, height=32, data=None):
    """Create a stored image; with files, `data` or a drawn PNG lies in the media storage."""
    if files:
        data = data or draw_picture(width, height)
        with Image.open(io.BytesIO(data)) as opened:
            width, height = opened.size
    sha256 = hashlib.sha256(data or secrets.token_bytes(16)).hexdigest()
    image = StoredImage.objects.create(
        sha256=sha256, n_bytes=len(data or b"x"), file_format="PNG", width=width, height=height
    )
    if files:
        put_once(original_name(sha256), data)
    if derivatives:
        add_derivatives(image, data if files else None)
    return image


def add_derivatives(image, data=None):
    """Add both derivatives of an image, encoded from `data` when that is given."""
    for variant in Derivative.Variant.values:
        path = derivative_name(image.sha256, variant)
        encoded = b"x"
        if data is not None:
            encoded = webp(data, lossless=variant == "full")
            put_once(path, encoded)
        Derivative.objects.create(
            image=image,
            variant=variant,
            path=path,
            width=image.width,
            height=image.height,
            n_bytes=len(encoded),
        )


@lru_cache(maxsize=256)  # studies draw the same pictures in every test
def webp(data, *, lossless):
    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as opened:
        mode = "RGBA" if "A" in opened.getbands() else "RGB"
        opened.convert(mode).save(out, "WEBP", lossless=lossless)
    return out.getvalue()


def draw_picture(width=48, height=32, *, exif=None, pnginfo=None):
    """Return the bytes of a PNG that is unlike every other."""
    picture = Image.new("RGB", (width, height), tuple(secrets.token_bytes(3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(4):
        x, y = secrets.randbelow(width), secrets.randbelow(height)
        draw.rectangle((x, y, x + width // 4, y + height // 4), tuple(secrets.token_bytes(3)))
    out = io.BytesIO()
    picture.save(out, "PNG", **({"exif": exif} if exif else {}), pnginfo=pnginfo)
    return out.getvalue()


def make_item(campaign, *, files=False, source=None, instruction=None, **columns):
    instruction = instruction or f"Make the sky number {next(_numbers)} green."
    columns = {"random_arm": columns.get("held_out", False), "held_out": False} | columns
    return Item.objects.create(
        campaign=campaign,
        source=source or make_image(files=files),
        instruction=instruction,
        instruction_sha256=hashlib.sha256(instruction.encode()).hexdigest(),
        **columns,
    )


def make_candidate(item, *, generator=None, image=None, files=False, **columns):
    """Create a candidate; `generator` is a row or a name."""
    if not isinstance(generator, Generator):
        name = generator or f"generator-{next(_numbers)}"
        generator, _ = Generator.objects.get_or_create(
            campaign=item.campaign, name=name, version=""
        )
    return Candidate.objects.create(
        item=item, generator=generator, image=image or make_image(files=files), **columns
    )


def make_comparison(item=None, *, campaign=None, candidates=None, k=None, files=False, **columns):
    """Create a comparison with candidates in canonical order (new ones unless given)."""
    item = item or make_item(campaign or make_campaign(), files=files)
    k = k or item.campaign.k
    candidates = candidates or [make_candidate(item, files=files) for _ in range(k)]
    canonical = sorted(candidates, key=lambda c: (c.image.sha256, c.pk))
    return Comparison.objects.create(
        campaign=item.campaign,
        item=item,
        candidate_ids=[c.pk for c in canonical],
        **{"overlap": item.campaign.overlap} | columns,
    )


def make_queued(item=None, *, lane=None, policy="all", propensity=1.0, **how):
    """Create a comparison that waits in the queue, in the lane of its item's arm."""
    comparison = make_comparison(item, **how)
    open_slots({comparison.pk: propensity}, lane=lane, policy=policy)
    return comparison


def make_assignment(comparison, annotator=None, *, state="leased", **columns):
    """Create an assignment row as it is, past every service; a member is made unless given."""
    campaign = comparison.campaign
    if state in {"leased", "submitted"}:
        comparison.queue.filter(slot=columns.get("slot"), slot__isnull=False).delete()
    closed = {} if state == "leased" else {"closed_at": Now()}
    defaults = {
        "rubric": Rubric.objects.filter(campaign=campaign).latest("version"),
        "lane": Lane.COVERAGE,
        "policy": "all",
        "shown_order": list(range(comparison.k)),
        "expires_at": Now() + timedelta(minutes=campaign.lease_minutes),
    }
    assignment = Assignment.objects.create(
        campaign=campaign,
        comparison=comparison,
        annotator=annotator or make_member(campaign),
        state=state,
        **defaults | closed | columns,
    )
    assignment.refresh_from_db(fields=["leased_at", "expires_at", "closed_at"])
    return assignment


def make_judgment(comparison, annotator=None, *, ranks=None, scores=None, slot=None, **columns):
    """Create a submitted assignment and its judgment, both in canonical order.

    ranks default to 1, 2, ...; scores to 4, 3, ... on every dimension. `order` is the shown
    order; `state` that of the assignment (surplus makes the judgment surplus too).
    """
    state = columns.pop("state", "submitted")
    order = columns.pop("order", list(range(comparison.k)))
    shared = {name: columns.pop(name) for name in ("lane", "rubric") if name in columns}
    assignment = make_assignment(
        comparison, annotator, state=state, slot=slot, shown_order=order, **shared
    )
    answer = {}
    if not columns.get("cannot_judge"):
        ranks = ranks or list(range(1, comparison.k + 1))
        if not scores:
            n_dimensions = assignment.rubric.dimensions.count()
            scores = [[max(1, 5 - rank)] * n_dimensions for rank in ranks]
        answer = {"ranks": ranks, "scores": scores}
        if len(set(ranks)) == 1:
            columns.setdefault("tie_kind", "good")
    return Judgment.objects.create(
        assignment=assignment,
        campaign=comparison.campaign,
        comparison=comparison,
        annotator=assignment.annotator,
        rubric=assignment.rubric,
        lane=assignment.lane,
        client_id=uuid.uuid4(),
        surplus=state == "surplus",
        **answer | columns,
    )


def make_reference(comparison, *, use="example", lead=None, **columns):
    """Create a reference answer as a lead does, in canonical order: the first candidate wins."""
    slugs = list(
        Rubric.objects.filter(campaign=comparison.campaign, published_at__isnull=False)
        .latest("version")
        .dimensions.values_list("slug", flat=True)
    )
    data = answer_data(k=comparison.k, dimensions=slugs) | columns
    return create_reference(
        comparison=comparison,
        use=use,
        answer={name: data[name] for name in ("scores", "verdict")},
        explanation=columns.get("explanation", "The first keeps the face."),
        actor=lead or make_user(),
    )


def answer_data(*, k=2, dimensions=DIMENSIONS, **changes):
    """Return a valid answer as the API takes it: the first shown candidate wins."""
    return {
        "client_id": str(uuid.uuid4()),
        "scores": {slug: [max(1, 4 - i) for i in range(k)] for slug in dimensions},
        "verdict": {"ranks": list(range(1, k + 1)), "tie_kind": None},
        "cannot_judge": None,
        "note": "",
        "active_ms": 1200,
        "evidence": {},
    } | changes


def submit(assignment, **changes):
    """Submit a valid answer to an assignment through the service, as its annotator."""
    slugs = list(assignment.rubric.dimensions.values_list("slug", flat=True))
    data = answer_data(k=assignment.comparison.k, dimensions=slugs) | changes
    return submit_judgment(
        assignment_public_id=assignment.public_id,
        annotator=assignment.annotator,
        answer=read_answer(answer_context(assignment.public_id, assignment.annotator_id), data),
    )


def let_expire(assignment):
    """Let a lease's time run out, without any sweep; also before the transaction's start."""
    Assignment.objects.filter(pk=assignment.pk).update(expires_at=Now() - timedelta(hours=1))
