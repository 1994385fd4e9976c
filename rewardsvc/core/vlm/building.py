"""Make a vision-language reward model: anew, from a released one, or from its own checkpoint."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from annotation.snapshots.format.fields import Fields
from rewardsvc.core.backbone import trained
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.errors import CheckpointError, TrainingError
from rewardsvc.core.vlm import weights as files
from rewardsvc.core.vlm.family import empty_backbone, fill, hidden_of, read_config
from rewardsvc.core.vlm.heads import RewardHeads
from rewardsvc.core.vlm.layout import Layout, load_tokenizer
from rewardsvc.core.vlm.model import VisionLanguageRewardModel
from rewardsvc.core.vlm.network import VisionLanguageNetwork
from rewardsvc.core.vlm.official import Assembled, load_official
from rewardsvc.core.vlm.patches import PixelRule
from rewardsvc.core.vlm.prompts import PROMPTS, Prompts, rubric_prompts
from rewardsvc.core.vlm.settings import FLASH, VlmSettings, require_extra
from rewardsvc.core.vlm.tuning import tune

_TABLE = "language_model.embed_tokens.weight"
_HUB_FILES = ("*.json", "*.safetensors", "*.jinja", "merges.txt")


def build(settings: VlmSettings, data: PreferenceData) -> VisionLanguageRewardModel:
    """Make the model to train, its prompts from the settings or from the data's rubric.

    Raises CheckpointError or TrainingError naming what does not fit.
    """
    base = base_folder(settings.base)
    asked = Prompts.of(Path(settings.prompts)) if settings.prompts else _own_prompts(data)
    if settings.prompts and asked.dimensions != data.dimensions:
        raise TrainingError(
            f"the prompts ask for {', '.join(asked.dimensions)}, "
            f"the data has {', '.join(data.dimensions)}"
        )
    return _model(settings, base, asked)


def _own_prompts(data: PreferenceData) -> Prompts:
    if not data.rubric:
        raise TrainingError("the snapshot holds no rubric to take the prompts from")
    return rubric_prompts(data.rubric)


def _model(settings: VlmSettings, base: Path, asked: Prompts) -> VisionLanguageRewardModel:
    kind = torch.bfloat16 if settings.precision == "bfloat16" else torch.float32
    if settings.start:
        place, attention = Path(settings.start), settings.attention
        parts = load_official(place, base=base, prompts=asked, dtype=kind, attention=attention)
        _fits_start(settings, parts)
    else:
        parts = _fresh(settings, base, asked, kind)
    model = VisionLanguageRewardModel(
        parts.network, parts.layout, parts.rule, parts.family, sequential=settings.sequential
    )
    model.settings = settings
    tune(model, settings)
    return model


def _fits_start(settings: VlmSettings, parts: Assembled) -> None:
    heads = parts.network.heads.kind
    if (settings.layout, settings.heads) != ("released", heads):
        raise TrainingError(
            f"{settings.start} has the released layout and {heads} heads, "
            f"the settings ask for the {settings.layout} layout and {settings.heads} heads"
        )


def _fresh(settings: VlmSettings, base: Path, asked: Prompts, kind: torch.dtype) -> Assembled:
    family, config = read_config(base, attention=settings.attention)
    tokenizer = load_tokenizer(base)
    found, heads = files.split_heads(files.canonical(files.read_all(files.find_weights(base))))
    if heads:
        raise CheckpointError(f"{base} holds a reward model, not a base model: name it as start")
    if _TABLE not in found:
        raise CheckpointError(f"{base}: the tensor {_TABLE!r} is missing")
    backbone = empty_backbone(family, config, len(found[_TABLE]))
    fill(backbone, {name: value.to(kind) for name, value in found.items()}, str(base))
    n_dimensions = len(asked.dimensions)
    if settings.heads == "single" and settings.layout == "released" and n_dimensions > 1:
        raise TrainingError("a single head reads one text: it needs the native layout")
    reading = RewardHeads(hidden_of(config), n_dimensions, settings.heads, settings.head_dropout)
    # As a new token begins in transformers: at the mean of the table.
    row = found[_TABLE].float().mean(0, keepdim=True)
    network = VisionLanguageNetwork(backbone, reading, row.repeat(reading.reads, 1))
    layout = Layout(tokenizer, asked, settings.layout, reading.reads)
    return Assembled(network, layout, PixelRule.from_base(base, settings.tokens), family, config)


def go_on(model: VisionLanguageRewardModel, start: Path, earlier: Any) -> None:
    """Give a model the weights of an earlier one; `start` names its checkpoint folder.

    Raises TrainingError where the two do not fit.
    """
    if not isinstance(earlier, VisionLanguageRewardModel):
        raise TrainingError(f"{start} holds a model of another backbone")
    if earlier.dimensions != model.dimensions:
        raise TrainingError(
            f"{start} judges {', '.join(earlier.dimensions)}, "
            f"the run asks for {', '.join(model.dimensions)}"
        )
    state = earlier.state_dict()
    if {n: v.shape for n, v in state.items()} != {
        n: v.shape for n, v in model.state_dict().items()
    }:
        raise TrainingError(f"{start} was made with other settings: its weights do not fit")
    model.load_state_dict(state)


def base_folder(base: str) -> Path:
    """Return the folder of a base model, fetched from the hub where it is no folder here.

    Raises CheckpointError saying what was tried.
    """
    place = Path(base)
    if place.is_dir():
        return place
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(base, allow_patterns=list(_HUB_FILES)))
    except HFValidationError as error:
        raise CheckpointError(f"there is no folder {base}") from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise CheckpointError(f"{base!r} is no folder here, nor to be had: {error}") from error


def rebuild(
    given: Fields, weights: Mapping[str, Tensor], path: Path, *, base: Path | None
) -> VisionLanguageRewardModel:
    """Return the model of a checkpoint of our own: its base found again, its weights put on."""
    require_extra()
    told = given.inner("model")
    settings = _settings(told)
    place = base if base is not None else base_folder(settings.base)
    asked = Prompts.of(path.parent / PROMPTS)
    if (stated := given.names("dimensions")) != asked.dimensions:
        raise CheckpointError(
            f"{given.where}: dimensions is {list(stated)}, the prompts ask for "
            f"{list(asked.dimensions)}"
        )
    model = _model(settings, place, asked)
    learned = trained(model)
    expected = {n: v for n, v in model.state_dict().items() if n in learned}
    files.require_fit(expected, weights, path, "the settings expect")
    model.load_state_dict(dict(weights), strict=False)
    return model


def _settings(told: Fields) -> VlmSettings:
    try:
        found = VlmSettings(**told.get("settings", dict))
    except (TypeError, TrainingError) as error:
        raise CheckpointError(f"{told.where}: model.settings: {error}") from error
    # The weights are the same, and a machine that scores need not have those kernels.
    return replace(found, attention="sdpa") if found.attention == FLASH else found


def released(
    place: Path,
    *,
    base: Path | None,
    prompts: Mapping[str, str] | Path | str,
    dtype: torch.dtype = torch.float32,
) -> VisionLanguageRewardModel:
    """Return a released EditReward model, ready to score; see `load_official`."""
    require_extra()
    parts = load_official(place, base=base, prompts=prompts, dtype=dtype)
    return VisionLanguageRewardModel(parts.network, parts.layout, parts.rule, parts.family).eval()
