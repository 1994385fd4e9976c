import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import Http404

from annotation.answers.context import answer_context
from annotation.errors import DomainError, InvalidSetting, NotRevisable
from annotation.judging.selectors import own_judgment
from annotation.judging.services.judgments import read_answer
from annotation.judging.services.revisions import revise_judgment
from annotation.models import Assignment, Campaign, Judgment, Lane, Review, RuleAlert
from annotation.reviews import selectors
from annotation.reviews.selectors import replies_to_answer, to_review
from annotation.reviews.services import answer_reply, reply, review
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return make.make_user("laura")


@pytest.fixture
def campaign(lead):
    return make.make_campaign(lead=lead, overlap=1, revise_minutes=0)


def answered(campaign, person=None, **columns):
    return make.make_judgment(make.make_comparison(campaign=campaign), person, slot=1, **columns)


def found(judgment, reviewer, outcome="returned", comment="Look at the fur."):
    return review(
        judgment=judgment, reviewer=reviewer, outcome=outcome, drawn_by="new", comment=comment
    )


def rules(campaign, lead):
    return {one.judgment_id: one.rule for one in to_review(campaign, lead)}


def test_first_answers_are_drawn_and_later_ones_by_their_hash(campaign, lead, monkeypatch):
    monkeypatch.setattr(selectors, "FIRST_ANSWERS", 2)
    monkeypatch.setattr(selectors, "RANDOM_PERCENT", 0)
    person = make.make_member(campaign)
    made = [answered(campaign, person) for _ in range(4)]
    assert rules(campaign, lead) == {made[0].pk: "new", made[1].pk: "new"}
    monkeypatch.setattr(selectors, "RANDOM_PERCENT", 100)
    assert rules(campaign, lead) == {row.pk: "new" for row in made[:2]} | {
        row.pk: "random" for row in made[2:]
    }


def test_every_answer_of_a_person_under_watch_is_drawn_first(campaign, lead, monkeypatch):
    monkeypatch.setattr(selectors, "FIRST_ANSWERS", 1)
    monkeypatch.setattr(selectors, "RANDOM_PERCENT", 0)
    other, person = make.make_member(campaign), make.make_member(campaign)
    calm = answered(campaign, other)
    made = [answered(campaign, person) for _ in range(3)]
    alert = RuleAlert.objects.create(
        campaign=campaign, user=person, rule="r", action="warn", reason="x", n=9, done="told"
    )
    drawn = to_review(campaign, lead)
    assert [one.judgment_id for one in drawn] == [*(row.pk for row in made), calm.pk]
    RuleAlert.objects.filter(pk=alert.pk).update(handled_at=Now())
    assert rules(campaign, lead) == {made[0].pk: "new", calm.pk: "new"}


def test_only_settled_votes_of_others_are_drawn(campaign, lead):
    make.make_member(campaign, lead)
    own = answered(campaign, lead)
    gold = make.make_judgment(make.make_comparison(campaign=campaign), lane=Lane.GOLD)
    waiting = make.make_queued(campaign=campaign, overlap=2)
    make.make_judgment(waiting, slot=1)
    reviewed = answered(campaign)
    found(reviewed, lead, "accepted", "")
    drawn = rules(campaign, lead)
    assert not {own.pk, gold.pk, reviewed.pk} & drawn.keys()
    assert drawn == {}


@pytest.mark.parametrize(
    ("outcome", "comment", "field"),
    [
        ("returned", " ", "comment"),
        ("fixed", "", "comment"),
        ("accepted", "x" * 1001, "comment"),
        ("praised", "Good.", "outcome"),
    ],
)
def test_a_refused_review_stores_nothing(campaign, lead, outcome, comment, field):
    judgment = answered(campaign)
    with pytest.raises(InvalidSetting) as refusal:
        found(judgment, lead, outcome, comment)
    assert refusal.value.field == field
    assert not Review.objects.exists()


def test_an_answer_is_reviewed_once_and_never_by_its_person(campaign, lead):
    judgment = answered(campaign)
    with pytest.raises(DomainError, match="your own"):
        found(judgment, judgment.annotator)
    found(judgment, lead)
    with pytest.raises(DomainError, match="already"):
        found(judgment, make.make_user(), "accepted", "")
    assert Review.objects.get().outcome == "returned"


def changed(judgment):
    context = answer_context(judgment.assignment.public_id, judgment.annotator_id)
    return read_answer(context, make.answer_data(verdict={"ranks": [2, 1], "tie_kind": None}))


def revise(judgment):
    return revise_judgment(
        judgment_public_id=judgment.public_id,
        annotator=judgment.annotator,
        answer=changed(judgment),
    )


def test_a_returned_answer_may_be_changed_once_after_its_time_was_over(campaign, lead):
    judgment = answered(campaign)
    with pytest.raises(NotRevisable):
        revise(judgment)
    found(judgment, lead)
    own = own_judgment(campaign, judgment.annotator, judgment.public_id)
    assert own.revisable_until is not None
    result = revise(judgment)
    assert Judgment.objects.get(pk=result.judgment_id).ranks == [2, 1]
    with pytest.raises(NotRevisable):
        revise(result.judgment)
    # The changed answer is looked at again.
    assert rules(campaign, lead) == {result.judgment_id: "new"}


@pytest.mark.parametrize("outcome", ["accepted", "fixed"])
def test_only_a_returned_answer_opens_again(campaign, lead, outcome):
    judgment = answered(campaign)
    found(judgment, lead, outcome)
    with pytest.raises(NotRevisable):
        revise(judgment)
    assert judgment.assignment.judgments.count() == 1


def test_a_person_replies_once_and_a_lead_answers_once(campaign, lead):
    judgment = answered(campaign)
    made = found(judgment, lead)
    with pytest.raises(Http404):
        reply(found=made, user=make.make_member(campaign), text="Mine?")
    with pytest.raises(DomainError):
        answer_reply(found=made, actor=lead, text="Too early.")
    reply(found=made, user=judgment.annotator, text="The fur is fine.")
    with pytest.raises(DomainError, match="replied already"):
        reply(found=made, user=judgment.annotator, text="Again.")
    assert list(replies_to_answer(campaign)) == [made]
    answer_reply(found=made, actor=lead, text="You are right.")
    with pytest.raises(DomainError):
        answer_reply(found=made, actor=lead, text="Again.")
    made.refresh_from_db()
    assert (made.reply, made.answer) == ("The fur is fine.", "You are right.")
    assert not replies_to_answer(campaign).exists()


def test_the_database_refuses_a_return_without_a_comment(campaign, lead):
    judgment = answered(campaign)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(
            campaign=campaign, judgment=judgment, reviewer=lead, outcome="returned", drawn_by="new"
        )


def test_a_lead_reviews_one_answer_after_the_other_without_seeing_those_of_others(
    client, campaign, lead
):
    judgment = answered(campaign, note="The fur has a halo.")
    make.make_judgment(judgment.comparison, lane=Lane.REPEAT, note="I see it otherwise.")
    client.force_login(lead)
    address = f"/c/{campaign.slug}/reviews/"
    text = client.get(address).content.decode()
    assert "The fur has a halo." in text
    assert "I see it otherwise." not in text
    row = {"row": judgment.pk}
    assert client.post(address, row | {"outcome": "returned"}).status_code == 422
    assert not Review.objects.exists()
    client.post(address, row | {"outcome": "returned", "comment": "Zoom in."})
    assert Review.objects.get().drawn_by == "new"
    assert "0 settled answers" in client.get(address).content.decode()
    response = client.post(address, row | {"outcome": "accepted"}, follow=True)
    assert "already" in response.content.decode()


def test_fixing_leads_to_the_own_decision(client, campaign, lead):
    judgment = answered(campaign)
    client.force_login(lead)
    response = client.post(
        f"/c/{campaign.slug}/reviews/",
        {"row": judgment.pk, "outcome": "fixed", "comment": "B keeps the face."},
    )
    response = client.get(response.url)
    assert judgment.comparison.item.instruction in response.content.decode()
    assert Assignment.objects.filter(annotator=lead, lane=Lane.ADJUDICATION).exists()


def test_the_person_reads_the_review_without_a_name_and_replies(client, campaign, lead):
    judgment = answered(campaign)
    made = found(judgment, lead, comment="Zoom into the fur.")
    client.force_login(judgment.annotator)
    text = client.get(f"/c/{campaign.slug}/mine/").content.decode()
    assert "A lead returned it." in text
    assert "Zoom into the fur." in text
    assert lead.username not in text
    client.post(f"/c/{campaign.slug}/reviews/{made.public_id}/reply/", {"reply": "I did."})
    text = client.get(f"/c/{campaign.slug}/mine/").content.decode()
    assert "I did." in text
    client.force_login(make.make_member(campaign))
    assert "Zoom into the fur." not in client.get(f"/c/{campaign.slug}/mine/").content.decode()


def test_a_paused_person_changes_nothing_even_if_it_was_returned(campaign, lead):
    judgment = answered(campaign)
    found(judgment, lead)
    Campaign.objects.filter(pk=campaign.pk).update(state="paused")
    with pytest.raises(NotRevisable):
        revise(judgment)
    assert judgment.assignment.judgments.count() == 1
