"""The formats an export can have, by name."""

from annotation.errors import DomainError
from annotation.snapshots.exports import (
    arena,
    chosen_rejected,
    diffusion_dpo,
    editreward_bench,
    editreward_data,
    editreward_train,
    genai_bench,
    hpdv3,
    hugging_face,
    label_studio,
    trl_preference,
    webdataset,
)
from annotation.snapshots.exports.request import Format

FORMATS = {
    entry.name: entry
    for entry in (
        hugging_face.FORMAT,
        editreward_data.FORMAT,
        editreward_train.FORMAT,
        editreward_bench.ROWS,
        editreward_bench.GROUPS,
        chosen_rejected.FORMAT,
        trl_preference.FORMAT,
        diffusion_dpo.FORMAT,
        hpdv3.FORMAT,
        arena.FORMAT,
        genai_bench.FORMAT,
        webdataset.FORMAT,
        label_studio.FORMAT,
    )
}
# The snapshot itself, unchanged: tables, manifest and images.
CANONICAL = "canonical"
NAMES = (CANONICAL, *FORMATS)


def format_named(name: str) -> Format:
    """Return a derived format. Raises DomainError naming the ones that exist."""
    if name not in FORMATS:
        raise DomainError(f"format is one of {', '.join(NAMES)}, not {name!r}")
    return FORMATS[name]
