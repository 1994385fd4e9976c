"""Whatever the bytes are, the answer is a picture, rows, or one of our own refusals."""

import io
import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from annotation.errors import ImportRefused, PictureRefused
from annotation.items.imaging.derivatives import fit_view, full_view
from annotation.items.imaging.pictures import open_picture
from annotation.items.imports.files.archive import Archive
from annotation.items.imports.files.containers import Folder
from annotation.items.imports.reading import read_manifests
from annotation.items.imports.rows import RowRefused
from annotation.items.services.imports import import_folder
from annotation.models import Candidate, ImportBatch, Item
from tests.annotation.items.imports import makers
from tests.factories import make_campaign

PICTURES = [
    makers.png(icc_profile=makers.icc_profile(makers.DISPLAY_P3)),
    makers.saved(makers.painting(), "JPEG", icc_profile=makers.icc_profile(makers.SRGB)),
    makers.saved(makers.painting(), "WEBP", lossless=True),
    makers.saved(makers.painting(), "GIF"),
    makers.saved(makers.painting().convert("CMYK"), "JPEG"),
    makers.saved(makers.painting().convert("P"), "PNG", transparency=3),
    makers.animation("WEBP"),
]
ZIPPED = io.BytesIO()
makers.write_zip(ZIPPED, {"manifest.json": json.dumps(makers.two_items()[0]), "s0.png": b"x" * 90})
slow = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


@st.composite
def mutated(draw, originals):
    """Change, cut, repeat or insert a few bytes of one of the originals."""
    data = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        what = draw(st.sampled_from(["set", "cut", "insert", "repeat", "zero"]))
        if what == "set" and data:
            data[at] = draw(st.integers(0, 255))
        elif what == "cut":
            del data[at : at + draw(st.integers(1, 200))]
        elif what == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=12))
        elif what == "repeat":
            data[at:at] = data[at : at + 40]
        elif what == "zero":
            data[at : at + 4] = bytes(4)
    return bytes(data)


@slow
@given(mutated(PICTURES))
def test_mutated_pictures_are_decoded_or_refused(data):
    try:
        picture = open_picture(data, name="x.png")
    except PictureRefused:
        return
    for view in (fit_view(picture.pixels), full_view(picture.pixels)):
        assert view.data[:4] == b"RIFF"


MANIFESTS = {
    "manifest.json": json.dumps(makers.two_items()[0]).encode(),
    "manifest.jsonl": b"\n".join(json.dumps(row).encode() for row in makers.two_items()[0]),
    "manifest.csv": b"instruction,source,candidate,generator,seed\nAdd.,s0.png,a0.png,g,1\n",
}


@pytest.mark.parametrize("name", MANIFESTS)
@slow
@given(data=st.data())
def test_mutated_manifests_are_read_or_refused(tmp_path, name, data):
    content = data.draw(mutated([MANIFESTS[name], b"\xef\xbb\xbf" + MANIFESTS[name]]))
    (tmp_path / name).write_bytes(content)
    try:
        reading = read_manifests(Folder(tmp_path, only=name))
    except ImportRefused:
        return
    assert reading.items or reading.lines


@slow
@given(mutated([ZIPPED.getvalue()]))
def test_mutated_archives_are_read_or_refused(data):
    try:
        container = Archive(io.BytesIO(data), "set.zip")
    except ImportRefused:
        return
    try:
        read_manifests(container)
        container.read("s0.png", 1_000)
    except (ImportRefused, RowRefused):
        pass
    finally:
        container.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
NAME = st.sampled_from(["g", "h"])
PATH = st.sampled_from(["s0.png", "a0.png", "b0.png", "empty.png", "none.png", "../s0.png"])
CANDIDATE = st.fixed_dictionaries(
    {},
    optional={"path": PATH | JSON, "generator": st.sampled_from(["g", "h"]) | JSON, "seed": JSON},
)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "instruction": st.sampled_from(["Add.", "Remove."]) | JSON,
        "source": PATH | JSON,
        "candidates": st.dictionaries(NAME, PATH | CANDIDATE)
        | st.lists(CANDIDATE, max_size=3)
        | JSON,
        "target": PATH | JSON,
        "licence": JSON,
        "category": JSON,
        "known_best": JSON,
    },
)


@pytest.mark.django_db
@pytest.mark.usefixtures("media_root")
@settings(slow, max_examples=60)
@example(rows=[{"instruction": "a\x00", "source": "\ud800", "candidates": {"\x00\ud800": "a"}}])
@example(rows=[{"\x00": "a", "\ud800": "b"}])
@given(rows=st.lists(ROW | JSON, max_size=5))
def test_any_rows_leave_whole_items_and_a_storable_report(tmp_path, rows):
    pictures = {"s0.png": makers.png(1), "a0.png": makers.png(2), "b0.png": makers.png(3)}
    folder = makers.write_folder(tmp_path / "set", json.dumps(rows), pictures | {"empty.png": b""})
    campaign = make_campaign(rubric=False)
    try:
        batch = import_folder(campaign=campaign, path=folder)
    except ImportRefused:
        assert not ImportBatch.objects.filter(campaign=campaign).exists()
        return
    taken = batch.report["counts"]["items"]["taken"]
    assert Item.objects.filter(campaign=campaign).count() == taken
    assert not Item.objects.filter(campaign=campaign, candidates__isnull=True).exists()
    found = Candidate.objects.filter(item__campaign=campaign).count()
    assert found == batch.report["counts"]["candidates"]["taken"]
