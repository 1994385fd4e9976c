"""What people tell apart is never taken to look alike; a picture saved again is."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from annotation.items.imaging.likeness import as_seen, likeness
from tests.annotation.items.damage import damaged, re_encoded

SIZE = (400, 300)


def grain(deviation):
    """Return grey noise around the middle of the scale."""
    noise = np.random.default_rng(5).normal(128, deviation, SIZE[::-1])
    return Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8)).convert("RGB")


def photograph(seed=3):
    """Return a drawn scene: areas of different detail, edges, and a smooth sky."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 256, (12, 16, 3), np.uint8)
    scene = Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC)
    scene.paste(Image.blend(scene, grain(24), 0.4), (0, SIZE[1] // 2))
    return scene


SCENE = photograph()
AT = (0.3, 0.6)


def told(pair):
    return likeness(*(as_seen(image) for image in pair))


@pytest.mark.parametrize("kind", damaged(SCENE, AT))
def test_a_damaged_copy_does_not_look_alike(kind):
    assert not told(damaged(SCENE, AT)[kind]).is_alike


@pytest.mark.parametrize("kind", re_encoded(SCENE))
def test_a_copy_that_was_saved_again_looks_alike(kind):
    assert told(re_encoded(SCENE)[kind]).is_alike


def test_equal_pictures_do_not_differ():
    assert told((SCENE, SCENE)) == (0, 0, 1)


def test_a_blur_of_faint_texture_is_found_by_its_sharpness_alone():
    faint = grain(5)
    found = told((faint, faint.filter(ImageFilter.GaussianBlur(1.5))))
    assert found.luma < 8
    assert found.colour < 8
    assert not found.is_alike


def test_the_order_of_the_pictures_does_not_matter():
    one, other = damaged(SCENE, AT)["colour of a disc"]
    assert told((one, other)) == pytest.approx(told((other, one)))


def test_pictures_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match="different shapes"):
        told((SCENE, SCENE.crop((0, 0, 10, 10))))


def test_a_transparent_view_is_seen_on_the_ground_of_the_pages():
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert len(np.unique(as_seen(clear))) == 1
