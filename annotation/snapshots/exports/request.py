"""What a format is, and what one export asks of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from annotation.errors import DomainError
from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.options import IMAGES, TIES, Options, filled
from annotation.snapshots.exports.pictures import LOST, Pictures
from annotation.snapshots.exports.pooling import pooled_samples
from annotation.snapshots.exports.samples import COLUMNS, Sample, samples
from annotation.snapshots.exports.summary import Summary
from annotation.snapshots.format.pairs import Rule, Target
from annotation.snapshots.format.reader import Row, SnapshotReader


@dataclass(frozen=True)
class Request:
    """One export. options: with every default filled in. people: names by pseudonym, or none."""

    reader: SnapshotReader
    rule: Rule
    options: Options
    out: Path
    pictures: Pictures
    summary: Summary
    people: Mapping[str, str]

    def samples(
        self, *, decided: bool = True, columns: Sequence[str] = COLUMNS
    ) -> Iterator[Sample]:
        """Yield the pairs that the options take, in canonical order.

        decided: leave out those without an outcome. columns: of the votes.
        """
        if self.options.pooling == "item":
            return pooled_samples(self.reader, self.rule, self.options, self.summary)
        return samples(
            self.reader, self.rule, self.options, self.summary, decided=decided, columns=columns
        )

    def chosen_first(self) -> Iterator[Sample]:
        """Yield pairs with the winner first; a tie that is split comes once in each order."""
        for sample in self.samples():
            yield sample.chosen_first()
            if sample.tie and self.options.ties == "split":
                yield sample.exchanged()

    def pictures_of(self, sample: Sample) -> list[Any] | None:
        """Return source, first and second as rows hold them; None, and counted, where one is lost.

        The candidates stand in the sample's order.
        """
        return self.pictures_or_count(sample.pair.item, (sample.pair.first, sample.pair.second))

    def pictures_or_count(self, item: Row, candidates: Sequence[Row]) -> list[Any] | None:
        """Return the source and the candidates; None, and counted, where one is lost."""
        found = self.pictures.of(item, candidates)
        if found is None:
            self.summary.leave_out(LOST)
        return found


def every_dimension(reader: SnapshotReader) -> tuple[str, ...]:
    """Return every dimension of the rubric."""
    return tuple(reader.manifest["dimensions"])


@dataclass(frozen=True)
class Format:
    """A format, and what it follows where an option is not named: the first of `ties`, `images`.

    rows: yields (part, row); a part is a split, or a folder and a split. folder: of the parts.
    pooling: it can take pairs by item. people: it holds single votes, and who gave them.
    loads: the `datasets` library reads it. meta, text: further lines and paragraphs of its data
    card. file: the path of a part, without its ending.
    """

    name: str
    title: str
    about: str
    storage: Literal["jsonl", "json", "parquet", "webdataset"]
    rows: Callable[[Request], Iterator[tuple[str, Row]]]
    columns: Callable[[Request], Columns]
    ties: tuple[str, ...] = TIES
    images: tuple[str, ...] = IMAGES
    target: Target = "verdict"
    overall: Callable[[SnapshotReader], tuple[str, ...]] = every_dimension
    folder: str = ""
    pooling: bool = False
    people: bool = False
    loads: bool = True
    meta: Callable[[Request], list[str]] | None = None
    text: Callable[[Request], list[str]] | None = None
    file: Callable[[str], str] = str

    def resolved(self, options: Options) -> Options:
        """Return options with this format's defaults; raises DomainError for what it lacks."""
        chosen = filled(
            options,
            target=self.target,
            ties=self.ties[0],
            images=self.images[0],
            pooling="comparison",
        )
        for name, can in (("ties", self.ties), ("images", self.images)):
            if getattr(chosen, name) not in can:
                asked = getattr(chosen, name)
                raise DomainError(f"{self.name} has {name}: {', '.join(can)}; not {asked}")
        if (chosen.names or chosen.notes) and not self.people:
            raise DomainError(f"{self.name} holds no single votes: name neither names nor notes")
        if chosen.pooling == "item":
            self._refuse_pooling(chosen)
        return chosen

    def _refuse_pooling(self, options: Options) -> None:
        if not self.pooling:
            raise DomainError(f"{self.name} has pairs of comparisons only, not by item")
        if options.target != "scores":
            raise DomainError("pairs by item are decided by scores, not by verdicts")
        if options.confidence or options.adjudicated:
            raise DomainError(
                "pairs by item have no votes: name neither confidence nor adjudicated"
            )


def reasons(sample: Sample) -> dict[str, Any]:
    """Return the columns that say where a pair comes from, and why it was judged."""
    label = sample.pair.label
    return {
        "item_id": label["item_id"],
        "comparison_id": label["comparison_id"],
        **{name: label[name] for name in REASONS if name not in {"item_id", "comparison_id"}},
    }


REASONS: Columns = {
    "item_id": "string",
    "comparison_id": "string",
    "split": "string",
    "n_judgments": "int16",
    "resolved_by": "string",
    "lane": "string",
    "policy": "string",
    "propensity": "float64",
}
