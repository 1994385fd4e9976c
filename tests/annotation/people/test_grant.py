"""Campaigns made on the command line, and the roles that make them visible."""

import json

import pytest
from django.core.management import CommandError, call_command

from annotation.common.access import campaigns_for
from annotation.models import Campaign, CampaignEvent, Membership
from tests.annotation.items.imports.makers import two_items, write_folder
from tests.factories import make_campaign, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "set", *two_items())


def run(capsys, *arguments):
    """Run a command; return (exit code, stdout, the error or stderr)."""
    try:
        call_command(*map(str, arguments))
    except CommandError as error:
        return error.returncode, capsys.readouterr().out, str(error)
    said = capsys.readouterr()
    return 0, said.out, said.err


def memberships():
    return list(Membership.objects.order_by("pk").values("user__username", "role", "removed_at"))


def test_a_campaign_created_by_an_import_is_led_by_whom_it_names(capsys, folder):
    ann = make_user("ann")
    for _ in range(2):
        code, _, said = run(capsys, "import_items", "fresh", folder, "--create", "--lead", "ann")
        assert (code, said) == (0, "")
    [(campaign, roles)] = campaigns_for(ann)
    assert (campaign.slug, roles) == ("fresh", {"lead"})


def test_a_lead_without_an_account_is_refused_before_anything_is_made(capsys, folder):
    code, _, said = run(capsys, "import_items", "fresh", folder, "--create", "--lead", "nobody")
    assert (code, "'nobody'" in said, said.count("\n")) == (2, True, 0)
    assert not Campaign.objects.exists()


def test_a_new_campaign_without_a_lead_says_who_sees_it_and_how_to_change_that(capsys, folder):
    code, _, said = run(capsys, "import_items", "fresh", folder, "--create")
    assert code == 0
    assert "'fresh'" in said
    assert "manage.py grant fresh USER lead" in said
    # The second time it is not new.
    assert run(capsys, "import_items", "fresh", folder, "--create")[2] == ""


def test_grant_gives_a_role_once_and_writes_it_down(capsys):
    campaign, ann = make_campaign(), make_user("ann")
    code, out, _ = run(capsys, "grant", campaign.slug, "ann", "lead", "--json")
    expected = {"campaign": campaign.slug, "user": "ann", "role": "lead", "changed": True}
    assert (code, json.loads(out)) == (0, expected)
    assert campaigns_for(ann) == [(campaign, {"lead"})]
    assert CampaignEvent.objects.get().verb == "roles_given"
    before = memberships()
    again = json.loads(run(capsys, "grant", campaign.slug, "ann", "lead", "--json")[1])
    assert (again["changed"], memberships(), CampaignEvent.objects.count()) == (False, before, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"campaign": "none"}, "'none'"),
        ({"user": "nobody"}, "'nobody'"),
        ({"user": "gone"}, "'gone'"),
        ({"role": "owner"}, "Roles are annotator, adjudicator, lead."),
    ],
)
def test_grant_with_a_bad_argument_is_one_line_and_changes_nothing(capsys, change, said):
    campaign = make_campaign()
    make_user("ann")
    make_user("gone", is_active=False)
    given = {"campaign": campaign.slug, "user": "ann", "role": "annotator"} | change
    code, _, error = run(capsys, "grant", *given.values())
    assert (code, said in error, "\n" in error) == (2, True, False)
    assert (memberships(), CampaignEvent.objects.count()) == ([], 0)
