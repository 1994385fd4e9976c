"""Nothing that is sent to an annotator tells the generator: every byte of a session is searched.

The pictures come in through the real import, under telling names and with telling metadata; the
session walks the pages, the API, every image and every static file.
"""

import base64
import io
import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import FileSystemFinder
from PIL import Image, PngImagePlugin

from annotation.comparisons.plans import make_rule
from annotation.comparisons.services import build_comparisons
from annotation.items.services.imports import import_folder
from annotation.models import Assignment, Candidate, Comparison, Generator, Item, StoredImage
from tests import factories as make
from tests.annotation.items.imports.makers import painting, write_folder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]

GENERATORS = {"zebrafish-xl": "v7.31q", "okapi_diffuse": "2029-turbo"}
SEEDS = {"zebrafish-xl": "918273645", "okapi_diffuse": "564738291"}
LICENCE, ORIGIN = "Kestrel-Licence-9", "https://quokka.example/archive"


def telling_png(number, generator):
    """Return a PNG whose text chunk and EXIF name the generator, as editors write them."""
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", f"{generator} seed {SEEDS.get(generator)} steps 30")
    info.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta><by>{generator}</by></x:xmpmeta>")
    exif = Image.Exif()
    exif[0x0131] = f"Software {generator}"
    exif[0x010E] = f"shot-{number}-{generator}.png"
    out = io.BytesIO()
    painting(seed=number).save(out, "PNG", pnginfo=info, exif=exif)
    return out.getvalue()


@pytest.fixture
def campaign(tmp_path):
    rows, pictures = [], {}
    for n in range(5):
        source = f"in/tarsier_{n}.png"
        pictures[source] = telling_png(10 * n, "camera-narwhal")
        candidates = []
        for index, (generator, version) in enumerate(GENERATORS.items()):
            path = f"out/{generator}/axolotl_{n}_{SEEDS[generator]}.png"
            pictures[path] = telling_png(10 * n + 1 + index, generator)
            candidates.append(
                {
                    "path": path,
                    "generator": generator,
                    "version": version,
                    "seed": SEEDS[generator],
                    "licence": LICENCE,
                    "origin": ORIGIN,
                }
            )
        rows.append(
            {
                "instruction": f"Paint wall {n} green.",
                "source": {"path": source, "licence": LICENCE, "origin": ORIGIN},
                "candidates": candidates,
                "category": "pangolin-test",
                "known_best": "zebrafish-xl",
            }
        )
    campaign = make.make_campaign(
        overlap=1, held_out_percent=0, lane_plan=["training", "random"] * 25
    )
    batch = import_folder(
        campaign=campaign, path=write_folder(tmp_path / "wombat-set", rows, pictures)
    )
    assert batch.report["counts"]["candidates"]["taken"] == 10
    assert set(Item.objects.values_list("known_best", flat=True)) == {"zebrafish-xl"}
    rule = make_rule(campaign, k=2, strategy="all")
    build_comparisons(campaign=campaign, rule=rule, actor=None)
    for comparison, use in zip(Comparison.objects.all(), ("example", "training"), strict=False):
        make.make_reference(comparison, use=use)
    return campaign


def secrets_of(campaign):
    """Return everything that must not be sent, as bytes by what it is."""
    words = [*GENERATORS, *GENERATORS.values(), *SEEDS.values(), LICENCE, ORIGIN]
    words += ["camera-narwhal", "tarsier", "axolotl", "wombat", "pangolin", "quokka.example"]
    words.append(str(campaign.seed))
    for model in (Item, Candidate):
        words += [str(public_id) for public_id in model.objects.values_list("public_id", flat=True)]
    hidden = {word: word.encode() for word in words}
    for image in StoredImage.objects.all():
        digest = bytes.fromhex(image.sha256)
        hidden[f"hash {image.sha256}"] = image.sha256[:12].encode()
        hidden[f"raw hash {image.sha256}"] = digest
        hidden[f"base64 hash {image.sha256}"] = base64.b64encode(digest)[:16]
        hidden[f"size of {image.sha256}"] = b'"%d"' % image.n_bytes
    return hidden


class Session:
    """A browser that keeps every byte it is sent, headers and all."""

    def __init__(self, client):
        self.client = client
        self.sent = {}

    def __call__(self, method, path, data=None, **how):
        response = getattr(self.client, method)(path, data, **how)
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        cookies = response.cookies.output()
        self.sent[f"{method} {path} {len(self.sent)}"] = (
            headers.encode() + cookies.encode() + response.content
        )
        return response

    def post_json(self, path, data):
        response = self("post", path, json.dumps(data), content_type="application/json")
        assert response.status_code < 300, response.content
        return response.json() if response.content else None


def walk(session, campaign):
    """Do everything an annotator does, and open everything they are given."""
    session("get", "/")
    page = f"/c/{campaign.slug}/judge/"
    html = session("get", page).content.decode()
    form = re.search(r'name="assignment" value="([^"]+)"', html)[1]
    assert session("post", page, {"assignment": form, "action": "submit"}).status_code == 422
    base = "/api/v1"
    work = session.post_json(f"{base}/campaigns/{campaign.slug}/assignments/next/", {"ahead": 3})
    assert len(work["assignments"]) == 3
    for shown in work["assignments"]:
        for picture in (shown["source"], *shown["candidates"]):
            for address in (picture["url"], picture["full_url"]):
                response = session("get", address)
                assert response.status_code == 200
                with Image.open(io.BytesIO(response.content)) as opened:
                    assert not {"exif", "xmp", "icc_profile", "comment"} & set(opened.info)
    first, second, third = (f"{base}/assignments/{a['id']}" for a in work["assignments"])
    session.post_json(f"{first}/heartbeat/", {})
    result = session.post_json(f"{first}/judgment/", make.answer_data() | {"ahead": 1})
    assert result["lesson"]["ranks"]
    examples = set(re.findall(r"/media/r/[^\"]+", html))
    assert len(examples) == 6
    for address in examples:
        assert session("get", address).status_code == 200
    session("get", f"/c/{campaign.slug}/mine/")
    session("get", f"{base}/campaigns/{campaign.slug}/judgments/")
    session.post_json(f"{second}/report/", {"reason": "x"})
    session.post_json(f"{second}/skip/", {"reason": "x"})
    session.post_json(f"{third}/release/", {})
    session("get", page)
    session("get", f"/media/a/{form}/3/fit.webp")
    session("post", f"{base}/assignments/{form}/judgment/", "{", content_type="application/json")
    session("get", f"{base}/schema/")


def static_files():
    """Return every file of the project that a browser may be sent."""
    folders = [Path(folder) for _, folder in FileSystemFinder().locations]
    return {str(p): p.read_bytes() for f in folders for p in f.rglob("*") if p.is_file()}


def test_no_byte_of_an_annotators_session_tells_the_generator(client, campaign):
    assert Generator.objects.filter(campaign=campaign).count() == 2
    client.force_login(make.make_member(campaign))
    session = Session(client)
    walk(session, campaign)
    sent = session.sent | static_files()
    assert len(session.sent) > 25
    result = [
        (where, what)
        for what, needle in secrets_of(campaign).items()
        for where, content in sent.items()
        if needle in content or needle in content.replace(b"\\/", b"/")
    ]
    assert result == []


def test_the_search_itself_finds_what_a_lead_is_sent(client, campaign):
    """The same search over a lead's session must find things, or it would prove nothing."""
    lead = make.make_member(campaign, role="lead")
    client.force_login(lead)
    candidate = Candidate.objects.first()
    session = Session(client)
    session("get", f"/media/c/{campaign.slug}/candidates/{candidate.public_id}/original")
    (sent,) = session.sent.values()
    found = {what for what, needle in secrets_of(campaign).items() if needle in sent}
    assert candidate.generator.name in found
    assert candidate.seed in found


def test_public_ids_and_addresses_do_not_follow_the_import_order(client, campaign):
    ids = list(Item.objects.order_by("pk").values_list("public_id", flat=True))
    assert all(public_id.version == 4 for public_id in ids)
    person = make.make_member(campaign)
    client.force_login(person)
    client.post(
        f"/api/v1/campaigns/{campaign.slug}/assignments/next/",
        {"ahead": 3},
        content_type="application/json",
    )
    for assignment in Assignment.objects.all():
        assert assignment.public_id.version == 4
        shown = client.get(f"/media/a/{assignment.public_id}/0/full.webp").content
        original = Candidate.objects.get(
            pk=assignment.comparison.candidate_ids[assignment.shown_order[0]]
        ).image
        assert len(shown) != original.n_bytes
