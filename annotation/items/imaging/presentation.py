"""How a picture is presented: one reading for people, masks, training and scoring."""

from PIL import Image

# Raise it with every change of the pixels that some file is read as.
DECODER = "upright-srgb-8-bit/1"
# RGB behind transparent pixels, wherever a picture is measured or read by a model.
GROUND = (128, 128, 128)


def on_ground(pixels: Image.Image) -> Image.Image:
    """Return RGB pixels, transparent ones on GROUND; an RGB picture is returned as it is.

    Colours under fully transparent pixels have no effect.
    """
    if pixels.mode == "RGB":
        return pixels
    ground = Image.new("RGBA", pixels.size, (*GROUND, 255))
    return Image.alpha_composite(ground, pixels.convert("RGBA")).convert("RGB")
