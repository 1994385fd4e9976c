"""What is computed once scores as what is computed again and again."""

import numpy as np
import pytest
import torch
from PIL import Image

from rewardsvc.core.errors import RewardError
from rewardsvc.core.scoring import RewardScorer
from rewardsvc.core.vlm.layout import IMAGE, Question, unique_paths
from rewardsvc.core.vlm.patches import to_patches
from rewardsvc.core.vlm.tree import Grid
from rewardsvc.core.vlm.tree import build as build_tree

FAMILIES = ("qwen2.5-vl", "qwen3-vl")


def scores(model, triples):
    return RewardScorer(model, {}, "cpu").score(triples)


def both(model, triples):
    """mu and log sigma, shared and unshared."""
    model.share = True
    shared = scores(model, triples)
    model.share = False
    return shared, scores(model, triples)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("layout", "heads"),
    [("released", "multi"), ("released", "shared"), ("native", "multi"), ("native", "single")],
)
def test_shared_prefixes_score_as_whole_sequences(build, triples, family, layout, heads):
    shared, alone = both(build(family, layout=layout, heads=heads), triples)
    for name in ("mu", "log_sigma"):
        np.testing.assert_allclose(shared[name], alone[name], atol=1e-4)
    assert np.ptp(alone["reward"]) > 1e-3


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("layout", ["released", "native"])
def test_gradients_through_shared_prefixes_are_those_of_whole_sequences(
    build, triples, family, layout
):
    model = build(family, layout=layout).double()
    batch = model.batch(*questions(triples))
    found = []
    for share in (True, False):
        model.share = share
        model.zero_grad()
        mu, log_sigma = model(batch)
        (mu.sin().sum() + (log_sigma * mu).sum()).backward()
        # What reaches no reward token has no gradient, or one of zeros.
        grads = [p.grad for p in model.parameters()]
        found.append([torch.zeros(1) if g is None else g.clone() for g in grads])
    assert sum(bool(g.any()) for g in found[0]) > 20
    scale = max(float(g.abs().max()) for g in found[1])
    for shared, alone in zip(*found, strict=True):
        assert float((shared - alone).abs().max()) < 1e-5 * scale


def questions(triples):
    from rewardsvc.core.scoring import Question as Asked

    shelf = {}
    asked = []
    for source, edit, wish in triples:
        keys = []
        for image in (source, edit):
            shelf.setdefault(id(image), (str(len(shelf)), image))
            keys.append(shelf[id(image)][0])
        asked.append(Asked(*keys, wish))
    images = dict(shelf.values())
    return asked, images.__getitem__


def test_a_source_and_the_rubric_are_computed_once_for_all_edits_of_an_item(build, triples):
    model = build(layout="native")
    counts = []
    encode = model.network.encode_images
    model.network.encode_images = lambda images: counts.append(len(images)) or encode(images)
    scores(model, triples)
    assert counts == [3 + 7]
    kept = dict(model._prefixes)
    assert len(kept) == 1
    scores(model, [(a, b, wish + " now") for a, b, wish in triples])
    assert model._prefixes == kept
    model.train()
    assert not model._prefixes


def test_grid_positions_are_those_that_transformers_gives(build, triples):
    """An independent check: the library's own forward over whole Qwen3-VL sequences."""
    model = build("qwen3-vl", layout="released")
    source, edit, wish = triples[0]
    pictures = [to_patches(image, model.rule) for image in (source, edit)]
    asked = Question(0, 1, pictures[0].tokens, pictures[1].tokens, wish)
    path = model.layout.paths(asked)[0]
    grids = [Grid(p.rows // 2, p.columns // 2) for p in pictures]
    level = build_tree(unique_paths([path], share=False), grids, sequential=False)[0]
    with torch.inference_mode():
        ours = model.network.states([level], model.network.encode_images(pictures))
        ids = level.ids.clone()
        ids[ids == IMAGE] = model.network.backbone.config.image_token_id
        at = level.reads[0]
        mark = 300
        ids[tuple(at)] = mark
        table = model.network.backbone.language_model.embed_tokens.weight
        table[mark] = model.network.reward_rows[0]
        theirs = model.network.backbone(
            input_ids=ids,
            pixel_values=torch.cat([p.pixels for p in pictures]),
            image_grid_thw=torch.tensor([[1, p.rows, p.columns] for p in pictures]),
            mm_token_type_ids=(level.ids == IMAGE).int(),
        ).last_hidden_state
    np.testing.assert_allclose(ours[0], theirs[tuple(at)], atol=1e-5)


def test_padding_and_neighbours_change_nothing(build, triples):
    model = build(layout="released")
    together = scores(model, triples)
    model.batch_tokens = 1
    alone = scores(build(layout="released"), triples[-1:])
    np.testing.assert_allclose(together["mu"][-1:], alone["mu"], atol=1e-5)
    assert len(model.portions(*[questions(triples)[0], lambda _: (64, 64)])) == len(triples)


def test_the_same_triple_is_computed_once_even_among_pictures_and_paths(build, triples, tmp_path):
    model = build()
    scorer = RewardScorer(model, {}, "cpu")
    source, edit, wish = triples[0]
    first = scorer.score([(source, edit, wish), (source, edit, wish)])
    np.testing.assert_array_equal(first["mu"][0], first["mu"][1])
    model.epistemic = None
    again = scorer.score([(source.copy(), edit.copy(), wish)])
    np.testing.assert_array_equal(first["mu"][:1], again["mu"])


def test_an_instruction_with_special_tokens_of_the_model_is_refused(build, triples):
    model = build()
    for token in ("<|Reward|>", "<|image_pad|>", "<|im_end|>"):
        with pytest.raises(RewardError, match="holds the token"):
            scores(model, [(*triples[0][:2], f"Make it {token} red")])
    with pytest.raises(RewardError, match="instruction of triple 0 is None, not text"):
        scores(model, [(*triples[0][:2], None)])


def test_no_triples_give_empty_scores(build):
    empty = scores(build(), [])
    assert empty["mu"].shape == (0, 2)
    assert empty["reward"].shape == (0,)


def test_patches_are_the_scaled_pixels_in_the_order_of_their_tokens(build, triples):
    """The plain formula, pixel by pixel: level / 255, less the mean, over the deviation."""
    rule = build().rule
    image = triples[0][0]
    found = to_patches(image, rule)
    wide, high = rule.size(*image.size)
    flat = image.convert("RGB").resize((wide, high), Image.Resampling.BICUBIC)
    values = (np.asarray(flat, np.float64) / 255 - rule.mean) / rule.deviation
    pixels = found.pixels.reshape(-1, 3, rule.frames, rule.patch, rule.patch).numpy()
    n = 0
    for row in range(0, high, rule.factor):
        for column in range(0, wide, rule.factor):
            for y in range(row, row + rule.factor, rule.patch):
                for x in range(column, column + rule.factor, rule.patch):
                    part = values[y : y + rule.patch, x : x + rule.patch].astype(np.float32)
                    for frame in range(rule.frames):
                        np.testing.assert_array_equal(pixels[n, :, frame], part.transpose(2, 0, 1))
                    n += 1
    assert n == len(pixels) == found.rows * found.columns


def test_an_image_too_long_and_thin_is_refused(build, triples):
    from rewardsvc.core.errors import ImageError

    with pytest.raises(ImageError, match="too long and thin"):
        scores(build(), [(Image.new("RGB", (900, 2)), *triples[0][1:])])
