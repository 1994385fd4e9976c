"""An import of which nothing can be taken: refused in one line that helps, and nothing changed."""

import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotation.errors import ImportRefused
from annotation.items.imports.manifests.columns import what_is_missing
from annotation.items.imports.report import grouped
from annotation.items.services.imports import import_folder
from annotation.models import Campaign, CampaignEvent, ImportBatch, Item, StoredImage
from jobs import runner
from tests.annotation.items.imports.makers import two_items, write_folder, write_zip
from tests.annotation.items.test_import_pages import send
from tests.factories import make_campaign, make_user
from tests.pages import part

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]
HINT = "manifest.json: no row has `instruction`; did you mean `caption`?"


@pytest.fixture
def renamed():
    """Thirty rows that call the instruction a caption, and their pictures."""
    [row, _], pictures = two_items()
    other = {key: value for key, value in row.items() if key != "instruction"}
    return [{"caption": f"Make it {n}.", **other} for n in range(30)], pictures


@pytest.fixture
def folder(tmp_path, renamed):
    return write_folder(tmp_path / "set", *renamed)


def run(capsys, *arguments):
    try:
        call_command("import_items", *map(str, arguments))
    except CommandError as error:
        return error.returncode, capsys.readouterr().out, str(error)
    return 0, capsys.readouterr().out, ""


def rows_in_database():
    return [
        model.objects.count() for model in (Campaign, CampaignEvent, ImportBatch, Item, StoredImage)
    ]


def test_a_missing_key_is_reported_once_with_the_likely_one_and_exit_code_2(capsys, folder):
    campaign = make_campaign(rubric=False)
    before = rows_in_database()
    code, out, error = run(capsys, campaign.slug, folder)
    assert code == 2
    assert (re.findall(r"\d+", error), error.endswith(HINT)) == (["30"], True)
    assert out.count("instruction is missing") <= 1
    assert rows_in_database() == before


def test_a_campaign_that_was_to_be_created_for_it_does_not_stay_behind(capsys, folder):
    before = rows_in_database()
    assert run(capsys, "fresh", folder, "--create")[0] == 2
    assert rows_in_database() == before


def test_the_json_of_a_refused_import_holds_the_error_and_every_row(capsys, folder):
    campaign = make_campaign(rubric=False)
    code, out, error = run(capsys, campaign.slug, folder, "--json")
    report = json.loads(out)
    assert (code, report["error"], report["hints"]) == (2, error, [HINT])
    assert sum(row["outcome"] == "refused" for row in report["rows"]) == 30


def test_rows_refused_for_their_pictures_alone_are_refused_whole_too(tmp_path):
    rows, pictures = two_items()
    nothing = write_folder(tmp_path / "empty", rows, dict.fromkeys(pictures, b""))
    before = rows_in_database()
    with pytest.raises(ImportRefused, match=r"\d+ .*empty"):
        import_folder(campaign=make_campaign(rubric=False), path=nothing)
    assert rows_in_database()[2:] == before[2:]


def test_one_bad_row_among_good_ones_stops_none_of_them(capsys, tmp_path, renamed):
    bad, _ = renamed
    rows, pictures = two_items()
    mixed = write_folder(tmp_path / "mixed", [*bad, *rows], pictures)
    campaign = make_campaign(rubric=False)
    code, out, _ = run(capsys, campaign.slug, mixed)
    assert code == 0
    assert campaign.items.count() == 2
    refused = next(line for line in out.splitlines() if line.startswith("refused"))
    assert re.findall(r"\d+", refused) == ["30", "1", "2", "3", "27"]
    assert ("manifest.json" in refused, "instruction" in refused) == (True, True)
    assert "did you mean" not in out


def test_importing_again_what_is_there_already_is_not_refused(capsys, tmp_path):
    folder = write_folder(tmp_path / "set", *two_items())
    campaign = make_campaign(rubric=False)
    assert run(capsys, campaign.slug, folder)[0] == 0
    assert run(capsys, campaign.slug, folder)[0] == 0


def test_a_csv_without_a_column_names_the_likely_one(capsys, tmp_path):
    (tmp_path / "manifest.csv").write_text("caption,src,candidate,generator\nGo,s.png,a.png,m\n")
    code, _, error = run(capsys, make_campaign(rubric=False).slug, tmp_path)
    assert code == 2
    assert ("`instruction`" in error, "`caption`" in error) == (True, True)


@pytest.mark.parametrize(
    ("name", "present", "said"),
    [
        ("instruction", ["Prompt", "source"], "did you mean `Prompt`?"),
        ("source", ["source_image", "instruction"], "did you mean `source_image`?"),
        ("generator", ["generater"], "did you mean `generater`?"),
        ("instruction", ["zebra", "source"], "no row has `instruction`; not read are `zebra`"),
        ("instruction", ["source"], "no row has `instruction`"),
    ],
)
def test_the_suggestion_is_a_known_name_or_a_near_one_among_those_not_read(name, present, said):
    known = {"instruction", "source", "generator"}
    assert what_is_missing(name, present, known).endswith(said)


def test_equal_refusals_are_grouped_and_name_their_first_rows():
    rows = [
        {"file": "m.csv", "row": n, "outcome": "refused", "reason": "too long"} for n in range(5)
    ]
    rows.insert(1, {"file": "m.csv", "row": 9, "outcome": "refused", "reason": "empty"})
    assert [str(group) for group in grouped(rows)] == [
        "m.csv rows 0, 1, 2 and 2 more: too long",
        "m.csv row 9: empty",
    ]


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_a_refused_import_as_refused_and_why(client, tmp_path, renamed):
    lead = make_user("alice")
    campaign = make_campaign(lead=lead)
    client.force_login(lead)
    rows, pictures = renamed
    packed = write_zip(tmp_path / "set.zip", {"manifest.json": json.dumps(rows)} | pictures)
    page = send(client, campaign, packed.read_bytes()).url
    assert runner.run_one("default").state == "done"
    shown = client.get(page)
    callout = part(shown, ".callout.bad").text
    assert ("`instruction`" in callout, "`caption`" in callout) == (True, True)
    assert "1, 2, 3 and 27" in shown.text
    assert "See its items" not in shown.text
    listed = client.get(reverse("imports", args=[campaign.slug])).content.decode()
    assert '<span class="badge bad">Refused</span>' in listed
    assert ">Done<" not in listed
    assert not Item.objects.exists()
