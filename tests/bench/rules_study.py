"""Who the quality rules find, and whom they wrongly pause: `python -m tests.bench.rules_study`.

Simulated campaigns, judged by the demo's model of an expert with parameters drawn anew for each
seed, and by people of named faults. The rules look every STEP judgments of a person, at what is
there by then. Thresholds were chosen on seeds 0 to 9; the table is of seeds 10 to 29.
"""

import sys
from dataclasses import dataclass, field

import numpy as np

from annotation.quality.evidence import (
    CampaignEvidence,
    agreement,
    left_wins,
    preferences,
)
from annotation.quality.rules import RULES, check, decide
from annotation.stats.intervals import wilson
from tests.bench.report import write_report
from tests.bench.rules_people import CAMPAIGNS, Person, judge, make_people

SEEDS = range(10, 30)
GOLD_SHARES = (0.05, 0.10)
N_EACH, OVERLAP, STEP, REPEAT_SHARE, GAP = 1_000, 3, 25, 0.04, 150
N_GOLDS = 120
SOON = 100


@dataclass
class Log:
    """Counting answers of a campaign in order: columns of equal length, and pools by person."""

    person: list[int] = field(default_factory=list)
    comparison: list[int] = field(default_factory=list)
    ranks: list[np.ndarray] = field(default_factory=list)
    scores: list[np.ndarray] = field(default_factory=list)
    shown: list[np.ndarray] = field(default_factory=list)
    gold: dict[int, list[bool]] = field(default_factory=dict)
    repeats: dict[int, list[bool]] = field(default_factory=dict)


class Campaign:
    """A campaign at work: comparisons come in order, each to OVERLAP people, sides in turn."""

    def __init__(self, people, gold_share, rng):
        self.people, self.gold_share, self.rng = people, gold_share, rng
        n = len(people) * N_EACH // OVERLAP + 500
        self.worth = rng.uniform(1, 4, (n + N_GOLDS, 2, 2))
        clear = self.worth[n:]
        # A gold has an answer that careful people agree on.
        gap = clear.mean(axis=2)
        clear[:, 1] = np.clip(clear[:, 0] + np.where(gap[:, 1:] > gap[:, :1], 1.2, -1.2), 0.5, 4.5)
        self.golds, self.free = n, np.full(n, OVERLAP)
        self.first_side = rng.integers(2, size=n + N_GOLDS)
        self.head, self.log = 0, Log()
        self.seen = [set() for _ in people]
        self.n_done = np.zeros(len(people), dtype=int)
        self.n_golds = np.zeros(len(people), dtype=int)
        self.own = [[] for _ in people]

    def serve(self, who):
        """Let one person answer one comparison, a gold or a repeat."""
        draw = self.rng.random()
        if draw < self.gold_share and self.n_golds[who] < N_GOLDS:
            self._gold(who)
        elif draw < self.gold_share + REPEAT_SHARE and len(self.own[who]) > GAP:
            self._repeat(who)
        else:
            self._counting(who)
        self.n_done[who] += 1

    def _answer(self, who, comparison, side):
        return judge(
            self.people[who],
            self.worth[comparison],
            side=side,
            comparison=comparison,
            n_done=self.n_done[who],
            rng=self.rng,
        )

    def _counting(self, who):
        while self.free[self.head] == 0:
            self.head += 1
        at = self.head
        while self.free[at] == 0 or at in self.seen[who]:
            at += 1
        self.free[at] -= 1
        self.seen[who].add(at)
        side = (self.first_side[at] + self.free[at]) % 2
        ranks, scores = self._answer(who, at, side)
        self.own[who].append((at, side, ranks))
        log = self.log
        log.person.append(who)
        log.comparison.append(at)
        log.ranks.append(ranks)
        log.scores.append(scores)
        log.shown.append(np.array([side, 1 - side]))

    def _gold(self, who):
        at = self.golds + self.n_golds[who]
        self.n_golds[who] += 1
        ranks, _ = self._answer(who, at, self.rng.integers(2))
        worth = self.worth[at].mean(axis=1)
        right = ranks[0] < ranks[1] if worth[0] > worth[1] else ranks[1] < ranks[0]
        self.log.gold.setdefault(who, []).append(bool(right))

    def _repeat(self, who):
        at, side, before = self.own[who][len(self.own[who]) - GAP]
        ranks, _ = self._answer(who, at, 1 - side)
        self.log.repeats.setdefault(who, []).append(bool((ranks == before).all()))

    def evidence(self):
        """Return what is known of each person so far."""
        log = self.log
        person, comparison = np.array(log.person), np.array(log.comparison)
        ranks = np.zeros((len(person), 4), dtype=int)
        ranks[:, :2] = log.ranks
        scores = np.full((len(person), 4, 2), np.nan)
        scores[:, :2] = log.scores
        shown = np.full((len(person), 4), -1)
        shown[:, :2] = log.shown
        preferred = preferences(ranks, scores)
        found = agreement(person, comparison, preferred)
        left = left_wins(shown, preferred[:, 0])
        known = CampaignEvidence(
            person,
            found,
            left,
            gold={who: np.array(rows) for who, rows in log.gold.items()},
            repeats={who: np.array(rows) for who, rows in log.repeats.items()},
        )
        return [known.of(who) for who in range(len(self.people))]


@dataclass
class Outcome:
    """When a person was first warned and paused, in own judgments, and by which rule."""

    kind: str
    warned_at: int | None = None
    paused_at: int | None = None
    by: str = ""


def play(kinds, gold_share, seed):
    """Return an Outcome for each person of one campaign."""
    rng = np.random.default_rng(seed)
    people: list[Person] = make_people(kinds, rng)
    campaign = Campaign(people, gold_share, rng)
    outcomes = [Outcome(person.kind) for person in people]
    for _ in range(N_EACH // STEP):
        working = [who for who, one in enumerate(outcomes) if one.paused_at is None]
        for who in rng.permutation(np.repeat(working, STEP)):
            campaign.serve(who)
        known = campaign.evidence()
        for who in working:
            _take(outcomes[who], check(known[who]), int(campaign.n_done[who]))
    return outcomes


def _take(outcome, findings, n_done):
    action = decide(findings)
    if action and outcome.warned_at is None:
        outcome.warned_at = n_done
    if action == "pause":
        outcome.paused_at = n_done
        outcome.by = next(one.rule for one in findings if one.action == "pause")


def table(outcomes):
    """Return a row per kind: n, paused in all and within SOON with Wilson's interval, when."""
    rows = {}
    for kind in sorted({one.kind for one in outcomes}):
        mine = [one for one in outcomes if one.kind == kind]
        times = sorted(one.paused_at for one in mine if one.paused_at is not None)
        soon = sum(at <= SOON for at in times)
        rows[kind] = {
            "n": len(mine),
            "paused": len(times),
            "paused_interval": wilson(len(times), len(mine)),
            "paused_soon": soon,
            "paused_soon_interval": wilson(soon, len(mine)),
            "warned": sum(one.warned_at is not None for one in mine),
            "median_judgments": times[len(times) // 2] if times else None,
            "by": {rule: sum(one.by == rule for one in mine) for rule in RULES},
        }
    return rows


def study(seeds):
    """Return the table of each gold share over seeds."""
    result = {}
    for share in GOLD_SHARES:
        outcomes = [
            one
            for seed in seeds
            for nth, kinds in enumerate(CAMPAIGNS)
            for one in play(kinds, share, [seed, nth, round(100 * share)])
        ]
        result[f"{share:.0%}"] = table(outcomes)
    return result


def main():
    first, last = (int(text) for text in sys.argv[1:3]) if sys.argv[2:] else (10, 29)
    seeds = range(first, last + 1)
    sizes = {"seeds": [first, last], "judgments_each": N_EACH, "overlap": OVERLAP}
    path = write_report("rules_study", study(seeds), sizes=sizes, packages=("numpy", "scipy"))
    print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
