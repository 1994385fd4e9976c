"""Build a vision-language reward model: from a base model, a released one, or a checkpoint."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from annotation.snapshots.format.fields import Fields
from rewardsvc.core.backbone import trained
from rewardsvc.core.data.pictures import OFFICIAL
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
    """Build the model to train, with prompts from the settings or from the data's rubric.

    Raises CheckpointError or TrainingError naming what does not fit.
    """
    base = base_folder(settings.base)
    prompts = Prompts.of(Path(settings.prompts)) if settings.prompts else _prompts_of_rubric(data)
    if settings.prompts and prompts.dimensions != data.dimensions:
        raise TrainingError(
            f"the prompts ask for {', '.join(prompts.dimensions)}, "
            f"the data has {', '.join(data.dimensions)}"
        )
    return _model(settings, base, prompts)


def _prompts_of_rubric(data: PreferenceData) -> Prompts:
    if not data.rubric:
        raise TrainingError("the snapshot holds no rubric to take the prompts from")
    return rubric_prompts(data.rubric)


def _model(settings: VlmSettings, base: Path, prompts: Prompts) -> VisionLanguageRewardModel:
    dtype = torch.bfloat16 if settings.precision == "bfloat16" else torch.float32
    if settings.start:
        start, attention = Path(settings.start), settings.attention
        parts = load_official(start, base=base, prompts=prompts, dtype=dtype, attention=attention)
        _check_start(settings, parts)
    else:
        parts = _from_base(settings, base, prompts, dtype)
    model = VisionLanguageRewardModel(
        parts.network, parts.layout, parts.rule, parts.family, sequential=settings.sequential
    )
    model.settings, model.reading = settings, settings.reading
    tune(model, settings)
    return model


def _check_start(settings: VlmSettings, parts: Assembled) -> None:
    heads = parts.network.heads.kind
    if (settings.layout, settings.heads) != ("released", heads):
        raise TrainingError(
            f"{settings.start} has the released layout and {heads} heads, "
            f"the settings ask for the {settings.layout} layout and {settings.heads} heads"
        )


def _from_base(
    settings: VlmSettings, base: Path, prompts: Prompts, dtype: torch.dtype
) -> Assembled:
    family, config = read_config(base, attention=settings.attention)
    tokenizer = load_tokenizer(base)
    found, heads = files.split_heads(files.canonical(files.read_all(files.find_weights(base))))
    if heads:
        raise CheckpointError(f"{base} holds a reward model, not a base model: name it as start")
    if _TABLE not in found:
        raise CheckpointError(f"{base}: the tensor {_TABLE!r} is missing")
    backbone = empty_backbone(family, config, len(found[_TABLE]))
    fill(backbone, {name: value.to(dtype) for name, value in found.items()}, str(base))
    n_dimensions = len(prompts.dimensions)
    if settings.heads == "single" and settings.layout == "released" and n_dimensions > 1:
        raise TrainingError("a single head reads one text: it needs the native layout")
    reward_heads = RewardHeads(
        hidden_of(config), n_dimensions, settings.heads, settings.head_dropout
    )
    # The initial embedding of a new token in transformers: the mean of the table.
    row = found[_TABLE].float().mean(0, keepdim=True)
    network = VisionLanguageNetwork(backbone, reward_heads, row.repeat(reward_heads.reads, 1))
    layout = Layout(tokenizer, prompts, settings.layout, reward_heads.reads)
    return Assembled(network, layout, PixelRule.from_base(base, settings.tokens), family, config)


def copy_weights(model: VisionLanguageRewardModel, start: Path, earlier: Any) -> None:
    """Copy the weights of an earlier model; start: its checkpoint folder, for error messages.

    Raises TrainingError where the two models differ in backbone, dimensions or shapes.
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
    """Return the folder of a base model; downloads a hub id unless a folder has that path.

    Raises CheckpointError naming what was tried.
    """
    folder = Path(base)
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(base, allow_patterns=list(_HUB_FILES)))
    except HFValidationError as error:
        raise CheckpointError(f"there is no folder {base}") from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise CheckpointError(f"{base!r} is no folder here, nor to be had: {error}") from error


def rebuild(
    sidecar: Fields, weights: Mapping[str, Tensor], path: Path, *, base: Path | None
) -> VisionLanguageRewardModel:
    """Return the model of a checkpoint: its base model with the trained weights loaded."""
    require_extra()
    settings = _settings(sidecar.inner("model"))
    folder = base if base is not None else base_folder(settings.base)
    prompts = Prompts.of(path.parent / PROMPTS)
    if (stated := sidecar.names("dimensions")) != prompts.dimensions:
        raise CheckpointError(
            f"{sidecar.where}: dimensions is {list(stated)}, the prompts ask for "
            f"{list(prompts.dimensions)}"
        )
    model = _model(settings, folder, prompts)
    trained_names = trained(model).keys()
    expected = {n: v for n, v in model.state_dict().items() if n in trained_names}
    files.require_fit(expected, weights, path, "the settings expect")
    model.load_state_dict(dict(weights), strict=False)
    return model


def _settings(model: Fields) -> VlmSettings:
    try:
        found = VlmSettings(**model.get("settings", dict))
    except (TypeError, TrainingError) as error:
        raise CheckpointError(f"{model.where}: model.settings: {error}") from error
    # The weights do not depend on the kernels, which a scoring machine may lack.
    return replace(found, attention="sdpa") if found.attention == FLASH else found


def released(
    path: Path,
    *,
    base: Path | None,
    prompts: Mapping[str, str] | Path | str,
    dtype: torch.dtype = torch.float32,
) -> VisionLanguageRewardModel:
    """Return a released EditReward model, ready to score; see `load_official`.

    It reads files as the official code does, since it was trained on such pixels.
    """
    require_extra()
    parts = load_official(path, base=base, prompts=prompts, dtype=dtype)
    model = VisionLanguageRewardModel(parts.network, parts.layout, parts.rule, parts.family)
    model.reading = OFFICIAL
    return model.eval()
