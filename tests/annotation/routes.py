"""Every route of the site, and who may use it.

A row says per method what each of ROLES gets: a status, or `login` for a redirect to the sign-in
page. What is not listed for a route is a method it does not know.
"""

import io
import zipfile
from dataclasses import dataclass, field

from django.core.files.uploadedfile import SimpleUploadedFile

from annotation.answers.plain_form import form_values
from tests.annotation.adjudication.disputes import dispute_answer
from tests.factories import answer_data

ROLES = ("anonymous", "stranger", "annotator", "adjudicator", "lead", "other_lead", "superuser")
OPEN = "200 200 200 200 200 200 200"
SIGNED_IN = "login 200 200 200 200 200 200"
LEAD_PAGE = "login 404 404 404 200 404 200"
LEAD_WRITE = "401 404 404 404 302 404 302"
REVIEW_IMAGE = "404 404 404 200 200 404 200"
DECIDES = "401 404 404 302 404 404 404"
SHOWN = "login 404 404 200 404 404 404"
OWN_API = "401 404 200 404 404 404 404"
LEAD_API = "401 404 404 404 200 404 200"


@dataclass(frozen=True)
class Route:
    """args: what fills the address, by name in the world; data: a form, or from the world."""

    args: dict = field(default_factory=dict)
    get: str | None = None
    post: str | None = None
    put: str | None = None
    data: object = None
    json: bool = False


SLUG = {"slug": "slug"}


def one(name, **more):
    """Return the arguments of a route about one thing of the campaign."""
    return SLUG | {"public_id": name} | more


def form(**data):
    return lambda _world: data


ROUTES = {
    "healthz": Route(get=OPEN),
    "javascript-catalog": Route(get=OPEN),
    "home": Route(get=SIGNED_IN),
    "help": Route(get=OPEN),
    "help-page": Route({"name": "glossary"}, get=OPEN),
    "login": Route(
        get=OPEN,
        post="422 422 422 422 422 422 422",
        data=form(username="nobody", password="wrong"),
    ),
    "logout": Route(post="302 302 302 302 302 302 302"),
    "password_change": Route(get=SIGNED_IN, post="401 422 422 422 422 422 422"),
    # Without a mail server.
    "password-forgotten": Route(
        get="404 404 404 404 404 404 404", post="404 404 404 404 404 404 404"
    ),
    "password_change_done": Route(get=SIGNED_IN),
    "api-keys": Route(
        get=SIGNED_IN,
        post="401 200 200 200 200 200 200",
        data=form(name="Loader", scopes=["read"], days=7),
    ),
    "api-key-revoke": Route({"public_id": "api_key"}, post="401 404 302 404 404 404 404"),
    "campaign-new": Route(
        get="login 404 404 404 200 200 200",
        post="401 404 404 404 302 302 302",
        data=form(name="New", slug="new", k=2, overlap=3, lease_minutes=30),
    ),
    "campaign": Route(SLUG, get=LEAD_PAGE),
    "campaign-log": Route(SLUG, get=LEAD_PAGE),
    "site-log": Route(get="login 404 404 404 404 404 200"),
    "campaign-settings": Route(
        SLUG,
        get=LEAD_PAGE,
        post=LEAD_WRITE,
        data=form(name="Renamed", lease_minutes=9, send_back_batch=1),
    ),
    "campaign-state": Route(SLUG, post=LEAD_WRITE, data=form(state="paused")),
    "rubric": Route(SLUG, get=LEAD_PAGE),
    "rubric-draft": Route(SLUG, post=LEAD_WRITE, data=form(action="discard")),
    "rubric-edit": Route(
        SLUG, get=LEAD_PAGE, post=LEAD_WRITE, data=lambda world: world.rubric_form
    ),
    # Without the secret of a link there is nothing.
    "account-link": Route(get="404 404 404 404 404 404 404", post="404 404 404 404 404 404 404"),
    "people-reset-link": Route(
        SLUG, post=LEAD_WRITE.replace("302", "200"), data=form(username="annotator")
    ),
    "invitation-withdraw": Route(one("invitation"), post=LEAD_WRITE),
    "people": Route(
        SLUG,
        get=LEAD_PAGE,
        post=LEAD_WRITE.replace("302", "200"),
        data=form(note="Ann", roles=["lead"]),
    ),
    "people-skills": Route(
        SLUG | {"pseudonym": "pseudonym"},
        get=LEAD_PAGE,
        post=LEAD_WRITE,
        data=form(categories=["colour"], languages=["de"]),
    ),
    "people-role": Route(
        SLUG, post=LEAD_WRITE, data=form(username="annotator", role="lead", action="give")
    ),
    "people-pause": Route(
        SLUG, post=LEAD_WRITE, data=form(username="annotator", action="pause", reason="Rushes.")
    ),
    "quality": Route(SLUG, get=LEAD_PAGE),
    "judgments": Route(SLUG, get=LEAD_PAGE),
    "timesheet": Route(SLUG, get=LEAD_PAGE),
    "quality-golds": Route(SLUG, get=LEAD_PAGE),
    "quality-pairs": Route(SLUG, get=LEAD_PAGE),
    "contested": Route(SLUG, get=LEAD_PAGE),
    "reviews": Route(SLUG, get=LEAD_PAGE, post=LEAD_WRITE, data=form(row="0")),
    "review-reply": Route(
        one("review"), post="401 404 302 404 404 404 404", data=form(reply="Look again.")
    ),
    "review-answer": Route(one("review"), post=LEAD_WRITE, data=form(answer="Done.")),
    "contested-figures": Route(SLUG, get=LEAD_PAGE),
    "contested-hand-over": Route(SLUG, post=LEAD_WRITE, data=form(n=5)),
    "contested-take-back": Route(SLUG, post=LEAD_WRITE),
    "decide": Route(SLUG, get="login 404 404 302 200 404 200", post=DECIDES, data=dispute_answer),
    "decision": Route(one("decided"), get=SHOWN, post=DECIDES, data=form(does="keep", cause="gap")),
    "comparisons": Route(SLUG, get=LEAD_PAGE),
    "comparisons-build": Route(SLUG, post=LEAD_WRITE, data=form(k=2, strategy="all")),
    "comparisons-discard": Route(SLUG, post=LEAD_WRITE),
    "comparison": Route(one("held"), get=LEAD_PAGE),
    "look-alike-decide": Route(one("look_alike"), post=LEAD_WRITE, data=form(choice="leave_out")),
    "comparison-release": Route(one("held"), post=LEAD_WRITE),
    "comparison-adjudicate": Route(one("held"), post=LEAD_WRITE),
    "comparison-withdraw": Route(one("held"), post=LEAD_WRITE, data=form(reason="Blurred.")),
    "judge-preview": Route(one("fresh"), get=LEAD_PAGE),
    "judge": Route(
        SLUG,
        get="login 404 200 200 200 404 200",
        post="401 404 302 404 404 404 404",
        data=lambda world: {
            "assignment": world.assignment,
            "action": "skip",
            "skip_reason": "Too dark.",
        },
    ),
    "mine": Route(SLUG, get="login 404 200 200 200 404 200"),
    "mine-last": Route(SLUG, get="login 404 302 302 302 404 302"),
    "mine-change": Route(
        one("judgment"),
        get="login 404 200 404 404 404 404",
        post="401 404 302 404 404 404 404",
        data=lambda _world: plain_answer(),
    ),
    "assignment-image": Route(
        {"public_id": "assignment", "picture": "source", "variant": "fit"},
        get="404 404 200 404 404 404 404",
    ),
    # The world's item has no region: nobody gets one.
    "assignment-region": Route(
        {"public_id": "assignment", "tag": "0123abcd"}, get="404 404 404 404 404 404 404"
    ),
    "reference-image": Route(
        {"public_id": "reference", "picture": "source", "variant": "fit"},
        get="404 404 200 200 200 404 200",
    ),
    "lead-item-image": Route(one("item", variant="fit"), get=REVIEW_IMAGE),
    # The world's item has no region: nobody gets one.
    "lead-item-region": Route(one("item", tag="0123abcd"), get="404 404 404 404 404 404 404"),
    "lead-candidate-image": Route(one("candidate", variant="full"), get=REVIEW_IMAGE),
    "imports": Route(SLUG, get=LEAD_PAGE, post=LEAD_WRITE, data=lambda _world: {"file": a_zip()}),
    "import": Route(one("batch"), get=LEAD_PAGE),
    "items": Route(SLUG, get=LEAD_PAGE),
    "item": Route(one("item"), get=LEAD_PAGE),
    "item-withdraw": Route(
        one("item"), post=LEAD_WRITE, data=lambda _world: {"withdraw-reason": "Blurred."}
    ),
    "item-correct": Route(
        one("item"),
        post=LEAD_WRITE,
        data=lambda _world: {"correct-instruction": "Do it well.", "correct-reason": "Typo."},
    ),
    "item-reports": Route(one("item"), post=LEAD_WRITE, data=form(decision="keep")),
    "references": Route(SLUG, get=LEAD_PAGE),
    "reference-new": Route(
        one("fresh"),
        get=LEAD_PAGE,
        post=LEAD_WRITE,
        data=lambda _world: plain_answer() | {"use": "gold", "explanation": "Sharper."},
    ),
    "golds-new": Route(
        SLUG,
        get=LEAD_PAGE,
        post=LEAD_WRITE,
        data=lambda world: {"least": 2, "comparison": [str(world.agreed)]},
    ),
    "reference-withdraw": Route(one("reference"), post=LEAD_WRITE),
    "candidate": Route(one("candidate"), get=LEAD_PAGE),
    "candidate-withdraw": Route(
        one("candidate"), post=LEAD_WRITE, data=lambda _world: {"withdraw-reason": "Blurred."}
    ),
    "candidate-correct": Route(
        one("candidate"),
        post=LEAD_WRITE,
        data=lambda _world: {"correct-generator": "renamed", "correct-reason": "Typo."},
    ),
    "person-messages": Route(SLUG, get="login 404 200 200 200 404 200"),
    "message-appeal": Route(
        one("message"), post="401 404 302 404 404 404 404", data=form(message="I looked.")
    ),
    "appeal-answer": Route(one("message"), post=LEAD_WRITE, data=form(message="You did.")),
    "quality-rules": Route(SLUG, get=LEAD_PAGE, post=LEAD_WRITE, data=form(gold="do")),
    "alert-handle": Route(one("alert"), post=LEAD_WRITE, data=form(action="leave")),
    "person-actions": Route(
        SLUG | {"pseudonym": "pseudonym"},
        get=LEAD_PAGE,
        post=LEAD_WRITE,
        data=form(action="set_aside", reason="Rushed."),
    ),
    "answer-aside": Route(
        one("judgment"), post=LEAD_WRITE, data=form(action="set_aside", reason="Rushed.")
    ),
    "reclaim-undo": Route(one("reclaim"), post=LEAD_WRITE),
    "agreement": Route(SLUG, get=LEAD_PAGE),
    "trends": Route(SLUG, get=LEAD_PAGE),
    "annotator": Route(SLUG | {"pseudonym": "pseudonym"}, get=LEAD_PAGE),
    "disagreement": Route(SLUG, get=LEAD_PAGE),
    "send-back": Route(SLUG, post=LEAD_WRITE, data=form(n=3, by="surprise")),
    "snapshots": Route(SLUG, get=LEAD_PAGE),
    "freeze": Route(SLUG, post=LEAD_WRITE),
    "export": Route(
        SLUG,
        post=LEAD_WRITE,
        data=lambda world: {"snapshot": world.snapshot, "format": "canonical", "target": ""},
    ),
    "export-download": Route(one("export"), get=LEAD_PAGE),
    "models": Route(SLUG, get=LEAD_PAGE),
    "run-start": Route(
        SLUG,
        # A lead may, but three sources are needed and this campaign has fewer.
        post=LEAD_WRITE.replace("302", "422"),
        data=form(configuration="compact", target="verdict", n_folds=3, seed=0),
    ),
    "rescore": Route(SLUG, post=LEAD_WRITE),
    "run": Route(one("run"), get=LEAD_PAGE),
    "run-cancel": Route(one("run"), post=LEAD_WRITE),
    "run-retry": Route(one("run"), post=LEAD_WRITE),
    "run-champion": Route(one("run"), post=LEAD_WRITE),
    "job-state": Route({"public_id": "job"}, get=LEAD_PAGE),
    "api-schema": Route(get=OPEN),
    "api-docs": Route(get=OPEN),
    "api-next": Route(SLUG, post="401 404 200 200 200 404 200", data=form(ahead=1), json=True),
    "api-judgment": Route(
        {"public_id": "assignment"},
        post="401 404 201 404 404 404 404",
        data=lambda _world: answer_data(),
        json=True,
    ),
    "api-preferences": Route(
        get="401 200 200 200 200 200 200",
        put="401 200 200 200 200 200 200",
        data=form(keys={"flicker": "KeyX"}),
        json=True,
    ),
    "api-judgments": Route(SLUG, get="401 404 200 200 200 404 200", json=True),
    "api-revision": Route(
        {"public_id": "judgment"},
        post="401 404 201 404 404 404 404",
        data=lambda _world: answer_data(),
        json=True,
    ),
    "api-quality": Route(SLUG, get=LEAD_API, json=True),
    "api-skip": Route(
        {"public_id": "assignment"}, post=OWN_API, data=form(reason="Too dark."), json=True
    ),
    "api-report": Route(
        {"public_id": "assignment"},
        post="401 404 204 404 404 404 404",
        data=form(reason="Wounds."),
        json=True,
    ),
    "api-heartbeat": Route({"public_id": "assignment"}, post=OWN_API, json=True),
    "api-release": Route({"public_id": "assignment"}, post=OWN_API, json=True),
}


def a_zip():
    """Return an upload; made anew each time, since a request reads it to its end."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.json", "[]")
    return SimpleUploadedFile("items.zip", out.getvalue(), "application/zip")


def plain_answer():
    """Return a valid answer as the judging form posts it."""
    given = answer_data()
    ranks = given["verdict"]["ranks"]
    return form_values(given["scores"], ranks, None, "") | {"client_id": given["client_id"]}
