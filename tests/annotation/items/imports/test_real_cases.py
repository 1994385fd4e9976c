"""The small imports of the reference data, each of a kind that people really brought."""

import numpy as np
import pytest

from annotation.comparisons.plans import make_rule, plan_comparisons
from annotation.errors import ImportRefused
from annotation.items.imaging.derivatives import full_view
from annotation.items.imaging.masks import read_mask
from annotation.items.imaging.pictures import open_picture
from annotation.items.imaging.presentation import on_ground
from annotation.items.services.imports import import_folder
from annotation.items.services.pixel_keys import fill_pixel_keys
from annotation.models import Candidate, Item
from tests.factories import make_campaign

pytestmark = pytest.mark.django_db

CASES = [
    "01_nfd_folder/a_accent",
    "02_excel_csv/a_sep_line",
    "02_excel_csv/b_trailing_left_out",
    "03_windows_zip/a_gbk/a_gbk.zip",
    "03_windows_zip/e_unicode_extra_gbk/e_unicode_extra_gbk.zip",
    "06_pandas/a_json_floats",
    "06_pandas/c_csv_nan_words",
    "07_png_metadata/b_ztxt_2m",
    "08_sixteen_bit/a_grey",
    "09_gamut/a_p3",
    "10_exif/a_source_6",
    "10_exif/b_mask_6",
    "11_alpha/a_rgba",
    "12_mask/b_transparent_hole_black",
    "12_mask/i_zero_one",
    "13_near_dup/c_text_typo",
    "22_language/zh_CN",
    "23_names/a_case_ext",
    "23_names/e_leading_space",
    "24_contradictions/a_sensitive_second_row",
]
# The two edits of this one differ only in colours under transparent pixels: one picture to people.
SAME_PICTURE = "11_alpha/a_rgba"
# Cases whose item has a mask, and those whose item has these values.
MASKED = {"10_exif/a_source_6", "10_exif/b_mask_6"} | {c for c in CASES if c.startswith("12_")}
VALUES = {
    "02_excel_csv/a_sep_line": {"category": "add"},
    "02_excel_csv/b_trailing_left_out": {"category": "add"},
    "22_language/zh_CN": {"language": "zh-cn"},
    "24_contradictions/a_sensitive_second_row": {
        "category": "add",
        "language": "en",
        "sensitive": "wounds",
    },
}


@pytest.fixture
def taken(reference_data, media_root):
    """Import a case into a new campaign; return the campaign and its item."""

    def run(case):
        campaign = make_campaign(rubric=False, state="draft", k=2)
        batch = import_folder(campaign=campaign, path=reference_data / "cases" / case)
        counts = batch.report["counts"]
        assert [counts[kind]["refused"] for kind in counts] == [0, 0, 0], batch.report["rows"]
        return campaign, Item.objects.get(campaign=campaign)

    return run


@pytest.mark.parametrize("case", CASES)
def test_the_item_is_taken_with_both_edits_which_are_compared_if_people_see_a_difference(
    taken, case
):
    campaign, item = taken(case)
    fill_pixel_keys()
    assert item.candidates.count() == 2
    assert (item.mask_id is not None) == (case in MASKED)
    for name in ("language", "sensitive", "category"):
        assert getattr(item, name) == VALUES.get(case, {}).get(name, "")
    plan = plan_comparisons(campaign, make_rule(campaign, k=2, strategy="all"))
    assert len(plan.chosen) == (case != SAME_PICTURE)
    assert plan.left_out.same_pixels == (case == SAME_PICTURE)
    if case.startswith("06_pandas/a"):
        seeds = Candidate.objects.filter(item=item).values_list("seed", flat=True)
        assert set(seeds) == {"42", ""}


@pytest.mark.parametrize("folder", ["08_sixteen_bit", "09_gamut", "10_exif", "11_alpha"])
def test_a_model_reads_the_very_picture_that_people_see(reference_data, folder):
    files = [p for p in (reference_data / "cases" / folder).rglob("*.*g") if "mask" not in p.name]
    assert len(files) >= 3
    for path in files:
        pixels = open_picture(path.read_bytes()).pixels
        seen = open_picture(full_view(pixels).data).pixels
        np.testing.assert_array_equal(np.asarray(on_ground(pixels)), np.asarray(on_ground(seen)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10_exif/a_source_6", "10_exif/b_mask_6"),
        ("12_mask/b_transparent_hole_black", "12_mask/i_zero_one"),
    ],
)
def test_masks_in_two_ways_of_writing_mark_the_same_part(reference_data, one, other):
    regions = []
    for case in (one, other):
        (mask,) = (reference_data / "cases" / case).glob("mask.*")
        regions.append(np.asarray(read_mask(mask.read_bytes()).region) > 0)
    assert regions[0].shape == regions[1].shape
    assert 0.1 < regions[0].mean() < 0.4
    assert (regions[0] == regions[1]).mean() > 0.99


@pytest.mark.usefixtures("media_root")
def test_a_workbook_is_refused_with_what_to_do(reference_data):
    campaign, path = make_campaign(rubric=False), reference_data / "cases" / "05_xlsx" / "a_file"
    with pytest.raises(ImportRefused, match=r"an Excel workbook; save .* as CSV UTF-8"):
        import_folder(campaign=campaign, path=path)
    assert not Item.objects.exists()


@pytest.mark.usefixtures("media_root")
def test_a_second_import_marks_the_item_sensitive(reference_data):
    campaign = make_campaign(rubric=False)
    folder = reference_data / "cases" / "24_contradictions" / "e_reimport_adds_sensitive"
    for name, sensitive in (("first.json", ""), ("second.json", "wounds")):
        import_folder(campaign=campaign, path=folder / name)
        assert Item.objects.get().sensitive == sensitive
