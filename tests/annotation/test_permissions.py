"""The table of routes × roles, run for real. A route without a row fails the first test."""

import json
import secrets

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import get_resolver, reverse

from jobs.models import Job
from tests.annotation.routes import ROLES, ROUTES
from tests.annotation.world import make_world

pytestmark = pytest.mark.django_db
REFUSED = {"login", "401", "403", "404", "405"}
#: Roles without a column of the table: each is like one that has a column.
OTHER_ROLES = ("paused", "ex_annotator", "ex_lead", "staff")
#: What belongs to the annotator of the table alone.
OWN = {"assignment", "judgment", "message", "api_key", "review"}
METHODS = ("get", "post", "put", "patch", "delete")
OURS = ("annotation", "jobs", "rewardsvc", "auth", "authtoken")


@pytest.fixture(scope="module")
def world_of_all(django_db_setup, django_db_blocker, tmp_path_factory):
    """Make the rows and files once; each test's transaction, which lies inside, is undone."""
    folder = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(MEDIA_ROOT=folder):
            made = make_world()
            made.sessions = {role: session_of(person) for role, person in made.people.items()}
        yield made, folder
        transaction.set_rollback(True)


@pytest.fixture
def world(world_of_all):
    made, folder = world_of_all
    with override_settings(MEDIA_ROOT=folder):
        yield made


def walk(resolver, prefix="", space=""):
    """Yield the full name and the pattern of every route."""
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from walk(entry, pattern, inner)
        else:
            yield f"{space}{entry.name or '?'}", pattern


PAGES = [(name, pattern) for name, pattern in walk(get_resolver())]
ADMIN = [(name, pattern) for name, pattern in PAGES if name.startswith("admin:")]
LISTED = [
    (name, method)
    for name, route in ROUTES.items()
    for method in ("get", "post", "put")
    if getattr(route, method)
]


def address(name, world):
    args = ROUTES[name].args
    return reverse(name, kwargs={key: getattr(world, value, value) for key, value in args.items()})


def session_of(person):
    """Sign somebody in; return the key of the session."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def visitor(world, role, *, token=True):
    """Return a client that checks CSRF like a browser's server, signed in as the role."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    if role != "anonymous":
        client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[role]
    if token:
        client.cookies["csrftoken"] = secrets.token_hex(16)
    return client


def send(client, name, method, world):
    """Send the route's request as a browser or a script would."""
    route = ROUTES[name]
    data = route.data(world) if method in {"post", "put"} and route.data else {}
    if route.json:
        data = {"content_type": "application/json", "data": json.dumps(data)}
        if method == "get":
            data = {}
    else:
        data = {"data": data} if method in {"get", "post"} else {}
    token = client.cookies.get("csrftoken")
    headers = {"X-CSRFToken": token.value} if token else {}
    answer = getattr(client, method)(address(name, world), headers=headers, **data)
    if answer.streaming:
        list(answer.streaming_content)  # To its end, which closes the file.
    return answer


def outcome(answer):
    if answer.status_code == 302 and answer.url.startswith(f"{reverse('login')}?next="):
        return "login"
    return str(answer.status_code)


def writes():
    """Return how many rows of each of our tables this transaction has written so far.

    Attempts count too, and so do writes of a savepoint that was undone.
    """
    tables = {m._meta.db_table for app in OURS for m in apps.get_app_config(app).get_models()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return {name: counts for name, *counts in cursor.fetchall() if name in tables}


def test_every_write_is_counted(world):
    before = writes()
    with transaction.atomic():
        world.people["lead"].memberships.update(paused_at=None)
        transaction.set_rollback(True)
    assert writes() != before


def test_every_route_has_a_row_and_every_row_a_route():
    names = {name for name, _ in PAGES} - {name for name, _ in ADMIN}
    assert names - set(ROUTES) == set()
    assert set(ROUTES) - names == set()


@pytest.mark.parametrize(("name", "method"), LISTED, ids=lambda value: value)
def test_each_role_gets_what_the_table_says_and_refusals_change_nothing(name, method, world):
    expected = dict(zip(ROLES, getattr(ROUTES[name], method).split(), strict=True))
    got, changed = {}, []
    for role in ROLES:
        with transaction.atomic():
            client = visitor(world, role)
            before = writes()
            got[role] = outcome(send(client, name, method, world))
            if got[role] in REFUSED and writes() != before:
                changed.append(role)
            transaction.set_rollback(True)
    assert got == expected
    assert not changed


def as_others(name, method):
    """Return what roles get that have no column, by the columns of roles like them."""
    row = dict(zip(ROLES, getattr(ROUTES[name], method).split(), strict=True))
    # A paused annotator sees the campaign as annotators do, and nothing of another annotator.
    of_another = OWN & {*ROUTES[name].args.values()} or (name, method) == ("judge", "post")
    return {
        "paused": row["adjudicator" if of_another else "annotator"],
        **dict.fromkeys(("ex_annotator", "ex_lead"), row["stranger"]),
        # Staff may begin campaigns, as leads may.
        "staff": row["other_lead" if name == "campaign-new" else "stranger"],
    }


@pytest.mark.parametrize(("name", "method"), LISTED, ids=lambda value: value)
def test_paused_people_former_members_and_staff_get_no_more_than_others(name, method, world):
    expected, got = as_others(name, method), {}
    for role in OTHER_ROLES:
        with transaction.atomic():
            before = writes()
            got[role] = outcome(send(visitor(world, role), name, method, world))
            assert got[role] not in REFUSED or writes() == before
            transaction.set_rollback(True)
    assert got == expected


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if not route.json])
def test_a_key_opens_no_page_but_pictures_and_exports(name, world):
    route = ROUTES[name]
    method = "get" if route.get else "post"
    client = Client(headers={"Authorization": f"Token {world.key}"}, raise_request_exception=False)
    got = outcome(send(client, name, method, world))
    row = dict(zip(ROLES, getattr(route, method).split(), strict=True))
    keys_allowed = name == "export-download" or name.endswith(("-image", "-region"))
    assert got == row["lead" if keys_allowed else "anonymous"]


FOREIGN = {
    "judge": {"assignment": "assignment", "action": "skip", "skip_reason": "Too dark."},
    "export": {"snapshot": "snapshot", "format": "canonical", "target": ""},
    "people-role": {"username": "annotator", "role": "lead", "action": "give"},
    "people-pause": {"username": "annotator", "action": "pause", "reason": "Rushes."},
    "people-reset-link": {"username": "annotator"},
    "golds-new": {"least": 2, "comparison": "agreed"},
    "run-start": {"configuration": "compact", "target": "verdict", "n_folds": 3, "seed": 0,
                  "started_from": "run"},
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_a_form_that_names_a_thing_of_another_campaign_changes_nothing(name, world):
    client = visitor(world, "other_lead")
    data = {key: getattr(world, str(value), value) for key, value in FOREIGN[name].items()}
    before = writes()
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    answer = client.post(reverse(name, args=["other"]), data, headers=headers)
    assert answer.status_code in {302, 404, 422}
    assert writes() == before


@pytest.mark.parametrize("picture", ["original", "region"])
def test_originals_and_change_regions_are_for_those_of_the_campaign(picture, world):
    names = {
        "original": [("lead-item-image", "item"), ("lead-candidate-image", "candidate")],
        "region": [("lead-item-region", "mapped_item"), ("assignment-region", "mapped")],
    }
    for name, thing in names[picture]:
        kwargs = {"public_id": getattr(world, thing)}
        kwargs |= {"slug": "street"} if name.startswith("lead") else {}
        kwargs |= {"variant": "original"} if picture == "original" else {"tag": world.tag}
        got = {}
        for role in (*ROLES, *OTHER_ROLES):
            answer = visitor(world, role).get(reverse(name, kwargs=kwargs))
            got[role] = answer.status_code
        allowed = {role for role, status in got.items() if status == 200}
        own = {"annotator"} if name == "assignment-region" else {"lead", "superuser"}
        if picture == "region" and name.startswith("lead"):
            own |= {"adjudicator"}
        assert allowed == own, name
        assert set(got.values()) == {200, 404}


@pytest.mark.parametrize("name", ROUTES)
def test_a_method_a_route_does_not_know_is_refused_and_changes_nothing(name, world):
    route = ROUTES[name]
    client = visitor(world, "annotator" if route.json else "lead")
    before = writes()
    for method in METHODS:
        if getattr(route, method, None) is None:
            assert send(client, name, method, world).status_code == 405, method
    assert writes() == before


@pytest.mark.parametrize(("name", "method"), [one for one in LISTED if one[1] != "get"])
def test_a_write_without_the_forms_token_is_refused_and_changes_nothing(name, method, world):
    own = name in {"judge", "mine-change"} or ROUTES[name].json
    role = "annotator" if own else "lead"
    client = visitor(world, role, token=False)
    before = writes()
    answer = send(client, name, method, world)
    assert answer.status_code == 403
    assert writes() == before


def test_a_token_needs_no_form_and_opens_what_its_owner_may_use(world):
    from rest_framework.authtoken.models import Token

    token = Token.objects.create(user=world.people["annotator"])
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Token {token.key}"})
    answer = client.post(address("api-heartbeat", world), content_type="application/json")
    assert answer.status_code == 200
    stranger = Token.objects.create(user=world.people["stranger"])
    client = Client(headers={"Authorization": f"Token {stranger.key}"})
    answer = client.post(address("api-heartbeat", world), content_type="application/json")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"removed": True}], ids=["account closed", "role removed"]
)
def test_what_was_allowed_ends_with_the_role_or_the_account(change, world):
    lead = world.people["lead"]
    client = visitor(world, "lead")
    assert client.get(address("campaign", world)).status_code == 200
    if change.get("removed"):
        lead.memberships.update(removed_at=lead.date_joined)
        assert client.get(address("campaign", world)).status_code == 404
    else:
        type(lead).objects.filter(pk=lead.pk).update(is_active=False)
        assert outcome(client.get(address("campaign", world))) == "login"


def test_a_former_lead_no_longer_sees_the_jobs_that_they_started(world):
    lead = world.people["lead"]
    Job.objects.update(created_by=lead)
    assert visitor(world, "lead").get(address("job-state", world)).status_code == 200
    lead.memberships.update(removed_at=lead.date_joined)
    assert visitor(world, "lead").get(address("job-state", world)).status_code == 404


def test_a_thing_of_another_campaign_is_not_found_under_ones_own(world):
    own = visitor(world, "other_lead")
    for name, route in ROUTES.items():
        if route.args.get("slug") != "slug" or len(route.args) == 1:
            continue
        kwargs = {key: getattr(world, value, value) for key, value in route.args.items()}
        here = reverse(name, kwargs=kwargs | {"slug": "other"})
        method = "get" if route.get else "post"
        data = route.data(world) if method == "post" and route.data else {}
        token = {"X-CSRFToken": own.cookies["csrftoken"].value}
        answer = getattr(own, method)(here, data=data, headers=token)
        assert answer.status_code == 404, name


@pytest.mark.parametrize("role", ["anonymous", "stranger", "lead"])
def test_the_administration_is_for_staff(role, world):
    client = visitor(world, role)
    for name, pattern in ADMIN:
        if name in {"admin:login", "admin:logout"}:
            continue
        answer = client.get(admin_path(pattern))
        assert answer.status_code == 302, name
        assert answer.url.startswith(reverse("admin:login")), name


def admin_path(pattern):
    """Return an address that matches a pattern of the administration."""
    for part in ("<path:object_id>", "<int:content_type_id>", "<id>"):
        pattern = pattern.replace(part, "1")
    pattern = pattern.replace("(?P<url>.*)$", "x/").replace("^(?P<app_label>", "").split("|")[0]
    return f"/{pattern.rstrip('/')}/"
