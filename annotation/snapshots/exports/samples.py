"""Pairs with the votes they come from, selected by an export's options."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from annotation.snapshots.exports.options import Options
from annotation.snapshots.exports.summary import Summary
from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.pairs import Pair, Rule, outcome_of, pairs_of_label
from annotation.snapshots.format.reader import Row, SnapshotReader
from annotation.snapshots.format.votes import is_vote

#: The columns of judgments that every export of pairs reads.
COLUMNS = (
    *("comparison_id", "candidate_ids", "lane", "in_force", "ranks", "scores", "dimensions"),
    "tie_kind",
)


@dataclass(frozen=True)
class Votes:
    """How many votes prefer the first of a pair, the second, or neither.

    bad: of the ties, how many call all candidates bad.
    """

    first: int = 0
    second: int = 0
    tie: int = 0
    bad: int = 0

    @property
    def n(self) -> int:
        return self.first + self.second + self.tie

    @property
    def distribution(self) -> list[float]:
        """Votes for the first and for the second; a tie is half a vote for each."""
        return [self.first + self.tie / 2, self.second + self.tie / 2]


@dataclass(frozen=True)
class Sample:
    """A pair and the votes of its comparison. tie: its outcome was a tie, in whatever order."""

    pair: Pair
    judgments: Sequence[Row]
    rule: Rule
    tie: bool

    @cached_property
    def votes(self) -> Votes:
        """The votes on the pair, each decided by the rule that decides the pair."""
        found = [vote for row in self.judgments if (vote := _vote(self.pair, row, self.rule))]
        outcomes = [outcome for outcome, _ in found]
        return Votes(
            outcomes.count(1),
            outcomes.count(-1),
            outcomes.count(0),
            sum(outcome == 0 and kind == "bad" for outcome, kind in found),
        )

    @property
    def confidence(self) -> float:
        """Share of the votes that agree with the outcome; 1 where it was adjudicated."""
        if self.pair.label["resolved_by"] == "adjudication":
            return 1.0
        votes = self.votes
        agreeing = votes.tie if self.tie else max(votes.first, votes.second)
        if not self.tie and self.pair.outcome:
            agreeing = votes.first if self.pair.outcome == 1 else votes.second
        return agreeing / votes.n if votes.n else 0.0

    def exchanged(self) -> "Sample":
        """Return the same pair with first and second exchanged."""
        pair = replace(
            self.pair,
            first=self.pair.second,
            second=self.pair.first,
            first_scores=self.pair.second_scores,
            second_scores=self.pair.first_scores,
            outcome=-self.pair.outcome,
        )
        return Sample(pair, self.judgments, self.rule, self.tie)

    def chosen_first(self) -> "Sample":
        """Return the pair with the winner first; a tie as it is."""
        return self.exchanged() if self.pair.outcome == -1 else self


def voted_labels(
    reader: SnapshotReader, columns: Sequence[str] = COLUMNS
) -> Iterator[tuple[Row, list[Row]]]:
    """Yield each label with the votes that it was resolved from, part by part.

    Raises FormatError where the tables name the comparisons in different orders.
    """
    groups = groupby(reader.rows("judgments", columns), key=lambda row: row["comparison_id"])
    for label in reader.labels():
        for name, rows in groups:
            if name == label["comparison_id"]:
                yield label, [row for row in rows if is_vote(row)]
                break
        else:
            raise FormatError(f"no judgments follow for the label of {label['comparison_id']}")


def samples(  # noqa: PLR0913 - two are keywords
    reader: SnapshotReader,
    rule: Rule,
    options: Options,
    summary: Summary,
    *,
    decided: bool,
    columns: Sequence[str] = COLUMNS,
) -> Iterator[Sample]:
    """Yield the pairs that the options take, in canonical order, and count the others.

    decided: leave out pairs without an outcome; else they are yielded as well. columns: of the
    votes.
    """
    number = 0
    for label, judgments in voted_labels(reader, columns):
        found = pairs_of_label(reader, label, rule, number)
        number += len(found)
        outside = outside_of(options, label, reader.items[label["item_id"]])
        for pair in found:
            sample = Sample(pair, judgments, rule, tie=not pair.problem and pair.outcome == 0)
            reason = outside or _refused(options, sample, decided=decided)
            if reason:
                summary.leave_out(reason)
            else:
                yield sample


def outside_of(options: Options, label: Row, item: Row) -> str:
    """Return why the options do not take a label, "" where they do."""
    checks = {
        "of the other split": options.split and label["split"] != options.split,
        "of another lane": options.lanes and label["lane"] not in options.lanes,
        "of another category": options.categories and item["category"] not in options.categories,
        "in another language": (
            options.languages and item.get("language", "") not in options.languages
        ),
        "with a gold answer": options.gold == "without" and label.get("gold"),
        "without a gold answer": options.gold == "only" and not label.get("gold"),
        "not adjudicated": options.adjudicated and label["resolved_by"] != "adjudication",
    }
    return next((reason for reason, is_so in checks.items() if is_so), "")


def _refused(options: Options, sample: Sample, *, decided: bool) -> str:
    pair = sample.pair
    names = {pair.first["generator"], pair.second["generator"]}
    if options.generators and not names <= set(options.generators):
        return "of another generator"
    if decided and pair.problem:
        return pair.problem
    if options.ties == "drop" and sample.tie:
        return "tie"
    if options.confidence and sample.confidence < options.confidence:
        return "fewer votes agree than asked for"
    return ""


def _vote(pair: Pair, judgment: Row, rule: Rule) -> tuple[int, str | None] | None:
    """Return what a judgment says of the pair, and its kind of tie; None: not scored so."""
    names = judgment["candidate_ids"]
    if pair.first["candidate_id"] not in names or pair.second["candidate_id"] not in names:
        return None
    first, second = (names.index(row["candidate_id"]) for row in (pair.first, pair.second))
    if rule.target == "verdict":
        ranks = judgment["ranks"]
        gap = float(ranks[second] - ranks[first])
    else:
        if set(rule.overall) - set(judgment["dimensions"]):
            return None
        columns = [judgment["dimensions"].index(slug) for slug in rule.overall]
        scores = judgment["scores"]
        gap = float(sum(scores[first][at] - scores[second][at] for at in columns))
    return outcome_of(gap), judgment["tie_kind"]
