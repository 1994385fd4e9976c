"""What a demo campaign is made of."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.text import slugify

BUILT_IN_SLUG = "demo"
SEED = 20_260
#: Items of the drawn set that are made at a time while people look on.
PART = 12
MANIFEST_SUFFIXES = (".json", ".jsonl", ".csv", ".tsv")
# Added to the slug of a campaign in which only people judge.
UNJUDGED = "-unjudged"


@dataclass(frozen=True)
class Size:
    """Size of the drawn set, and number of simulated judgments.

    seed: draws the pictures and the experts' answers; another number is an independent set.
    """

    n_items: int = 96
    n_judgments: int = 1_500
    seed: int = SEED


@dataclass(frozen=True)
class Plan:
    """A campaign of drawn pictures, or of somebody's own.

    data: a folder or an archive with a manifest, or one manifest in a folder; None: the drawn set
    of this size. votes: whether simulated experts judge a part, where the quality of the candidates
    is known. part: items of the drawn set that are made at a time.
    """

    data: Path | None = None
    size: Size = field(default_factory=Size)
    votes: bool = True
    part: int = PART

    @property
    def name(self) -> str:
        """Return the campaign's name."""
        name = "Demo" if self.data is None else _title(self.data)[:80]
        return name if self.votes else f"{name} (not judged)"

    @property
    def slug(self) -> str:
        """Return the campaign's slug; a plan with votes and one without have different ones."""
        slug = BUILT_IN_SLUG
        if self.data is not None:
            slug = slugify(_title(self.data))[: 50 - len(UNJUDGED)] or "images"
            slug = f"own-{slug}" if slug == BUILT_IN_SLUG else slug
        return slug if self.votes else f"{slug}{UNJUDGED}"

    def as_json(self) -> dict[str, Any]:
        """Return the plan as `from_json` reads it."""
        return {
            "data": None if self.data is None else str(self.data.resolve()),
            "n_items": self.size.n_items,
            "n_judgments": self.size.n_judgments,
            "seed": self.size.seed,
            "votes": self.votes,
            "part": self.part,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Plan":
        """Return the plan that `as_json` wrote."""
        size = Size(values["n_items"], values["n_judgments"], values["seed"])
        data = None if values["data"] is None else Path(values["data"])
        return cls(data, size, votes=values["votes"], part=values["part"])


def _title(data: Path) -> str:
    """Return the name of a folder or archive; of a manifest with its folder, as all share names."""
    path = data.resolve()
    if not is_manifest(path):
        return path.stem
    folder = path.parent.name
    return folder if path.stem == "manifest" else f"{folder} {path.stem}"


def is_manifest(path: Path) -> bool:
    """Whether a path names a manifest, whose pictures lie beside it."""
    return path.suffix.lower() in MANIFEST_SUFFIXES and not path.is_dir()
