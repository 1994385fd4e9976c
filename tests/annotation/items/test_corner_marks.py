"""A mark that one generator leaves in a corner is found, and only there."""

import json

import numpy as np
import pytest
from PIL import Image

from annotation.items.imaging.corners import corner_marks, corners_of
from annotation.items.imaging.watermarks import hide
from annotation.items.services.imports import import_folder
from tests import factories as make
from tests.annotation.items.imports.makers import saved, write_folder

COLOURS = [(255, 255, 102), (66, 255, 255), (81, 218, 76), (255, 110, 60), (60, 70, 255)]


def photo(size, seed):
    """Soft random colours, other ones in every picture, as photographs have."""
    colours = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(colours).resize(size, Image.Resampling.BICUBIC)


def with_bar(picture, *, left=0.9, top=0.97):
    """A row of coloured squares in the lower right corner."""
    marked = picture.copy()
    width, height = picture.size
    step = width * (1 - left) / len(COLOURS)
    for n, colour in enumerate(COLOURS):
        start = width * left + n * step
        box = tuple(round(side) for side in (start, height * top, start + step, height))
        marked.paste(colour, box)
    return marked


def group(seed, *, n=20, mark=None):
    pictures = [photo((256, 192), seed + k) for k in range(n)]
    return [corners_of(mark(picture) if mark else picture) for picture in pictures]


def test_a_bar_of_one_generator_is_found_with_a_rectangle_that_hides_it():
    groups = {"a": group(0, mark=with_bar), "b": group(100), "the source": group(200)}
    (mark,) = corner_marks(groups)
    assert (mark.group, mark.corner) == ("a", "lower right")
    left, top, right, bottom, _ = mark.watermark
    assert 0.88 <= left <= 0.9
    assert 0.955 <= top <= 0.97
    assert (right, bottom) == (1, 1)
    line = str(mark.watermark)
    hidden = {
        name: group(seed, mark=lambda p: hide(with_bar(p), [line]))
        for name, seed in (("a", 0), ("b", 100))
    }
    assert corner_marks(hidden) == []


@pytest.mark.parametrize(
    "groups",
    [
        {"a": group(0), "b": group(100)},
        {"a": group(0, mark=with_bar), "b": group(100, mark=with_bar)},
        {"a": group(0, mark=with_bar), "b": group(100), "the source": group(200, mark=with_bar)},
        {"a": group(0, n=7, mark=with_bar), "b": group(100)},
        {"a": group(0, mark=with_bar)},
    ],
    ids=["no mark", "on both", "on the sources", "on too few", "nothing to compare with"],
)
def test_pictures_without_a_mark_of_one_generator_give_none(groups):
    assert corner_marks(groups) == []


def test_a_mark_on_most_pictures_of_a_generator_is_found():
    some = group(0, n=14, mark=with_bar) + group(50, n=6)
    assert [mark.group for mark in corner_marks({"a": some, "b": group(100)})] == ["a"]


@pytest.mark.django_db(transaction=True)
def test_the_import_warns_until_the_campaign_hides_the_mark(media_root, tmp_path):
    rows, pictures = [], {}
    for n in range(8):
        pictures[f"s{n}.png"] = saved(photo((96, 64), n))
        pictures[f"a{n}.png"] = saved(with_bar(photo((96, 64), 50 + n), left=0.89, top=0.9))
        pictures[f"b{n}.png"] = saved(photo((96, 64), 90 + n))
        names = {"marks": f"a{n}.png", "plain": f"b{n}.png"}
        rows.append({"instruction": f"Wish {n}.", "source": f"s{n}.png", "candidates": names})
    folder = write_folder(tmp_path / "set", rows, pictures)
    campaign = make.make_campaign(state="draft")
    (warning,) = import_folder(campaign=campaign, path=folder).report["warnings"]
    assert warning.startswith("marks leaves a mark in the lower right corner of its edits")
    line = warning.partition("enter ")[2].partition(" under")[0]
    campaign.watermarks = [line]
    campaign.save(update_fields=["watermarks"])
    assert import_folder(campaign=campaign, path=folder).report["warnings"] == []


def test_the_mark_of_a_real_generator_is_found_on_its_pictures(reference_data):
    folder = reference_data / "data" / "aurora_magicbrush"
    rows = json.loads((folder / "manifest.json").read_text())
    by_source = {row["source"]: row["candidates"]["human_dalle2_edit"] for row in rows}

    def corners(paths):
        return [corners_of(Image.open(folder / path).convert("RGB")) for path in paths]

    groups = {"edits": corners(by_source.values()), "the source": corners(by_source)}
    (mark,) = corner_marks(groups)
    assert (mark.group, mark.corner) == ("edits", "lower right")
    # Measured on the pictures: 80 of 1024 pixels wide, 16 high.
    assert mark.watermark[:2] == pytest.approx((1 - 80 / 1024, 1 - 16 / 1024), abs=0.006)
    assert mark.watermark[2:4] == (1, 1)
