"""What an export holds besides its format: one object for the command, the form and the job."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from annotation.errors import DomainError
from annotation.snapshots.format.lanes import COUNTING_LANES
from annotation.snapshots.format.pairs import TARGETS
from annotation.snapshots.format.reader import SnapshotReader

SPLITS = ("train", "held_out")
TIES = ("keep", "drop", "split")
IMAGES = ("embedded", "beside", "hash")
POOLING = ("comparison", "item")
GOLD = ("with", "without", "only")


@dataclass(frozen=True)
class Options:
    """What an export holds. An empty text or tuple means the format's default, or everything.

    target, overall: what decides a pair. pooling: pairs of a comparison, or of all candidates of an
    item that have at least `least` scores. ties: kept, dropped, or split into a row for each order.
    images: embedded, beside the rows, or by their hash alone. confidence: the least share of votes
    that agree with a pair's outcome, from 0 to 1. names, notes: people's names instead of
    pseudonyms, and what they wrote.
    """

    target: str = ""
    overall: tuple[str, ...] = ()
    pooling: str = ""
    least: int = 1
    ties: str = ""
    images: str = ""
    split: str = ""
    lanes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()
    gold: str = ""
    adjudicated: bool = False
    confidence: float = 0.0
    names: bool = False
    notes: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Options":
        """Return options from a mapping that may hold other keys too; absent ones: the default."""
        known: dict[str, Any] = {}
        for each in fields(cls):
            value = values.get(each.name)
            if value is None:
                continue
            known[each.name] = tuple(value) if isinstance(value, list | tuple) else value
        return cls(**known)

    def to_json(self) -> dict[str, Any]:
        """Return what differs from the defaults."""
        default = asdict(Options())
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != default[name]
        }


@dataclass(frozen=True)
class Field:
    """How the command and the form ask for an option.

    choices: the values of a choice; those of `many` without any depend on the campaign.
    """

    name: str
    kind: Literal["choice", "many", "flag", "share", "count"]
    label: str
    help: str
    choices: tuple[str, ...] = ()


FIELDS = (
    Field("target", "choice", "A pair is decided by", "the scores or people's verdicts", TARGETS),
    Field(
        "overall",
        "many",
        "The overall score is the sum of",
        "None chosen: formats of EditReward take its two published ones, the others all.",
    ),
    Field(
        "pooling",
        "choice",
        "Pairs are made from",
        "the candidates of a comparison, or all candidates of an item with the scores of every "
        "comparison they were in",
        POOLING,
    ),
    Field("least", "count", "Fewest scores of a candidate, by item", "with pairs made by item"),
    Field(
        "ties",
        "choice",
        "Ties are",
        "kept, dropped, or split into two rows, one for each order",
        TIES,
    ),
    Field(
        "images",
        "choice",
        "Pictures are",
        "embedded in the rows, beside them, or named by their hash alone",
        IMAGES,
    ),
    Field("split", "choice", "Split", "both, unless one is chosen", SPLITS),
    Field("lanes", "many", "Lanes", "None chosen: all.", COUNTING_LANES),
    Field("categories", "many", "Categories", "None chosen: all."),
    Field("languages", "many", "Languages", "None chosen: all."),
    Field("generators", "many", "Generators", "None chosen: all. Both of a pair must be chosen."),
    Field("gold", "choice", "Comparisons with a gold answer", "with, without or only them", GOLD),
    Field("adjudicated", "flag", "Only what was adjudicated", "leaves out labels by majority"),
    Field(
        "confidence",
        "share",
        "Least share of agreeing votes",
        "0 to 1: pairs with fewer votes for their outcome are left out",
    ),
    Field("names", "flag", "Names instead of pseudonyms", "for formats that hold single votes"),
    Field("notes", "flag", "What people wrote", "for formats that hold single votes"),
)


def refuse_values(options: Options) -> None:
    """Raise DomainError for a value that no format knows."""
    for field in FIELDS:
        value = getattr(options, field.name)
        if field.kind == "choice" and value and value not in field.choices:
            raise DomainError(f"{field.name} is one of {', '.join(field.choices)}, not {value!r}")
    if not 0 <= options.confidence <= 1:
        raise DomainError(f"confidence is a share from 0 to 1, not {options.confidence}")
    if options.least < 1:
        raise DomainError("least is the number of scores of a candidate: 1 or more")


def refuse_absent(options: Options, reader: SnapshotReader) -> None:
    """Raise DomainError for a lane, category, language or generator that the snapshot lacks."""
    items = reader.items.values()
    present = {
        "lanes": COUNTING_LANES,
        "categories": {row["category"] for row in items},
        "languages": {row.get("language", "") for row in items},
        "generators": {row["generator"] for row in reader.candidates.values()},
    }
    for name, values in present.items():
        _refuse_other(name, getattr(options, name), sorted(values))


def _refuse_other(name: str, asked: Sequence[str], present: Sequence[str]) -> None:
    for value in asked:
        if value not in present:
            known = ", ".join(each or "(none)" for each in present)
            raise DomainError(f"{name}: the snapshot has no {value!r}; it has {known}")


def filled(options: Options, **defaults: str) -> Options:
    """Return options with a default for each of those that are empty."""
    empty = {name: value for name, value in defaults.items() if not getattr(options, name)}
    return replace(options, **empty)  # type: ignore[arg-type]
