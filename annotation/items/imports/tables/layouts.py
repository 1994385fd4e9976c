"""Published tables of edits: which of their columns hold what."""

from collections.abc import Collection
from dataclasses import dataclass

from annotation.errors import ImportRefused


@dataclass(frozen=True)
class Layout:
    """The columns of an instruction, a source, and edits with their generators."""

    name: str
    instruction: str
    source: str
    edits: tuple[tuple[str, str], ...]

    @property
    def pictures(self) -> tuple[str, ...]:
        return (self.source, *(picture for picture, _ in self.edits))

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.instruction, *self.pictures, *(model for _, model in self.edits))


LEFT_RIGHT = (("left_output_image", "left_model"), ("right_output_image", "right_model"))
LAYOUTS = (
    Layout("EditReward-Data", "instruction", "source_img", LEFT_RIGHT),
    Layout("GenAI-Bench", "instruct_prompt", "source_image", LEFT_RIGHT),
    Layout(
        "EditReward-Bench",
        "instruction",
        "source_image",
        (("candidate_1", "model_1"), ("candidate_2", "model_2")),
    ),
    Layout(
        "diffusion-dpo",
        "instruction",
        "source_image",
        (("chosen_image", "chosen_model"), ("rejected_image", "rejected_model")),
    ),
)


def layout_of(columns: Collection[str], file: str) -> Layout:
    """Return the layout whose columns are all there. Raises ImportRefused naming what is missing.

    Of no layout: the one that lacks the fewest columns is named.
    """
    lacking = {layout: set(layout.columns) - set(columns) for layout in LAYOUTS}
    best = min(LAYOUTS, key=lambda layout: len(lacking[layout]))
    if lacking[best]:
        raise ImportRefused(
            f"{file}: no known table of edits; {best.name} comes nearest, and"
            f" {', '.join(sorted(lacking[best]))} is missing"
        )
    return best
