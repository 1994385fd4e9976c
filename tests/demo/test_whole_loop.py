"""The whole loop in exactly what `make demo` installs: by its pages, then by its commands."""

import io
import json
import re
import subprocess
import uuid
import zipfile
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from tests.demo.launched import PROJECT, SLOW, Demo, environment
from tests.demo.website import Website

#: More items than the launcher waits for: the worker makes the rest.
N_ITEMS, N_JUDGMENTS = 14, 98
#: Enough of each to run every part; nothing here asks how good the model is.
EPOCHS, TINY = "2", {"epochs": 2, "batch_items": 4, "model": {"image_size": 64}}
ANSWERS = 40
SLUG = "by-hand"


@pytest.fixture(scope="module")
def demo(demo_python, tmp_path_factory):
    home = tmp_path_factory.mktemp("loop")
    size = ("--items", str(N_ITEMS), "--judgments", str(N_JUDGMENTS))
    launched = Demo(home, home / "said.txt", *size, python=demo_python)
    yield launched
    launched.process.terminate()
    assert launched.process.wait(SLOW) == 0
    for log in (home / "logs").iterdir():
        assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="module")
def drawn_folder(demo):
    """Return the folder of the built-in campaign's first pictures."""
    return min(demo.home.glob("demo/*/manifest.json")).parent


def signed_in(demo, name):
    accounts = json.loads((demo.home / "demo-accounts.json").read_text())
    site = Website(demo.url)
    page = site.get("login/")
    page = site.submit(page, page.form(""), username=name, password=accounts[name])
    assert urlsplit(page.url).path == "/"
    return site


def press(site, path, ending, **values):
    """Open a page, send its form to the address that ends so; return the page after it."""
    page = site.get(path)
    done = site.submit(page, page.form(ending), **values)
    assert done.status == 200, done.text
    return done


def archive_of(folder, path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(folder / "manifest.json", "manifest.json")
        for picture in (folder / "images").iterdir():
            archive.write(picture, f"images/{picture.name}")
    return path


def change(source, edited):
    """Return how far two pictures are apart, as the made-up expert of this test sees it."""
    small = [
        Image.open(io.BytesIO(body)).convert("L").resize((48, 48)) for body in (source, edited)
    ]
    before, after = (np.asarray(picture, dtype=float) for picture in small)
    return np.abs(before - after).mean()


def answer(site, assignment):
    """Prefer the smaller change: a rule that the pictures carry and a model can learn."""
    source = site.get(assignment["source"]["url"]).body
    changes = [change(source, site.get(each["url"]).body) for each in assignment["candidates"]]
    order = np.argsort(np.argsort(changes))
    scores = [4 - int(place) for place in order]
    return {
        "client_id": str(uuid.uuid4()),
        "scores": {each["slug"]: scores for each in assignment["rubric"]["dimensions"]},
        "verdict": {"ranks": [1 + int(place) for place in order], "tie_kind": None},
        "cannot_judge": None,
        "note": "",
        "active_ms": 1000,
        "evidence": {},
        "ahead": 1,
    }


def judge_by_api(site, slug, most):
    """Answer what is given until nothing is left; return how many answers were counted."""
    status, work = site.api(f"campaigns/{slug}/assignments/next/", {"ahead": 1})
    counted = 0
    while work["assignments"] and counted < most:
        (assignment,) = work["assignments"]
        path = f"assignments/{assignment['id']}/judgment/"
        status, work = site.api(path, answer(site, assignment))
        assert (status, work["state"]) == (201, "counted")
        counted += 1
    return counted


def judge_by_form(site, slug):
    page = site.get(f"c/{slug}/judge/")
    form = page.form("")
    scores = {name: "3" for name in form.choices if name.startswith("score-")}
    done = site.submit(page, form, action="submit", **scores, **{"rank-0": "1", "rank-1": "2"})
    assert done.status == 200, done.text


def invite(lead, slug, person):
    """A lead makes a link, and somebody with an account joins by it."""
    page = press(lead, f"c/{slug}/people/", "", note="For the loop", roles="annotator")
    (link,) = re.findall(r"http\S+key=\S+", page.text)
    press(person, link, "")
    assert person.get(f"c/{slug}/judge/").status == 200


def prepare_campaign(lead, annotator, slug, archive):
    """A lead's way from nothing to a live campaign, by forms alone."""
    press(lead, "campaigns/new/", "", name="By hand", slug=slug, k="2", overlap="1")
    press(lead, f"c/{slug}/settings/", "", random_arm_percent="50", held_out_percent="30")
    page = lead.get(f"c/{slug}/import/")
    page = lead.submit(page, page.form(""), file=archive)
    done = lead.wait_for_jobs(page.url)
    assert "Taken (12)" in done.text, done.text
    press(lead, f"c/{slug}/rubric/edit/", "", action="publish")
    page = lead.get(f"c/{slug}/comparisons/")
    page = lead.submit(page, page.form("/comparisons/"), strategy="all", per_item="")
    lead.submit(page, page.form("/build/"))
    invite(lead, slug, annotator)
    press(lead, f"c/{slug}/people/", "/role/", username="lead", role="annotator", action="give")
    press(lead, f"c/{slug}/", "/state/", state="live")


def freeze_and_export(lead, slug):
    """Freeze, ask for every format, and read what is downloaded."""
    press(lead, f"c/{slug}/snapshots/", "/freeze/")
    page = lead.wait_for_jobs(f"c/{slug}/snapshots/")
    formats = page.form("/export/").choices["format"]
    assert len(formats) >= 3
    for name in formats:
        press(lead, f"c/{slug}/snapshots/", "/export/", format=name)
    page = lead.wait_for_jobs(f"c/{slug}/snapshots/")
    files = [link for link in page.links if f"/c/{slug}/exports/" in link]
    assert len(files) == len(formats), page.text
    for link in files:
        archive = zipfile.ZipFile(io.BytesIO(lead.get(link).body))
        assert archive.namelist()
        assert archive.testzip() is None


def train(lead, slug):
    """Train from the page, and wait until its job and the rescoring have ended."""
    page = press(lead, f"c/{slug}/models/", "/start/", configuration="compact", epochs=EPOCHS)
    page = lead.wait_for_jobs(page.url)
    assert "The run failed" not in page.text, page.text
    assert "Out of fold, on training sources" in page.text
    lead.wait_for_jobs(f"c/{slug}/models/")


def links_from(site, *starts):
    """Follow links within the site, one of each kind of address; return status by path."""
    seen, kinds, waiting = {}, set(), list(starts)
    while waiting:
        path = waiting.pop()
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", path)
        if kind in kinds:
            continue
        kinds.add(kind)
        page = site.get(path)
        seen[path] = page.status
        waiting += {urlsplit(link).path for link in page.links if link.startswith("/")}
    return seen


def test_the_worker_makes_the_rest_while_the_page_shows_how_far_it_is(demo):
    lead = signed_in(demo, "lead")
    done = lead.wait_for_jobs("c/demo/")
    # 4 candidates make 6 pairs, each for 3 people.
    assert f"of {N_ITEMS * 6 * 3} wanted" in done.text, done.text
    assert f"{N_ITEMS}\n" in lead.get("c/demo/items/").text


def test_the_loop_closes_by_the_demo_s_own_pages(demo, drawn_folder, tmp_path):
    lead, annotator = signed_in(demo, "lead"), signed_in(demo, "annotator")
    slug = SLUG
    prepare_campaign(lead, annotator, slug, archive_of(drawn_folder, tmp_path / "mine.zip"))
    judge_by_form(annotator, slug)
    assert judge_by_api(annotator, slug, ANSWERS) == ANSWERS
    freeze_and_export(lead, slug)
    train(lead, slug)
    page = lead.get(f"c/{slug}/disagreement/")
    assert "No model has scored this campaign yet" not in page.text
    sent = lead.submit(page, page.form("/send-back/", by="surprise"), n="3")
    assert "went back to the annotators" in sent.text, sent.text
    # The annotator has judged them: they are the lead's, who is an annotator here too.
    assert judge_by_api(lead, slug, 1) == 1


def test_every_page_of_the_demo_opens(demo):
    for name, least in (("lead", 15), ("annotator", 4)):
        site = signed_in(demo, name)
        found = links_from(site, "/", "/api/v1/docs/", "/api/v1/schema/", "/c/demo/judge/")
        assert {path: status for path, status in found.items() if status != 200} == {}
        assert len(found) > least, found


def command(demo, demo_python, *arguments):
    """Run a management command beside the running demo; return the JSON it prints."""
    done = subprocess.run(
        [demo_python, "manage.py", *map(str, arguments), "--json"],
        cwd=PROJECT,
        env=environment(demo.home),
        capture_output=True,
        text=True,
        timeout=2 * SLOW,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def test_the_loop_closes_by_the_commands(demo, demo_python, drawn_folder, tmp_path):
    def run(*arguments):
        return command(demo, demo_python, *arguments)

    settings = tmp_path / "tiny.json"
    settings.write_text(json.dumps(TINY))
    assert run("snapshot", "demo", "--out", tmp_path / "frozen")
    trained = run(
        "train_reward", "--snapshot", tmp_path / "frozen", "--out", tmp_path / "model",
        "--config", settings,
    )  # fmt: skip
    assert (tmp_path / "model" / "logs" / "log.jsonl").exists()
    row = json.loads((drawn_folder / "manifest.json").read_text())[0]
    lines = tmp_path / "edits.jsonl"
    lines.write_text(json.dumps(edit_of(drawn_folder, row)) + "\n")
    scored = run(
        "score", "--model", trained["checkpoint"], "--input", lines, "--out", tmp_path / "s"
    )
    assert scored["scored"] == 1
    assert run("train_reward", "demo", "--config", settings)["run"]
    assert run("rescore", "demo")
    assert run("disagreement", "demo", "--top", "2", "--send-back")["send_back"]["sent"]
    assert run("agreement", "demo")
    exported = run("export", "demo", "--format", "chosen-rejected", "--out", tmp_path / "export")
    assert exported["rows"] > 0


def edit_of(folder, row):
    edited = next(iter(row["candidates"].values()))
    path = edited["path"] if isinstance(edited, dict) else edited
    return {
        "source": str(folder / row["source"]),
        "edited": str(folder / path),
        "instruction": row["instruction"],
    }
