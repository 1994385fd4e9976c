"""A picture that somebody sends to a page is decoded in a process of its own, one at a time."""

import resource
import threading
import time

import numpy as np
import pytest

from annotation.errors import PictureRefused
from annotation.items.imaging.budget import PixelBudget, stated_pixels
from annotation.items.imaging.pictures import MAX_PIXELS
from annotation.items.imports import apart
from annotation.items.imports.apart import stage_apart
from annotation.items.imports.staging import stage
from tests.annotation.items.imports import makers


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_staged_as_in_this_process(tmp_path, kind):
    data = makers.saved(makers.painting(), kind)
    found = stage_apart(data, name="picture.png", lock=tmp_path / "work" / "lock")
    assert found == stage(data, name="picture.png", scratch=None)


def test_a_refusal_has_the_same_words(tmp_path):
    with pytest.raises(PictureRefused) as here:
        stage(b"no picture", name="x.png", scratch=None)
    with pytest.raises(PictureRefused) as there:
        stage_apart(b"no picture", name="x.png", lock=tmp_path / "lock")
    assert str(there.value) == str(here.value)


def test_a_huge_picture_in_a_small_file_costs_this_process_no_memory(tmp_path):
    small = makers.png_16_bit_grey(np.zeros((7_000, 7_000)))
    assert len(small) < 200_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = stage_apart(small, name="x.png", lock=tmp_path / "lock")
    assert (found.width, found.height) == (7_000, 7_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


def test_a_picture_that_takes_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "SECONDS", 0.01)
    with pytest.raises(PictureRefused, match=r"takes longer than 0\.01 seconds"):
        stage_apart(makers.png(), name="x.png", lock=tmp_path / "lock")


def test_a_process_that_dies_is_a_refusal(tmp_path, monkeypatch):
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    with pytest.raises(PictureRefused, match="needs more memory"):
        stage_apart(makers.png(), name="x.png", lock=tmp_path / "lock")


def test_the_budget_is_never_exceeded_and_every_picture_has_its_turn():
    picture = makers.png()
    pixels = stated_pixels(picture)
    assert pixels == 40 * 28
    budget, running, seen = PixelBudget(3 * pixels - 1), [], []

    def work():
        with budget.of(picture):
            running.append(1)
            seen.append(len(running))
            time.sleep(0.01)
            running.pop()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 12
    assert max(seen) == 2
    assert budget.free == budget.most


def test_a_bomb_takes_the_whole_budget_and_bytes_without_a_header_none():
    budget = PixelBudget()
    with budget.of(makers.bomb()):
        assert budget.free == 0
    with budget.of(b"no picture"):
        assert budget.free == MAX_PIXELS
