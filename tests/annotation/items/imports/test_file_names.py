"""Files are found by the names that people, phones and packers give them."""

import json
import time
import unicodedata
from contextlib import closing

import pytest

from annotation.errors import ImportRefused
from annotation.items.imports.files.entry_names import CODE_PAGES, code_page_of
from annotation.items.imports.reading import open_container, read_manifests
from annotation.items.imports.rows import RowRefused
from tests.annotation.items.imports.makers import old_zip, write_folder, write_zip


def manifest(*names, source="s.png"):
    candidates = {f"model-{n}": name for n, name in enumerate(names)}
    return json.dumps([{"instruction": "Go.", "source": source, "candidates": candidates}])


def found(path, name):
    """Return (bytes of each file that a manifest names, notes) of a folder or a ZIP."""
    with closing(open_container(path, name=name)) as container:
        reading = read_manifests(container)
        paths = [c.path for item in reading.items for c in item.candidates]
        return [container.read(path, 100) for path in paths], [x.reason for x in reading.lines]


def packed(tmp_path, kind, text, files):
    """Write a manifest and files as a folder or as a ZIP; return its path."""
    if kind == "folder":
        return write_folder(tmp_path / "set", text, files)
    tmp_path.mkdir(exist_ok=True)
    return write_zip(
        tmp_path / "set.zip",
        {"set/manifest.json": text} | {f"set/{name}": data for name, data in files.items()},
    )


BOTH = pytest.mark.parametrize("kind", ["folder", "zip"])


@BOTH
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", ["Ocaña/é.png", "한국/그림.png", "Zoë ❤.png"])
def test_a_name_is_found_in_either_unicode_form_without_a_note(tmp_path, kind, form, name):
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    files = {unicodedata.normalize(other, name): b"x"}
    path = packed(tmp_path, kind, manifest(unicodedata.normalize(form, name)), files)
    assert found(path, kind) == ([b"x"], [])


@BOTH
@pytest.mark.parametrize(
    ("stated", "there", "difference"),
    [
        ("a.png", "A.PNG", "upper and lower case"),
        ("edits/IMG_1.jpg", "Edits/img_1.JPG", "upper and lower case"),
        ("STRASSE.png", "straße.png", "upper and lower case"),
        (" a.png", "a.png", "blanks"),
        ("a.png ", "a.png", "blanks"),
        ("a.png", " a.png", "blanks"),
        ("edits /a.png", "edits/a.png", "blanks"),
        ("a .png", "a.png", "blanks"),
        ("Shot at 9.41 AM.png", "Shot at 9.41\u202fAM.png", "blanks"),
        ("my%20cat.png", "my cat.png", "% escapes"),
        ("caf%C3%A9.png", "cafe\u0301.png", "% escapes"),
        ("my cat.png", "my%20cat.png", "% escapes"),
    ],
)
def test_another_spelling_is_found_where_only_one_file_fits(
    tmp_path, kind, stated, there, difference
):
    path = packed(tmp_path, kind, manifest(stated, "b.png"), {there: b"x", "b.png": b"y"})
    contents, (note,) = found(path, kind)
    assert contents == [b"x", b"y"]
    assert (difference in note, stated in note) == (True, True)


@BOTH
def test_names_that_differ_alike_are_noted_once_with_their_number(tmp_path, kind):
    files = {f"PHOTO{n}.JPG": b"x" for n in range(5)}
    path = packed(tmp_path, kind, manifest(*(name.lower() for name in files)), files)
    contents, (note,) = found(path, kind)
    assert contents == [b"x"] * 5
    assert note.startswith("5 file names")


@BOTH
def test_the_closest_spelling_is_preferred(tmp_path, kind):
    files = {"a.png": b"right", " a.png": b"blank", "A.png": b"case"}
    path = packed(tmp_path, kind, manifest("a.png", " a.png", "A.png"), files)
    assert found(path, kind) == ([b"right", b"blank", b"case"], [])


@BOTH
def test_of_two_equally_close_files_none_is_taken_and_both_are_named(tmp_path, kind):
    path = packed(tmp_path, kind, manifest("a.png"), {"A.PNG": b"x", "A.png": b"y"})
    with pytest.raises(RowRefused, match=r"did you mean 'A\.PNG' or 'A\.png'\?$"):
        found(path, kind)


@BOTH
def test_a_missing_file_names_the_one_with_another_extension(tmp_path, kind):
    path = packed(tmp_path, kind, manifest("x/a.jpg"), {"x/a.png": b"x", "x/ab.png": b"x"})
    with pytest.raises(RowRefused, match=r"no such file.*did you mean 'a\.png'\?$"):
        found(path, kind)
    path = packed(tmp_path / "none", kind, manifest("x/c.jpg"), {"x/a.png": b"x"})
    with pytest.raises(RowRefused, match=r"no such file( in the archive)?$"):
        found(path, kind)


@BOTH
def test_files_in_hidden_folders_are_read_and_manifests_in_them_are_not(tmp_path, kind):
    files = {".cache/a.png": b"x", ".old/manifest.json": b"[]"}
    path = packed(tmp_path, kind, manifest(".cache/a.png"), files)
    assert found(path, kind) == ([b"x"], [])


@BOTH
def test_no_spelling_leads_out_of_the_folder(tmp_path, kind):
    (tmp_path / "secret.png").write_bytes(b"secret")
    names = ["%2e%2e/secret.png", "%2E%2E%2Fsecret.png", " ../secret.png", ".. /secret.png"]
    path = packed(tmp_path, kind, manifest("a.png", *names), {"a.png": b"x"})
    with closing(open_container(path, name="set")) as container:
        (item,) = read_manifests(container).items
        assert container.read(item.candidates[0].path, 100) == b"x"
        for candidate in item.candidates[1:]:
            with pytest.raises(RowRefused):
                container.read(candidate.path, 100)


@pytest.mark.parametrize("folder", ["", "数据/"])
@pytest.mark.parametrize(
    ("code_page", "names"),
    [
        ("gbk", ["源图.png", "编辑一.png"]),
        ("cp932", ["ソース.png", "表示.png"]),
        ("cp949", ["원본.png", "편집.png"]),
        ("big5", ["來源.png", "編輯.png"]),
        ("cp1251", ["исходник.png", "правка.png"]),
        ("cp866", ["исходник.png", "правка.png"]),
        ("cp850", ["Øre.png", "mão.png"]),
        ("cp1252", ["Ärger.png", "größer.png"]),
        ("cp1254", ["ışık.png", "değişik.png"]),
    ],
)
def test_the_code_page_that_fits_every_name_of_the_manifest_is_found(
    tmp_path, code_page, names, folder
):
    if folder and code_page != "gbk":
        folder = names[0].removesuffix(".png") + "/"
    files = {f"{folder}{name}": name.encode() for name in names}
    text = manifest(names[1], source=names[0])
    path = old_zip(tmp_path / "a.zip", {f"{folder}manifest.json": text} | files, code_page)
    contents, (note,) = found(path, "a.zip")
    assert contents == [names[1].encode()]
    assert note.removeprefix("file names in the archive are read as ") in CODE_PAGES.values()


@pytest.mark.parametrize("code_page", ["gbk", "cp932", "cp437"])
def test_the_unicode_path_field_states_the_name(tmp_path, code_page):
    name = {"gbk": "编辑一.png", "cp932": "表示.png", "cp437": "Übung.png"}[code_page]
    entries = {"manifest.json": manifest(name), name: b"x"}
    path = old_zip(tmp_path / "a.zip", entries, code_page, unicode_field=True)
    assert found(path, "a.zip") == ([b"x"], [])


def test_a_unicode_path_field_for_another_name_is_ignored(tmp_path):
    entries = {"manifest.json": manifest("编辑一.png"), "编辑一.png": b"x"}
    path = old_zip(tmp_path / "a.zip", entries, "gbk", unicode_field=True)
    data = path.read_bytes()
    path.write_bytes(data.replace("编辑一.png".encode("gbk"), "编辑二.png".encode("gbk")))
    with closing(open_container(path, name="a.zip")) as container:
        assert container.find("编辑一.png") is None


def test_where_no_code_page_fits_the_refusal_says_what_is_there_and_how_to_pack(tmp_path):
    entries = {"manifest.json": manifest("编辑一.png", "编辑九.png"), "编辑一.png": b"x"}
    path = old_zip(tmp_path / "a.zip", entries, "gbk")
    with pytest.raises(RowRefused) as caught:
        found(path, "a.zip")
    shown = "编辑一.png".encode("gbk").decode("cp437")
    assert (shown in str(caught.value), "-mcu=on" in str(caught.value)) == (True, True)


def test_a_name_that_leads_out_under_its_code_page_refuses_the_archive(tmp_path):
    # Under Shift JIS the first byte takes the second with it; under code page 437 it does not.
    inner = {"manifest.json": manifest("表.png"), "表.png": b"x", "x.png": b"y"}
    path = old_zip(tmp_path / "a.zip", inner, "cp932")
    data = path.read_bytes()
    evil = "表.png".encode("cp932")
    assert found(path, "a.zip")[0] == [b"x"]
    path.write_bytes(data.replace(evil, b"..\\" + evil[3:]))
    with pytest.raises(ImportRefused, match="leads out"):
        open_container(path, name="a.zip")


def test_a_manifest_in_a_folder_whose_bytes_happen_to_be_utf_8_finds_its_files(tmp_path):
    # In GBK this folder's name is valid UTF-8, and the picture's name is not.
    entries = {"源图/manifest.json": manifest("编辑.png"), "源图/编辑.png": b"x"}
    path = old_zip(tmp_path / "a.zip", entries, "gbk")
    assert found(path, "a.zip")[0] == [b"x"]


def test_many_names_of_an_unknown_code_page_are_tried_quickly():
    raw = [f"папка/{n}.png".encode("cp866") for n in range(100_000)]
    begun = time.process_time()
    assert code_page_of(raw, ["没有/0.png"]) is None
    assert code_page_of(raw, ["папка/7.png"]) == "cp866"
    assert time.process_time() - begun < 3


def test_a_name_that_the_code_page_lacks_hinders_no_other(tmp_path):
    entries = {"manifest.json": manifest("编辑.png"), "编辑.png": b"x", "其他.png": b"y"}
    path = old_zip(tmp_path / "a.zip", entries, "gbk")
    path.write_bytes(path.read_bytes().replace("其他".encode("gbk"), b"\xff\xfe\xff\xfe"))
    assert found(path, "a.zip")[0] == [b"x"]
