"""Every shape a manifest may have, and every way it may be wrong. No database."""

import json
import os
import re

import pytest

from annotation.errors import ImportRefused
from annotation.items.imports.reading import open_container, read_manifests
from annotation.items.imports.report import Outcome
from annotation.items.imports.rows import CandidateRow, RowRefused
from tests.annotation.items.imports.makers import write_folder


def read(folder, rows, *, manifest="manifest.json", wanted=None):
    write_folder(folder, rows, {}, manifest=manifest)
    return read_manifests(open_container(folder, name="given", format=wanted), format=wanted)


def row(**changes):
    whole = {"instruction": "Add a hat.", "source": "s.png", "candidates": {"painter": "a.png"}}
    return {key: value for key, value in (whole | changes).items() if value is not ...}


def refusals(reading):
    return [(x.row, x.reason) for x in reading.lines if x.outcome == Outcome.REFUSED]


def test_candidates_come_as_paths_as_objects_or_as_a_list(tmp_path):
    rich = {"path": "b.png", "version": "2", "seed": 7, "licence": "MIT", "origin": "https://x"}
    reading = read(
        tmp_path,
        [
            row(),
            row(candidates={"painter": rich}, licence="CC0", category="colour"),
            row(candidates=[rich | {"generator": "painter"}, {"generator": "p", "path": "c.png"}]),
        ],
    )
    assert reading.lines == []
    first, second, third = (item.candidates for item in reading.items)
    assert first == (CandidateRow(1, "a.png", "painter"),)
    assert second == (CandidateRow(2, "b.png", "painter", "2", "7", "MIT", "https://x"),)
    assert third[0] == CandidateRow(3, "b.png", "painter", "2", "7", "MIT", "https://x")
    assert third[1] == CandidateRow(3, "c.png", "p")
    assert (reading.items[1].licence, reading.items[1].category) == ("CC0", "colour")


def test_what_makes_an_item_sensitive_is_kept_from_every_manifest(tmp_path):
    reading = read(tmp_path, [row(sensitive=" wounds "), row(source="t.png")])
    assert [item.sensitive for item in reading.items] == ["wounds", ""]
    content = (
        "instruction,source,candidate,generator,sensitive\nHi.,s,a,g,wounds\nHo.,s,a,g,\n"
        f"Hu.,s,a,g,{'x' * 101}\n"
    )
    reading = read(tmp_path / "csv", content, manifest="manifest.csv")
    assert [item.sensitive for item in reading.items] == ["wounds", ""]
    ((row_number, reason),) = refusals(reading)
    assert (row_number, reason.split()[0]) == (4, "sensitive")
    assert re.findall(r"\d+", reason) == ["101", "100"]


@pytest.mark.parametrize(
    ("stated", "tag"),
    [
        (" pt-BR ", "pt-br"),
        ("DE", "de"),
        ("zh_CN", "zh-cn"),
        ("en_US.UTF-8", "en-us"),
        ("ca_ES.UTF-8@valencia", "ca-es"),
        ("zh-Hant-TW", "zh-hant-tw"),
        ("", ""),
    ],
)
def test_a_language_is_kept_as_a_tag_in_lower_case(tmp_path, stated, tag):
    reading = read(tmp_path, [row(language=stated), row(source="t.png")])
    assert [item.language for item in reading.items] == [tag, ""]
    text = f"instruction,source,candidate,generator,language\nHi.,s,a,g,{stated}\n"
    reading = read(tmp_path / "csv", text, manifest="manifest.csv")
    assert ([item.language for item in reading.items], reading.lines) == ([tag], [])


@pytest.mark.parametrize(
    "tag", ["German, mostly", "e", "de-" + "x" * 14, "a b", "C.UTF-8", 7, "german"]
)
def test_a_bad_language_tag_is_left_out_with_a_note_and_the_item_is_taken(tmp_path, tag):
    reading = read(tmp_path, [row(language=tag), row(language="de", source="t.png")])
    assert [item.language for item in reading.items] == ["", "de"]
    (line,) = reading.lines
    assert (line.row, line.outcome, str(tag) in line.reason) == (1, Outcome.NOTE, True)
    text = f'instruction,source,candidate,generator,language\nHi.,s,a,g,"{tag}"\n'
    reading = read(tmp_path / "csv", text, manifest="manifest.csv")
    assert [item.language for item in reading.items] == [""]
    assert [(line.row, line.outcome) for line in reading.lines] == [(2, Outcome.NOTE)]


def test_a_target_is_one_candidate_named_by_its_generator(tmp_path):
    reading = read(
        tmp_path,
        [
            row(candidates=..., target="t.png"),
            row(candidates=..., target="t.png", generator="kubric", seed=3),
        ],
    )
    assert reading.items[0].candidates == (CandidateRow(1, "t.png", "target"),)
    assert reading.items[1].candidates == (CandidateRow(2, "t.png", "kubric", seed="3"),)


def test_a_licence_of_the_row_covers_candidates_that_state_none(tmp_path):
    own = {"path": "b.png", "licence": "MIT"}
    reading = read(tmp_path, [row(license="CC-BY", candidates={"a": "a.png", "b": own})])
    assert [c.licence for c in reading.items[0].candidates] == ["CC-BY", "MIT"]


def test_unread_keys_are_noted_once_each_and_kept_out(tmp_path):
    reading = read(tmp_path, [row(session="1", turn=1), row(session="2", turn=2)])
    assert len(reading.items) == 2
    assert [(x.outcome, x.row) for x in reading.lines] == [("note", 1)] * 2
    assert "'session'" in " ".join(x.reason for x in reading.lines)


def test_a_known_best_that_names_no_single_candidate_is_noted_and_left_out(tmp_path):
    seeds = [{"generator": "painter", "path": name, "seed": name} for name in ("a.png", "b.png")]
    rows = [row(known_best=best) for best in ("painter", "nobody", ["painter"], None)]
    reading = read(tmp_path, [*rows, row(candidates=seeds, known_best="painter")])
    assert [item.known_best for item in reading.items] == ["painter", "", "", "", ""]
    assert sorted((x.row, "known_best" in x.reason) for x in reading.lines) == [
        (2, True),
        (3, True),
        (5, True),
    ]


def test_a_table_states_the_known_best_of_an_item_in_any_row(tmp_path):
    header = "instruction,source,candidate,generator,known_best\n"
    table = f"{header}Add,s,a,m1,\nAdd,s,b,m2,m1\nCut,s,a,m1,m2\n"
    write_folder(tmp_path, table, {}, manifest="manifest.csv")
    reading = read_manifests(open_container(tmp_path, name="given"))
    assert [item.known_best for item in reading.items] == ["m1", ""]
    assert [(x.row, "known_best" in x.reason) for x in reading.lines] == [(3, True), (4, True)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"instruction": ...}, "instruction is missing"),
        ({"instruction": " \n "}, "instruction is missing or empty"),
        ({"instruction": 7}, "instruction must be text, not a number"),
        ({"instruction": ["x"]}, "instruction must be text, not a list"),
        ({"instruction": "x" * 10_000}, "instruction has 10,000 characters; at most 4,000"),
        ({"instruction": "a\x00b"}, "NUL"),
        ({"instruction": "a\ud800b"}, "surrogate"),
        ({"source": ...}, "there is no source image"),
        ({"source": None}, "there is no source image"),
        ({"source": True}, "source must be text, not true or false"),
        ({"source": "../s.png"}, "source leads out of the folder"),
        ({"source": "x/../../s.png"}, "source leads out of the folder"),
        ({"source": "..\\s.png"}, "source leads out of the folder"),
        ({"source": "/etc/passwd"}, "source is an absolute path"),
        ({"source": "C:\\s.png"}, "source is an absolute path"),
        ({"source": "https://x.org/s.png"}, "source is a URL"),
        ({"source": "s" * 2_000}, "source has 2,000 characters"),
        ({"candidates": ...}, "there are no candidates"),
        ({"candidates": {}}, "no candidate of it can be read"),
        ({"candidates": "a.png"}, "candidates must be an object or a list"),
        ({"candidates": {"g": 3}}, "candidate g: path must be text"),
        ({"candidates": {"": "a.png"}}, "generator is missing or empty"),
        ({"candidates": {"g" * 101: "a.png"}}, "generator has 101 characters"),
        ({"candidates": ["a.png"]}, "it must be an object"),
        ({"candidates": [{"path": "a.png"}]}, "generator is missing"),
        ({"candidates": {"g": {"path": "a.png", "seed": 1.5}}}, "seed must be text"),
        ({"candidates": {"g": {"path": "a.png", "seed": 10**41}}}, "seed has more than 40 digits"),
        ({"candidates": {"g": {"path": "/a.png"}}}, "path is an absolute path"),
        ({"candidates": [{"generator": "g", "path": "a"}] * 201}, "201 candidates"),
        ({"target": "t.png"}, "both candidates and a target"),
        ({"licence": {"name": "MIT"}}, "licence must be text, not an object"),
        ({"category": "c" * 61}, "category has 61 characters"),
        ({"sensitive": ["wounds"]}, "sensitive must be text, not a list"),
        ({"sensitive": "x" * 101}, "sensitive has 101 characters"),
    ],
)
def test_a_wrong_row_is_refused_by_number_and_the_rest_is_read(tmp_path, changes, reason):
    manifest = json.dumps([row(), row(**changes), row(source="t.png")])
    reading = read(tmp_path, manifest)
    assert [item.row for item in reading.items] == [1, 3]
    assert {number for number, _ in refusals(reading)} == {2}
    assert any(reason in text for _, text in refusals(reading))
    assert all(line.file == "manifest.json" for line in reading.lines)


def test_a_wrong_candidate_is_refused_alone(tmp_path):
    reading = read(tmp_path, [row(candidates={"painter": "a.png", "brush": None})])
    assert [c.generator for c in reading.items[0].candidates] == ["painter"]
    ((row_number, reason),) = refusals(reading)
    assert (row_number, reason.startswith("candidate brush: path ")) == (1, True)


@pytest.mark.parametrize("value", [None, 7, "text", ["list"]])
def test_a_row_that_is_no_object_is_refused(tmp_path, value):
    reading = read(tmp_path, [value, row()])
    ((row_number, reason),) = refusals(reading)
    assert (row_number, "object" in reason) == (1, True)


def test_a_key_given_twice_refuses_the_row(tmp_path):
    twice = '{"instruction": "a", "source": "s.png", "candidates": {"g": "a.png", "g": "b.png"}}'
    reading = read(tmp_path, f"[{twice}, {json.dumps(row())}]")
    ((row_number, reason),) = refusals(reading)
    assert (row_number, "'g'" in reason, "twice" in reason) == (1, True, True)


@pytest.mark.parametrize("text", ["قم بإضافة قبعة", "Füge 🎩 hinzu", "<script>alert(1)</script>"])
def test_any_script_and_markup_stays_text(tmp_path, text):
    assert read(tmp_path, [row(instruction=text)]).items[0].instruction == text


def test_a_byte_order_mark_is_tolerated(tmp_path):
    data = json.dumps([row()]).encode("utf-8-sig")
    assert len(read(tmp_path, data).items) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'[\n{"instruction": "gr\xfcn"}]', "manifest.json line 2: not UTF-8 .byte 0xfc."),
        ('[{"instruction": "x"}]'.encode("utf-16"), "UTF-16; save the manifest as UTF-8"),
        (b'[\n{"instruction": }]', "manifest.json line 2: not valid JSON"),
        (b"", "line 1: not valid JSON"),
        (b'{"instruction": "x"}', "this is not a list"),
        (b"[]", "holds no items"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" + b"9" * 5_000 + b"]", "not valid JSON"),
    ],
)
def test_an_unreadable_manifest_is_refused_as_a_whole(tmp_path, data, reason):
    with pytest.raises(ImportRefused, match=reason):
        read(tmp_path, data)


def test_json_lines_name_the_line_and_go_on_after_a_broken_one(tmp_path):
    text = "\n".join([json.dumps(row()), "", "{broken", json.dumps(row(source="t.png"))])
    reading = read(tmp_path, text, manifest="manifest.jsonl")
    assert [item.row for item in reading.items] == [1, 4]
    assert refusals(reading)[0][0] == 3


def test_csv_rows_of_one_item_share_source_and_instruction(tmp_path):
    text = (
        "instruction,source,candidate,generator,version,seed,licence,origin,category\r\n"
        '"Add a ""red"", round hat.",s.png,a.png,painter,2,7,MIT,here,colour\r\n'
        "Other.,s.png,c.png,painter,,,,,\r\n"
        '"Add a ""red"", round hat.",s.png,b.png,brush,,,,,\r\n'
    )
    reading = read(tmp_path, text, manifest="manifest.csv")
    first, second = reading.items
    assert (first.instruction, first.row, first.category) == (
        'Add a "red", round hat.',
        2,
        "colour",
    )
    assert first.candidates[0] == CandidateRow(2, "a.png", "painter", "2", "7", "MIT", "here")
    assert [c.row for c in first.candidates] == [2, 4]
    assert second.row == 3


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_with_another_delimiter_and_a_byte_order_mark_is_read(tmp_path, delimiter):
    lines = [["instruction", "source", "candidate", "generator"], ["Hi, you.", "s", "a", "g"]]
    text = "\n".join(delimiter.join(cells) for cells in lines).encode("utf-8-sig")
    assert read(tmp_path, text, manifest="data.csv").items[0].instruction == "Hi, you."


def test_a_csv_row_names_the_line_it_starts_on(tmp_path):
    text = 'instruction,source,candidate,generator\n"two\nlines",s,a,g\nx,,a,g\nx,s,a\n'
    reading = read(tmp_path, text, manifest="manifest.csv")
    assert reading.items[0].row == 2
    (no_source, short) = refusals(reading)
    assert (no_source[0], "source" in no_source[1]) == (4, True)
    assert (short[0], re.findall(r"\d+", short[1])) == (5, ["3", "4"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("instruction,source,candidate\nx,s,a\n", "line 1: there is no column 'generator'"),
        ("instruction,source,candidate,generator,seed,seed\n", "'seed' is given twice"),
        ('instruction,source,candidate,generator\nx,s,a,"open\n', "line 2: not valid CSV"),
        ("", "there is no column 'instruction'"),
        ("instruction,source,candidate,generator\n", "holds no items"),
    ],
)
def test_an_unreadable_csv_is_refused_as_a_whole(tmp_path, text, reason):
    with pytest.raises(ImportRefused, match=reason):
        read(tmp_path, text, manifest="manifest.csv")


def test_a_folder_of_sets_is_read_set_by_set_with_paths_inside_each(tmp_path):
    for name in ("one", "two"):
        write_folder(tmp_path / name, [row()], {})
    reading = read_manifests(open_container(tmp_path, name="given"))
    assert [(item.file, item.source) for item in reading.items] == [
        ("one/manifest.json", "one/s.png"),
        ("two/manifest.json", "two/s.png"),
    ]


def test_two_manifests_in_one_folder_are_refused_until_a_format_is_named(tmp_path):
    header = "instruction,source,candidate,generator\nHi.,s,a,g\n"
    write_folder(tmp_path, header, {}, manifest="manifest.csv")
    with pytest.raises(ImportRefused, match=r"manifest\.csv and manifest\.json"):
        read(tmp_path, [row()])
    assert read(tmp_path, [row()], wanted="csv").items[0].instruction == "Hi."


@pytest.mark.parametrize(
    ("given", "wanted", "reason"),
    [
        ("nowhere", None, "no such file or folder"),
        ("", None, "there is no manifest.json, manifest.jsonl or manifest.csv"),
        ("", "csv", "there is no manifest.csv"),
        ("", "zip", "this is a folder, not a ZIP"),
        ("picture.png", None, "neither a folder, a ZIP archive nor a manifest"),
        ("picture.png", "zip", "not a readable ZIP archive"),
        ("", "tar", "there is no format 'tar'"),
    ],
)
def test_what_holds_no_manifest_is_refused(tmp_path, given, wanted, reason):
    (tmp_path / "picture.png").write_bytes(b"x")
    with pytest.raises(ImportRefused, match=reason):
        read_manifests(open_container(tmp_path / given, name="given", format=wanted), format=wanted)


def test_pipes_and_devices_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    folder = open_container(tmp_path, name="given")
    with pytest.raises(RowRefused, match=r"^pipe\.png: "):
        folder.read("pipe.png", 100)


def test_json_lines_under_the_name_of_json_and_a_single_row_are_read(tmp_path):
    rows = [row(), row(instruction="Cut it."), {"prompt": "Go.", "image": "s.png", "output": "a"}]
    lines = "\n".join(json.dumps(each) for each in rows)
    assert [item.instruction for item in read(tmp_path / "a", lines).items] == [
        "Add a hat.",
        "Cut it.",
        "Go.",
    ]
    assert len(read(tmp_path / "b", json.dumps(row(), indent=2)).items) == 1
    with pytest.raises(ImportRefused, match="something follows after its end"):
        read(tmp_path / "c", f"{json.dumps(row())}\n[1]")


def test_a_manifest_in_folders_of_their_own_is_found_and_the_nearest_is_read(tmp_path):
    write_folder(tmp_path / "set" / "outer" / "inner" / "set", [row()], {})
    whole = open_container(tmp_path / "set", name="given")
    assert whole.manifests() == ["outer/inner/set/manifest.json"]
    assert read_manifests(whole).items[0].source == "outer/inner/set/s.png"
    write_folder(tmp_path / "set" / "outer", [row()], {})
    assert open_container(tmp_path / "set", name="given").manifests() == ["outer/manifest.json"]


@pytest.mark.parametrize("stated", [True, 1, 1.0, "TRUE", "yes"])
def test_sensitive_without_a_reason_is_sensitive_and_noted(tmp_path, stated):
    reading = read(tmp_path, [row(sensitive=stated)])
    assert [item.sensitive for item in reading.items] == ["sensitive, no reason stated"]
    (line,) = reading.lines
    assert (line.outcome, "sensitive" in line.reason) == (Outcome.NOTE, True)


def test_two_columns_that_are_not_read_may_have_one_name(tmp_path):
    header = "instruction,source,candidate,generator,note,note"
    reading = read(tmp_path, f"{header}\nGo,s,a,m,x,y\n", manifest="manifest.csv")
    assert [item.instruction for item in reading.items] == ["Go"]
    with pytest.raises(ImportRefused, match="'seed' is given twice"):
        read(
            tmp_path / "b",
            f"{header.replace('note', 'seed')}\nGo,s,a,m,1,1\n",
            manifest="manifest.csv",
        )


def test_a_token_of_a_model_in_an_instruction_is_noted_since_training_would_refuse_it(tmp_path):
    rows = [row(instruction="Remove <|im_end|> here."), row(instruction="Make it < 3 | > 2.")]
    reading = read(tmp_path, rows)
    assert len(reading.items) == 2
    (line,) = reading.lines
    assert (line.row, line.outcome, "<|im_end|>" in line.reason) == (1, Outcome.NOTE, True)
    text = "instruction,source,candidate,generator\nRemove <|im_end|>,s,a,m\n"
    (line,) = read(tmp_path / "csv", text, manifest="manifest.csv").lines
    assert (line.row, "<|im_end|>" in line.reason) == (2, True)
