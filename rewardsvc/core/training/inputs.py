"""Check everything that a training reads before its first step."""

from typing import Any

from rewardsvc.core.data.files import ImagePath
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.errors import MAX_NAMED, TrainingError, UnusableImages
from rewardsvc.core.training.settings import TrainConfig


def open_images(config: TrainConfig, data: PreferenceData, image_path: ImagePath) -> Any:
    """Return the images of all triples, each decoded once.

    Raises UnusableImages or TrainingError naming every picture or instruction that no step could
    read, with its item and candidate.
    """
    blank = sorted({t.item for t in data.triples if not t.instruction.strip()})
    if blank:
        shown = ", ".join(blank[:MAX_NAMED])
        more = f" and {len(blank) - MAX_NAMED} more" if len(blank) > MAX_NAMED else ""
        raise TrainingError(f"an instruction is empty: item {shown}{more}")
    try:
        names = [name for t in data.triples for name in t.pictures]
        return config.images(names, image_path, data.watermarks)
    except UnusableImages as error:
        rows = _rows(data)
        named = {name: f"{rows[name]}: {fault}" for name, fault in error.faults.items()}
        raise UnusableImages(named) from error


def _rows(data: PreferenceData) -> dict[str, str]:
    """Return the first row of each image: `item …` for a source, `candidate … of item …`."""
    rows: dict[str, str] = {}
    for triple in data.triples:
        rows.setdefault(triple.source_sha, f"source of item {triple.item}")
        rows.setdefault(triple.edit, f"candidate {triple.candidate} of item {triple.item}")
    return rows
