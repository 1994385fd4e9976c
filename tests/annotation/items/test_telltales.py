"""An import warns when a property of the files tells the generator."""

from dataclasses import replace

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from annotation.items.telltales import Edit, telltales
from annotation.models import Campaign, ImportBatch
from tests.annotation.items.imports.makers import painting, saved, write_folder
from tests.factories import make_user

SOURCE = (64, 48)


def edits(n_items, sizes, formats=("PNG", "PNG", "PNG"), sources=None):
    """Three edits of each item; sizes: per generator, or a function of the item."""
    rows = []
    for item in range(n_items):
        source = SOURCE if sources is None else sources[item % len(sources)]
        for name, size, file_format in zip("abc", sizes, formats, strict=True):
            shown = source if size is None else size
            rows.append(Edit(item, name, shown, source, file_format))
    return rows


def test_a_generator_with_a_size_of_its_own_is_named_with_the_share():
    (size,), _ = telltales(edits(20, [(32, 24), None, None]))
    assert size.startswith(
        "Size tells the generator: a guess by it is right for 67% of 60 edits, 33%"
    )
    assert "20 of 20 edits of 32 × 24 pixels are by a." in size


def test_a_shape_and_a_format_of_its_own_are_named_each():
    found, _ = telltales(edits(20, [None, (64, 64), None], ("PNG", "PNG", "JPEG")))
    assert [text.split()[0] for text in found] == ["Size", "Aspect", "Format"]
    assert "20 of 20 edits of a narrower shape than their source are by b." in found[1]
    assert "20 of 20 edits of the format JPEG are by c." in found[2]


@pytest.mark.parametrize("is_fixed", [True, False])
def test_one_order_of_generators_in_the_manifest_is_noted_with_the_share_and_no_warning(is_fixed):
    rows = [
        replace(edit, position=1 + (n if is_fixed else n + edit.item) % 3)
        for n, edit in enumerate(edits(20, [None, None, None]))
    ]
    warnings, notes = telltales(rows)
    assert warnings == []
    assert len(notes) == is_fixed
    for note in notes:
        assert note.startswith(
            "Position in the manifest tells the generator: a guess by it is right for 100% of 60 "
            "edits, 33% by chance. 20 of 20 edits of position 3 are by c."
        )
        assert "drawn anew for every serve" in note


def test_edits_in_the_size_of_their_sources_tell_nothing():
    sources = [(40 + n, 30 + 2 * n) for n in range(30)]
    assert telltales(edits(30, [None, None, None], sources=sources)) == ([], [])


def test_no_more_edits_are_read_than_are_needed(monkeypatch):
    monkeypatch.setattr("annotation.items.telltales.MOST_EDITS", 30)
    rows = iter(edits(20, [(32, 24), None, None]))
    assert "of 30 edits" in telltales(rows)[0][0]
    assert len(list(rows)) == 30


def test_few_edits_and_a_single_generator_give_no_warning():
    assert telltales(edits(6, [(32, 24), None, None])) == ([], [])
    assert telltales([Edit(n, "a", (n, 9), SOURCE, "PNG") for n in range(50)]) == ([], [])


def test_one_item_does_not_prove_anything_about_itself():
    rows = [
        Edit(item, name, (100 + 3 * item + n, 60), SOURCE, "PNG")
        for item in range(20)
        for n, name in enumerate("abc")
    ]
    assert telltales(rows) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_the_report_the_command_and_the_page_warn(media_root, tmp_path, capsys):
    rows, pictures = [], {}
    for n in range(8):
        pictures |= {f"s{n}.png": saved(painting(64, 48, seed=n))}
        for k, size in enumerate([(32, 24), (64, 48), (64, 48)]):
            pictures[f"{n}{k}.png"] = saved(painting(*size, seed=100 + 10 * n + k))
        names = {name: f"{n}{k}.png" for k, name in enumerate("abc")}
        rows.append({"instruction": f"Wish {n}.", "source": f"s{n}.png", "candidates": names})
    folder = write_folder(tmp_path / "set", rows, pictures)
    lead = make_user("lena")
    call_command("import_items", "sizes", str(folder), create=True, lead="lena")
    report = ImportBatch.objects.get().report
    (warning,) = report["warnings"]
    (note,) = [row["reason"] for row in report["rows"] if row["outcome"] == "note"]
    assert "8 of 8 edits of position 3 are by c." in note
    assert "8 of 8 edits of 32 × 24 pixels are by a." in warning
    assert f"warning: {warning}" in capsys.readouterr().out
    client = Client()
    client.force_login(lead)
    campaign = Campaign.objects.get()
    page = client.get(reverse("import", args=[campaign.slug, ImportBatch.objects.get().public_id]))
    assert warning in page.text
    assert "at the size of its source" in page.text
    Campaign.objects.update(one_size=False)
    assert "at the size of its source" not in client.get(page.request["PATH_INFO"]).text
