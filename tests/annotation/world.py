"""The world in which each role tries each route: one campaign, another, and everybody."""

from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from annotation.common.key_access import Scope
from annotation.models import (
    AccountLink,
    ChangeRegion,
    ImportBatch,
    LookAlike,
)
from annotation.people.api_keys import create_key
from annotation.people.links import invite
from annotation.rubrics.forms import RubricForm
from annotation.rubrics.selectors import words_of
from annotation.rubrics.services import start_draft
from tests.annotation.adjudication.disputes import disputes_of
from tests.annotation.route_rows import made_by_jobs, made_by_rules, make_review
from tests.annotation.routes import ROLES
from tests.factories import (
    draw_picture,
    make_assignment,
    make_campaign,
    make_candidate,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_queued,
    make_reference,
    make_user,
)


def an_invitation(campaign, lead):
    """Return the public id of an invitation that waits."""
    invite(campaign=campaign, roles=["annotator"], note="", actor=lead)
    return AccountLink.objects.get(campaign=campaign).public_id


def make_world():
    """Make a campaign with everything a route can name, and one person per role."""
    people = {name: make_user(name) for name in ROLES[1:-1]}
    people["superuser"] = make_user("superuser", is_superuser=True, is_staff=True)
    people |= {name: make_user(name) for name in ("paused", "ex_annotator", "ex_lead")}
    people["staff"] = make_user("staff", is_staff=True)
    campaign = make_campaign(lead=people["lead"], slug="street")
    make_member(campaign, people["paused"], paused_at=timezone.now())
    make_member(campaign, people["ex_annotator"], removed_at=timezone.now())
    make_member(campaign, people["ex_lead"], role="lead", removed_at=timezone.now())
    other = make_campaign(lead=people["other_lead"], slug="other")
    make_member(other, people["other_lead"])
    make_member(campaign, people["annotator"])
    make_member(campaign, people["adjudicator"], role="adjudicator")
    item = make_item(campaign, files=True, category="colour", language="de")
    candidates = [make_candidate(item, files=True) for _ in range(3)]
    served = make_queued(item, candidates=candidates[:2])
    held = make_comparison(item, candidates=candidates[1:], held_at=timezone.now())
    lease = make_assignment(served, people["annotator"], slot=1)
    answered = make_judgment(make_comparison(item, candidates=candidates[::2]), people["annotator"])
    create_key(user=people["annotator"], name="Loop", scopes=["read"], days=7, actor=None)
    pair = dict(zip(("one", "other"), candidates[:2], strict=True))
    look_alike = LookAlike.objects.create(item=item, luma=2, colour=1, sharpness=0.9, **pair)
    example = make_reference(make_comparison(make_item(campaign, files=True), files=True))
    agreed = make_comparison(make_item(campaign))
    for _ in range(2):
        make_judgment(agreed)
    disputes = disputes_of(campaign, people["adjudicator"])
    with_a_region = _with_a_region(campaign, people["annotator"])
    draft = start_draft(campaign=campaign)
    rubric = RubricForm(words_of(draft))
    return SimpleNamespace(
        people=people,
        key=create_key(user=people["lead"], name="All", scopes=Scope.values, days=7, actor=None),
        **with_a_region,
        slug=campaign.slug,
        item=item.public_id,
        candidate=candidates[0].public_id,
        held=held.public_id,
        look_alike=look_alike.public_id,
        fresh=make_comparison(make_item(campaign)).public_id,
        reference=example.public_id,
        agreed=agreed.public_id,
        assignment=lease.public_id,
        judgment=answered.public_id,
        invitation=an_invitation(campaign, people["lead"]),
        api_key=people["annotator"].api_keys.get().public_id,
        **made_by_rules(campaign, people["annotator"], people["lead"]),
        **disputes,
        review=make_review(answered, people["lead"]).public_id,
        pseudonym=people["annotator"].memberships.get().pseudonym,
        rubric_form={name: rubric[name].value() or "" for name in rubric.fields},
        batch=ImportBatch.objects.create(campaign=campaign, filename="a.zip").public_id,
        **made_by_jobs(campaign),
    )


def _with_a_region(campaign, annotator):
    item = make_item(campaign, files=True)
    lease = make_assignment(make_comparison(item, files=True), annotator)
    path = default_storage.save("regions/ab/0123abcd.png", ContentFile(draw_picture()))
    ChangeRegion.objects.create(item=item, kind="mask", path=path, made_of="0")
    tag = path.rsplit("/", 1)[1][:8]
    return {"mapped_item": item.public_id, "mapped": lease.public_id, "tag": tag}
