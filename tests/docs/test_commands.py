"""Every command of README and guides works as it is printed, in the order of the pages.

`manage.py` runs in this process, on the database of the tests, beside a real site and a gpu worker.
`make TARGET` is looked up: tests/demo starts what `make demo` starts; `make test` is this suite.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import execute_from_command_line
from PIL import Image

from annotation.campaigns.services import change_state
from annotation.models import Campaign, Item, User, campaigns
from annotation.rubrics.services import publish_rubric
from demo.pictures import write_set
from demo.pictures.writing import DEFAULT_SEED
from tests.docs.blocks import blocks_of, fits
from tests.docs.diagram import PROJECT
from tests.factories import make_user

GUIDES = ("lead-guide.md", "researcher-guide.md", "annotator-guide.md")
PAGES = [PROJECT / "README.md", *(PROJECT / "docs" / name for name in GUIDES)]
N_PHOTOS, SEED = 8, 20
DOG = ("sources/dog.jpg", "edits/model-a/dog.png", "edits/model-b/dog.png")
ADMIN = {
    "DJANGO_SUPERUSER_USERNAME": "first",
    "DJANGO_SUPERUSER_EMAIL": "first@example.org",
    "DJANGO_SUPERUSER_PASSWORD": "correct-horse-9",
}
KINDS = {"sh", "text", "json", "csv", "python"}
COMMAND = re.compile(r"^\s*(\$ |make \w|pip |curl |python|\.venv/bin/)", re.MULTILINE)


def test_commands_stand_in_shell_blocks_alone():
    for page in PAGES:
        for block in blocks_of(page):
            assert block.language in KINDS, f"{page.name}: a block without a known kind"
            assert block.language == "sh" or not COMMAND.search(block.text), block.text


def test_the_readme_names_every_variable_of_the_demo():
    named = set(re.findall(r"^\| `([A-Z_]+)=", (PROJECT / "README.md").read_text(), re.MULTILINE))
    makefile = (PROJECT / "Makefile").read_text()
    recipe = re.search(r"^demo:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)[1]
    read = set(re.findall(r"\$\(([A-Z]+)\)", recipe)) - {"BIN"}
    assert named == read | {"EDITJURY_HOME", "PYTHON"}
    assert "EDITJURY_HOME" in (PROJECT / "config" / "env.py").read_text()
    assert "PYTHON='$(PYTHON)'" in makefile


def save_dog(folder):
    """Save the three pictures that the examples name."""
    for number, name in enumerate(DOG):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 64), (40 * number, 90, 160)).save(folder / name)


@pytest.mark.parametrize("language", ["json", "csv"])
@pytest.mark.django_db(transaction=True)  # a command closes its connections at its end
def test_the_manifest_of_the_readme_is_imported_as_it_is_printed(
    tmp_path, monkeypatch, media_root, language
):
    blocks = blocks_of(PROJECT / "README.md")
    (folders,) = [block.text for block in blocks if "manifest.json" in block.text]
    assert all(name in folders for name in DOG)
    (example,) = [block for block in blocks if block.language == language]
    monkeypatch.chdir(tmp_path)
    save_dog(tmp_path / "photos")
    (tmp_path / example.file).write_text(example.text)
    make_user("lead")
    run_manage("import_items dogs photos --create --lead lead --strict")
    item = Item.objects.get(campaign__slug="dogs")
    assert item.instruction == "Give the dog a red collar."
    assert {each.generator.name for each in item.candidates.all()} == {"model-a", "model-b"}


def run_manage(arguments):
    """Run one management command in this process; return what it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            execute_from_command_line(["manage.py", *shlex.split(arguments)])
        except SystemExit as end:
            pytest.fail(f"manage.py {arguments} ended with {end.code}: {out.getvalue()}")
    return out.getvalue()


def run_make(arguments):
    """Ask make what it would do; nothing is installed or started."""
    command = ["make", "--dry-run", *shlex.split(arguments)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_program(text):
    """Run a Python block; return what it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, "block", "exec"), {"__name__": "__main__"})  # noqa: S102  our own page
    return out.getvalue()


def open_campaign(_printed):
    """Do what the guide leaves to the pages: publish the rubric, go live."""
    campaign, lead = Campaign.objects.get(slug="photos"), User.objects.get(username="lead")
    publish_rubric(campaign=campaign, actor=lead)
    change_state(campaign=campaign, state="live", actor=lead)


def keep_token(printed):
    os.environ["TOKEN"] = re.search(r"token (\w+)", printed)[1]


#: What a page does, or a person, after a command.
AFTER = {"manage.py grant": open_campaign, "manage.py drf_create_token": keep_token}
#: Questions that a command would ask are answered by options.
MORE = {"manage.py createsuperuser": " --noinput"}


def run_command(line):
    """Run one printed command; a kind of command that is not known here fails."""
    program, _, arguments = line.partition(" ")
    if program == "make":
        return run_make(arguments)
    assert line.startswith(".venv/bin/python manage.py "), f"no test knows how to run: {line}"
    name = " ".join(line.split()[1:3])
    printed = run_manage(line.partition("manage.py ")[2] + MORE.get(name, ""))
    AFTER.get(name, lambda _printed: None)(printed)
    return printed


def work_through(page):
    """Run the blocks of a page in order, and compare each printed output with the real one."""
    printed = ""
    for block in blocks_of(page):
        if block.language == "sh":
            printed = "\n".join(run_command(line) for line in block.commands)
        elif block.language == "python":
            printed = run_program(block.text)
        elif block.language == "text" and "manifest.json" not in block.text:
            for line in block.text.splitlines():
                assert any(fits(line, each) for each in printed.splitlines()), f"{line}\n{printed}"
        elif block.file and not Path(block.file).exists():
            Path(block.file).write_text(block.text)


def test_every_command_of_readme_and_guides_works_as_it_is_printed(
    live_site, start_worker, tmp_path, monkeypatch
):
    for name, value in ({"SITE": live_site.url, "TOKEN": ""} | ADMIN).items():
        monkeypatch.setenv(name, value)
    # The arms are drawn by it: with another one nothing may be held out.
    monkeypatch.setattr(campaigns, "secrets", SimpleNamespace(randbits=lambda _bits: SEED))
    for name in ("lead", "annotator"):
        make_user(name)
    start_worker("gpu")
    research = tmp_path / "researcher-guide"
    write_set(research / "photos", n_items=N_PHOTOS, seed=DEFAULT_SEED)
    for page in PAGES:
        save_dog(tmp_path / page.stem / "photos")
        monkeypatch.chdir(tmp_path / page.stem)
        work_through(page)
    assert User.objects.get(username="first").is_superuser
    assert {"pairs", "editreward", "tables"} <= {path.name for path in research.iterdir()}
