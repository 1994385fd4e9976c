"""Manifests of any size are read piece by piece, with a limit to what one import takes."""

import io
import json
import resource
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.errors import ImportRefused
from annotation.items.imports.manifests import csv_rows, json_rows, text_stream
from annotation.items.imports.manifests.json_stream import json_objects
from annotation.items.imports.manifests.text_stream import MAX_ROW_CHARS, decoded, lines_of
from annotation.items.imports.reading import open_container, read_manifests
from annotation.items.imports.report import MAX_PROBLEM_LINES

HEADER = b"instruction,source,candidate,generator\n"


def archive(name, *pieces):
    """Return an open ZIP with one manifest that is written piece by piece."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped, zipped.open(name, "w") as entry:
        for piece in pieces:
            entry.write(piece)
    return open_container(out, name="set.zip")


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("manifest.json", [b"[{}", *[b",{}" * 100_000] * 66, b"]"]),
        ("manifest.jsonl", [b"{}\n" * 100_000] * 66),
        ("manifest.csv", [HEADER, *[b"a,b\n" * 100_000] * 50]),
    ],
)
def test_twenty_megabytes_of_empty_rows_are_refused_in_one_line_and_little_memory(name, pieces):
    container, before = archive(name, *pieces), peak_mib()
    with pytest.raises(ImportRefused, match=f"^{name}: .*200,000"):
        read_manifests(container)
    assert peak_mib() - before < 100


@pytest.mark.parametrize(
    ("name", "pieces", "complaint"),
    [
        ("manifest.json", [b'[{"a": [', b"{}," * 2_000_000], "row 1: longer than 2,621,440"),
        ("manifest.json", [b'[{"a": "', b"x" * 6_000_000], "row 1: longer than 2,621,440"),
        ("manifest.json", [b'{"a": [', b"{}," * 2_000_000], "value of 'a': longer than"),
        ("manifest.json", [b"[" * 6_000_000], "nested too deeply"),
        ("manifest.jsonl", [b'{"a": "', b"x" * 6_000_000], "line 1: longer than 2,621,440"),
        ("manifest.csv", [b"," * 6_000_000], "line 1: longer than 2,621,440"),
        ("manifest.csv", [HEADER, *[b'"\n",' * 1_000] * 2_000], "line 2: longer than"),
    ],
)
def test_one_row_without_end_is_refused_in_little_memory(name, pieces, complaint):
    container, before = archive(name, *pieces), peak_mib()
    with pytest.raises(ImportRefused, match=complaint):
        read_manifests(container)
    assert peak_mib() - before < 250


def test_a_manifest_over_the_limit_of_bytes_is_refused_before_it_is_read():
    with pytest.raises(ImportRefused, match="larger than 1 MiB"):
        read_manifests(archive("manifest.json", b"[" + b" " * 2**20 + b"]"), max_bytes=2**20)


def test_more_candidates_than_an_import_takes_are_refused(monkeypatch):
    monkeypatch.setattr(json_rows, "MAX_ALL_CANDIDATES", 3)
    row = {"instruction": "Go.", "source": "s.png", "candidates": {"a": "a.png", "b": "b.png"}}
    assert len(read_manifests(archive("m.json", json.dumps([row]).encode())).items) == 1
    with pytest.raises(ImportRefused, match="more than 3 candidates"):
        read_manifests(archive("m.json", json.dumps([row, row]).encode()))


@pytest.mark.parametrize("name", ["manifest.jsonl", "manifest.csv"])
def test_as_many_rows_as_are_allowed_are_read(name, monkeypatch):
    for module in (json_rows, csv_rows, text_stream):
        monkeypatch.setattr(module, "MAX_ROWS", 3, raising=False)
    head = HEADER if name.endswith("csv") else b""
    row = (
        b"a,s.png,%d.png,g\n"
        if name.endswith("csv")
        else (b'{"instruction": "%d", "source": "s.png", "target": "t.png"}\n')
    )
    rows = [row % number for number in range(4)]
    assert read_manifests(archive(name, head, *rows[:3])).items
    with pytest.raises(ImportRefused, match="more than 3 rows"):
        read_manifests(archive(name, head, *rows))


def test_refused_rows_beyond_what_a_report_holds_are_counted_only():
    n = MAX_PROBLEM_LINES + 5
    reading = read_manifests(archive("manifest.jsonl", b"{}\n" * n))
    assert (len(reading.lines), reading.lines_left_out) == (MAX_PROBLEM_LINES, 5)
    assert reading.refused_items == n


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def cut(text, sizes):
    """Yield a text in pieces of the sizes, over and over."""
    at = 0
    while at < len(text):
        for size in sizes:
            if text[at : at + size]:
                yield text[at : at + size]
            at += size


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(JSON, max_size=6),
    sizes=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    indent=st.sampled_from([None, 1]),
    wrapped=st.booleans(),
    ascii_only=st.booleans(),
)
def test_values_come_as_they_were_wherever_the_text_is_cut(
    values, sizes, indent, wrapped, ascii_only
):
    document = {"note": [1, {"x": "]"}], "items": values, "end": -1.5e3} if wrapped else values
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    expected = list(enumerate(json.loads(text)["items"] if wrapped else values, start=1))
    assert list(json_objects(cut(text, sizes), "m.json")) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "line 1: not valid JSON"),
        ("[1, 2", "line 1: not valid JSON"),
        ("[1,\n2,\n]", "line 3: not valid JSON"),
        ('[{"a": 1},\n{"a" 2}]', "line 2: not valid JSON"),
        ("[1] 2", "something follows"),
        ("[1 2]", "',' is missing"),
        ('"items"', "not a list"),
        ('{"rows": []}', "not a list"),
        ('{"items": 3}', "not a list"),
        ('{"items": [], "items": []}', "given twice"),
        ("{items: []}", "double quotes"),
        ('[{"a": tru}]', "line 1: not valid JSON"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_a_document_that_is_no_list_says_what_is_wrong_and_where(text, complaint, size):
    with pytest.raises(ImportRefused, match=complaint):
        list(json_objects(cut(text, [size]), "m.json"))


def test_a_mistake_near_the_start_is_named_without_reading_on():
    def texts():
        yield '[{"a": 1,}, ' + " " * 100
        raise AssertionError

    with pytest.raises(ImportRefused, match=r"line 1: .*JSON"):
        list(json_objects(texts(), "m.json"))


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(st.sampled_from("ab,\r\n\u00e4\U0001f600")),
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=3),
)
def test_lines_are_those_of_the_whole_file_wherever_it_is_cut(text, sizes):
    pieces = list(cut(text.encode(), sizes))
    for newline in ("", "\n"):
        lines = list(lines_of(decoded(iter(pieces), "m"), "m", newline=newline))
        assert lines == list(io.StringIO(text, newline=newline))


def test_a_byte_order_mark_and_a_character_cut_in_two_are_understood():
    data = '\ufeff["ä"]'.encode()
    pieces = [data[i : i + 1] for i in range(len(data))]
    assert "".join(decoded(pieces, "m")) == '["ä"]'
    with pytest.raises(ImportRefused, match=r"line 2: not UTF-8 \(byte 0xc3\)"):
        list(decoded([b"a\nb", b"\xc3", b"x"], "m"))
    with pytest.raises(ImportRefused, match="UTF-16"):
        list(decoded([b"\xff\xfea\x00"], "m"))


def test_a_row_as_long_as_allowed_is_read():
    value = "x" * (MAX_ROW_CHARS - 2)
    assert list(json_objects([json.dumps([value])], "m")) == [(1, value)]
