"""import_items: exit codes, one line on stderr, and a report one can read or parse."""

import json
import re
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Campaign, ImportBatch, Item
from tests.annotation.items.imports.makers import two_items, write_folder
from tests.factories import make_campaign
from tests.live import PROJECT, process_environment


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "set", *two_items())


@pytest.fixture
def faulty(tmp_path):
    rows, pictures = two_items()
    return write_folder(tmp_path / "faulty", rows, pictures | {"a0.png": b""})


def run(capsys, *arguments):
    """Run the command; return (exit code, stdout, stderr text)."""
    try:
        call_command("import_items", *map(str, arguments))
    except CommandError as error:
        return error.returncode, capsys.readouterr().out, str(error)
    return 0, capsys.readouterr().out, ""


@pytest.mark.django_db
@pytest.mark.usefixtures("media_root")
class TestCommand:
    def test_a_missing_campaign_is_an_error_and_with_create_a_draft(self, capsys, folder):
        code, _, error = run(capsys, "fresh", folder)
        assert (code, "'fresh'" in error) == (2, True)
        assert not Campaign.objects.exists()
        assert run(capsys, "fresh", folder, "--create")[0] == 0
        campaign = Campaign.objects.get(slug="fresh")
        assert campaign.state == "draft"
        assert campaign.items.count() == 2
        assert run(capsys, "fresh", folder, "--create")[0] == 0
        assert campaign.items.count() == 2

    def test_refused_rows_are_shown_and_the_exit_code_is_zero(self, capsys, faulty):
        campaign = make_campaign(rubric=False)
        code, out, _ = run(capsys, campaign.slug, faulty)
        assert code == 0
        refused = next(line for line in out.splitlines() if line.startswith("refused"))
        named = ("manifest.json row 1", "painter", "a0.png")
        assert [each in refused for each in named] == [True] * 3
        counts = {
            name: [int(n) for n in re.findall(r"\d+", line)]
            for name, _, line in (each.partition(": ") for each in out.splitlines())
            if name in {"items", "candidates"}
        }
        assert counts == {"items": [2, 0, 0], "candidates": [3, 0, 1]}

    def test_json_is_all_there_is_on_stdout(self, capsys, faulty):
        campaign = make_campaign(rubric=False)
        result = json.loads(run(capsys, campaign.slug, faulty, "--json")[1])
        assert result["campaign"] == campaign.slug
        assert result["import"] == str(ImportBatch.objects.get().public_id)
        assert result["counts"]["candidates"] == {"taken": 3, "already_there": 0, "refused": 1}
        refused = [row for row in result["rows"] if row["outcome"] == "refused"]
        assert [(row["file"], row["row"]) for row in refused] == [("manifest.json", 1)]

    def test_strict_with_a_refusal_changes_nothing_not_even_a_new_campaign(self, capsys, faulty):
        code, out, error = run(capsys, "fresh", faulty, "--create", "--strict", "--json")
        assert code == 2
        assert "manifest.json row 1" in error
        assert json.loads(out)["error"] == error
        assert not Campaign.objects.exists()
        assert not Item.objects.exists()

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"{", "manifest.json line 1: not valid JSON"),
            (b"\xff[]", "manifest.json line 1: not UTF-8"),
            (b"[]", "the manifest holds no items"),
        ],
    )
    def test_an_unreadable_manifest_creates_no_campaign(self, capsys, tmp_path, content, reason):
        (tmp_path / "manifest.json").write_bytes(content)
        code, _, error = run(capsys, "fresh", tmp_path, "--create")
        assert (code, reason in error) == (2, True)
        assert not Campaign.objects.exists()

    def test_a_slug_that_cannot_be_is_refused(self, capsys, folder):
        code, _, error = run(capsys, "no slug!", folder, "--create")
        assert (code, "short name" in error) == (2, True)

    def test_a_manifest_may_be_named_itself(self, capsys, folder):
        campaign = make_campaign(rubric=False)
        assert run(capsys, campaign.slug, folder / "manifest.json")[0] == 0
        assert campaign.items.count() == 2


@pytest.mark.django_db(transaction=True)
def test_bad_input_ends_a_real_process_with_two_and_one_line(media_root, tmp_path):
    campaign = make_campaign(rubric=False)
    done = subprocess.run(
        [sys.executable, "manage.py", "import_items", campaign.slug, str(tmp_path / "nowhere")],
        cwd=PROJECT,
        env=process_environment(media_root),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("CommandError: nowhere: ")
    assert done.stderr.count("\n") == 1
    assert not ImportBatch.objects.exists()
