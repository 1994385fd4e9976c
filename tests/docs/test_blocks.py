import pytest

from tests.docs.blocks import blocks_of, fits


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("16 items, 64 candidates", "3 items, 12 candidates"),
        ("run abbe1d5a-469c-425f-87fa-78ffadc35e84; done", "run 0011aa22-4b; done"),
        ("verdict: 0.441 [0.267, 0.638] (…)", "verdict: -0.1 [undefined, 1] (nominal, 3 units)"),
        ("epoch 1 of 2: loss 2.0759", "epoch 2 of 2: loss 0.5"),
    ],
)
def test_a_line_fits_when_only_numbers_differ(expected, printed):
    assert fits(expected, printed)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("16 items, 64 candidates", "16 items, 64 edits"),
        ("16 items, 64 candidates", "16 items, 64 candidates, 2 more"),
        ("counted", "surplus"),
    ],
)
def test_a_line_with_other_words_does_not_fit(expected, printed):
    assert not fits(expected, printed)


def test_blocks_have_their_language_and_the_file_that_is_named_before(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("Save `a.json`, then `b/c.jsonl`:\n```json\n{}\n```\n```sh\nmake x\n```\n")
    first, second = blocks_of(page)
    assert (first.language, first.text, first.file) == ("json", "{}\n", "b/c.jsonl")
    assert (second.commands, second.file) == (["make x"], None)
