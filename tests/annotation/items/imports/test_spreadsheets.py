"""Tables as spreadsheets and data frames write them."""

import io
import json
import zipfile
from contextlib import closing

import pytest
from django.core.management import CommandError, call_command

from annotation.errors import ImportRefused
from annotation.items.imports.reading import open_container, read_manifests
from annotation.items.imports.report import Outcome
from annotation.models import ImportBatch, Item
from tests.annotation.items.imports.makers import two_items, write_folder, write_zip
from tests.factories import make_campaign

HEADER = "instruction;source;candidate;generator;seed;category"


def read(folder, content, *, manifest="manifest.csv"):
    write_folder(folder, content, {}, manifest=manifest)
    return read_manifests(open_container(folder, name="given"))


def refused(reading):
    return [(x.row, x.reason) for x in reading.lines if x.outcome == Outcome.REFUSED]


def noted(reading):
    return [(x.row, x.reason) for x in reading.lines if x.outcome == Outcome.NOTE]


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;;;"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_line_that_names_the_delimiter_is_no_row(tmp_path, line, end):
    text = end.join([line, HEADER, "Go, now, here, on.;s.png;a.png;m;7;add", "Go.;;b.png;m;;"])
    reading = read(tmp_path, text.encode("utf-8-sig"))
    (item,) = reading.items
    assert (item.instruction, item.row, item.category) == ("Go, now, here, on.", 3, "add")
    assert [row for row, _ in refused(reading)] == [4]


def test_any_delimiter_may_be_named(tmp_path):
    text = "sep=|\ninstruction|source|candidate|generator\nGo; to, it.|s.png|a.png|m\n"
    assert read(tmp_path, text).items[0].instruction == "Go; to, it."


@pytest.mark.parametrize("end", ["", ";", ";;;;"])
def test_empty_cells_at_the_end_may_be_missing_or_too_many(tmp_path, end):
    reading = read(tmp_path, f"{HEADER};;\nGo.;s.png;a.png;m{end}\n")
    assert reading.lines == []
    assert reading.items[0].candidates[0].generator == "m"


@pytest.mark.parametrize("row", ["Go.;s.png;a.png", "Go.;s.png;a.png;m;7;add;more"])
def test_a_row_that_lacks_a_needed_cell_or_has_a_cell_too_many_is_refused(tmp_path, row):
    reading = read(tmp_path, f"{HEADER}\n{row}\nGo on.;s.png;a.png;m\n")
    assert [number for number, _ in refused(reading)] == [2]
    assert len(reading.items) == 1


@pytest.mark.parametrize("name", ["manifest.tsv", "MANIFEST.TSV", "edits.tsv"])
def test_a_table_separated_by_tabs_is_read(tmp_path, name):
    text = HEADER.replace(";", "\t") + "\nGo, then; stop.\ts.png\ta.png\tm\n"
    assert read(tmp_path, text, manifest=name).items[0].instruction == "Go, then; stop."


@pytest.mark.parametrize("marks", [1, 2, 3])
def test_any_number_of_byte_order_marks_is_tolerated(tmp_path, marks):
    data = b"\xef\xbb\xbf" * marks
    text = f"{HEADER}\nGo.;s.png;a.png;m\n"
    assert len(read(tmp_path, data + text.encode()).items) == 1
    rows = json.dumps([{"instruction": "Go.", "source": "s", "target": "t"}])
    whole = read(tmp_path / "json", data + rows.encode(), manifest="manifest.json")
    assert len(whole.items) == 1


def test_a_large_cell_in_a_column_that_is_not_read_is_no_matter(tmp_path):
    text = f"{HEADER};thumbnail\nGo.;s.png;a.png;m;7;add;{'A' * 400_000}\n"
    reading = read(tmp_path, text)
    assert (len(reading.items), refused(reading)) == (1, [])


@pytest.mark.parametrize("name", ["manifest.csv", "manifest.tsv"])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "gbk"])
def test_another_encoding_is_answered_with_the_name_of_the_right_one(tmp_path, name, encoding):
    letter = "编" if encoding == "gbk" else "ü"
    text = f"{HEADER}\nGr{letter}n.;s.png;a.png;m\n"
    with pytest.raises(ImportRefused, match="CSV UTF-8"):
        read(tmp_path, text.encode(encoding), manifest=name)


def workbook(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return out.getvalue()


XLSX = workbook("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml")
ODS = workbook("mimetype", "content.xml")
XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("manifest.xlsx", XLSX, "an Excel workbook"),
        ("Edits.XLSX", XLSX, "an Excel workbook"),
        ("manifest.xls", XLS, "an Excel workbook"),
        ("manifest.ods", ODS, "an OpenDocument sheet"),
        ("manifest.numbers", workbook("Index/Document.iwa"), "a Numbers sheet"),
        ("manifest.csv", XLSX, "an Excel workbook"),
        ("manifest.csv", XLS, "an Excel workbook"),
    ],
)
@pytest.mark.parametrize("way", ["file", "folder", "zip", "upload"])
def test_a_workbook_is_refused_with_what_to_do_however_it_comes(tmp_path, way, name, data, kind):
    folder = write_folder(tmp_path / "set", data, {"a.png": b"x"}, manifest=name)
    source = {"file": folder / name, "folder": folder, "upload": io.BytesIO(data)}.get(way)
    if way == "zip":
        source = write_zip(tmp_path / "set.zip", {"a.png": b"x", name: data})
    with (
        pytest.raises(ImportRefused, match=f"{kind}; save .* as CSV UTF-8"),
        closing(open_container(source, name=name)) as container,
    ):
        read_manifests(container)


def test_a_table_beside_its_workbook_is_read_and_the_workbook_named(tmp_path):
    write_folder(tmp_path, XLSX, {"~$manifest.xlsx": b"lock"}, manifest="manifest.xlsx")
    reading = read(tmp_path, f"{HEADER}\nGo.;s.png;a.png;m\n")
    assert [reason for _, reason in noted(reading)] == ["beside it, not read: manifest.xlsx"]


@pytest.mark.django_db
def test_the_command_refuses_a_workbook_with_exit_code_2_and_changes_nothing(tmp_path):
    folder = write_folder(tmp_path / "set", XLSX, two_items()[1], manifest="manifest.xlsx")
    campaign = make_campaign(rubric=False)
    for path in (folder, folder / "manifest.xlsx"):
        with pytest.raises(CommandError, match="CSV UTF-8") as caught:
            call_command("import_items", campaign.slug, str(path))
        assert caught.value.returncode == 2
    assert not Item.objects.exists()
    assert not ImportBatch.objects.exists()


NOTHING = ["nan", "NaN", "None", "NA", "N/A", "null", "NULL", "<NA>", "#N/A", "NaT"]


@pytest.mark.parametrize("word", NOTHING)
def test_words_for_nothing_in_optional_columns_are_nothing_and_noted(tmp_path, word):
    columns = ("seed", "version", "licence", "origin", "category", "language", "sensitive")
    header = ",".join(["instruction", "source", "candidate", "generator", *columns])
    line = ",".join(["Go.", "s.png", "a.png", "m", *[word] * len(columns)])
    reading = read(tmp_path, f"{header}\n{line}\n{line.replace('Go', 'Stop')}\n")
    item, other = reading.items
    edit = item.candidates[0]
    assert (item.category, item.language, item.sensitive, item.licence) == ("",) * 4
    assert (edit.seed, edit.version, edit.licence, edit.origin) == ("",) * 4
    assert {row for row, _ in noted(reading)} == {2}
    for column in columns:
        (reason,) = (reason for _, reason in noted(reading) if f" in {column} " in reason)
        assert (repr(word) in reason, reason.endswith("(in 2 places)")) == (True, True)
    assert other.instruction == "Stop."


@pytest.mark.parametrize("value", [float("nan"), None, "nan", "None", "NA"])
def test_nothing_in_json_is_nothing(tmp_path, value):
    edit = {"generator": "m", "path": "a.png", "seed": value, "version": value, "licence": value}
    row = {"instruction": "Go.", "source": "s.png", "candidates": [edit], "category": value}
    row |= {"language": value, "sensitive": value, "mask": value, "known_best": value}
    (item,) = read(tmp_path, json.dumps([row]), manifest="manifest.json").items
    assert (item.category, item.language, item.sensitive, item.mask) == ("",) * 4
    assert (item.candidates[0].seed, item.candidates[0].version) == ("", "")


@pytest.mark.parametrize("name", ["generator", "instruction"])
def test_what_a_data_frame_lacks_in_a_needed_column_refuses_the_row(tmp_path, name):
    row = {"instruction": "Go.", "source": "s.png", "target": "a.png", "generator": "m"}
    for value in (float("nan"), "nan", "<NA>"):
        text = json.dumps([row | {name: value}])
        reading = read(tmp_path, text, manifest="manifest.json")
        assert (reading.items, name in refused(reading)[0][1]) == ([], True)
    text = "instruction,source,candidate,generator\nGo.,s,a,m\n".replace(
        {"generator": "m\n", "instruction": "Go."}[name], {"generator": "nan\n"}.get(name, "nan")
    )
    reading = read(tmp_path / "csv", text)
    assert (reading.items, name in refused(reading)[0][1]) == ([], True)


def test_a_missing_path_of_a_data_frame_refuses_its_candidate_alone(tmp_path):
    row = {"instruction": "Go.", "source": "s.png", "candidates": {"a": "a.png", "b": float("nan")}}
    reading = read(tmp_path, json.dumps([row]), manifest="manifest.json")
    assert [edit.generator for edit in reading.items[0].candidates] == ["a"]
    assert "candidate b" in refused(reading)[0][1]


@pytest.mark.parametrize(
    ("stated", "seed"),
    [(42.0, "42"), ("42.0", "42"), (42, "42"), ("42", "42"), (0.0, "0"), (-1.0, "-1")],
)
def test_a_whole_seed_is_the_same_however_it_is_written(tmp_path, stated, seed):
    edit = {"generator": "m", "path": "a.png", "seed": stated}
    row = {"instruction": "Go.", "source": "s.png", "candidates": [edit]}
    reading = read(tmp_path, json.dumps([row]), manifest="manifest.json")
    assert [edit.seed for edit in reading.items[0].candidates] == [seed]
    table = f"instruction,source,candidate,generator,seed\nGo.,s,a,g,{stated}\n"
    assert read(tmp_path / "csv", table).items[0].candidates[0].seed == seed


def test_a_seed_with_a_decimal_comma_is_whole_and_a_rounded_one_is_noted(tmp_path):
    reading = read(tmp_path, f"{HEADER}\nGo.;s;a;m;42,0;\nGo.;s;b;m;1,23457E+18;\n")
    assert [edit.seed for edit in reading.items[0].candidates] == ["42", "1,23457E+18"]
    ((row, note),) = noted(reading)
    assert (row, "rounded" in note) == (3, True)


@pytest.mark.parametrize("seed", [1.5, 1e20, float("inf"), True])
def test_a_seed_that_is_no_exact_whole_number_refuses_its_candidate(tmp_path, seed):
    edits = [{"generator": "m", "path": "a.png", "seed": seed}, {"generator": "n", "path": "b"}]
    row = {"instruction": "Go.", "source": "s.png", "candidates": edits}
    reading = read(tmp_path, json.dumps([row]), manifest="manifest.json")
    assert [edit.generator for edit in reading.items[0].candidates] == ["n"]
    assert "seed" in refused(reading)[0][1]


def test_numbers_are_text_where_they_can_be_read_in_one_way(tmp_path):
    edit = {"generator": 7.0, "path": "a.png", "version": 1.5, "licence": 4}
    row = {"instruction": "Go.", "source": "s.png", "candidates": [edit], "category": 3.0}
    (item,) = read(tmp_path, json.dumps([row]), manifest="manifest.json").items
    found = item.candidates[0]
    assert (found.generator, found.version, found.licence, item.category) == ("7", "1.5", "4", "3")


@pytest.mark.parametrize("value", [False, 0, 0.0, "False", "0", "no"])
def test_false_and_zero_make_no_item_sensitive(tmp_path, value):
    row = {"instruction": "Go.", "source": "s", "target": "t", "sensitive": value}
    reading = read(tmp_path, json.dumps([row]), manifest="manifest.json")
    assert (reading.items[0].sensitive, len(noted(reading))) == ("", 1)
