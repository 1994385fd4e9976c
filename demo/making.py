"""Make a demo's campaign: a first part while the launcher waits, the rest by a worker."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from annotation.items.services.imports import check_readable
from annotation.models import Campaign, User
from demo.campaign import Progress, extend, find_campaign, mark_ready, open_campaign
from demo.drawing import draw_part
from demo.plan import Plan, is_manifest
from demo.progress import Report, Steps
from demo.truth import Truth, read_truth
from demo.voting import judge_until, share_of_wanted

# Judgments that are there when the first page answers: each first comparison has one.
FIRST_JUDGMENTS = 72
JUDGING = "Simulated experts judge"


@dataclass(frozen=True)
class Maker:
    """Makes the campaign of a plan, with its drawn pictures in a home folder.

    Every method may be interrupted and called again. Raises DomainError when the campaign, or the
    pictures, cannot be used.
    """

    plan: Plan
    home: Path

    def begin(
        self, *, people: dict[str, User], say: Callable[[str], None], progress: Progress
    ) -> Campaign:
        """Return the campaign with its first part, or with all pictures of an own folder.

        A campaign that is there is left as it is. After a refusal nothing has changed.
        """
        campaign = find_campaign(self.plan)
        if campaign is not None:
            return campaign
        if self.plan.data is None:
            first, last = self._parts()[0]
            say(f"Drawing {last} pictures and 4 edits of each ...")
            folder = self._draw(first, last, progress)
        else:
            folder = self.plan.data
            check_readable(folder)
        say("Importing them and making the views that annotators see ...")
        return open_campaign(self.plan, folder=folder, people=people, progress=progress)

    def simulates(self, campaign: Campaign) -> bool:
        """Whether simulated experts judge in the campaign, now or when it is complete."""
        if self.plan.data is None:
            return self.plan.votes and self.plan.size.n_judgments > 0
        return self.plan.votes and share_of_wanted(campaign, _truth(self.plan.data)) > 0

    def judge_first(self, campaign: Campaign) -> None:
        """Let the simulated experts judge a little of the first part of the drawn set."""
        if self.plan.data is not None or not self.plan.votes:
            return
        first, last = self._parts()[0]
        truth = read_truth(self._draw(first, last))
        target = min(FIRST_JUDGMENTS, self._judgments_after(last))
        judge_until(campaign, target, truth=truth, seed=self.plan.size.seed)

    def complete(self, campaign: Campaign, *, lead: User, report: Report) -> None:
        """Add what is missing of the plan, and mark the campaign as complete.

        report(done, total, message) is called often, and may raise an exception to stop.
        """
        if self.plan.data is None:
            self._complete_drawn(campaign, lead, Steps(report, self.plan.size.n_items))
        elif self.plan.votes:
            self._judge_own(campaign, self.plan.data, report)
        mark_ready(campaign, lead)

    def _complete_drawn(self, campaign: Campaign, lead: User, steps: Steps) -> None:
        size, truth = self.plan.size, Truth()
        for first, last in self._parts():
            folder = self._draw(first, last, partial(_report_drawn, steps, first))
            extend(campaign, folder=folder, lead=lead)
            steps.imported(last)
            if self.plan.votes:
                truth = truth.joined(read_truth(folder))
                judge_until(
                    campaign,
                    self._judgments_after(last),
                    truth=truth,
                    seed=size.seed,
                    progress=lambda n: steps.judged(n * size.n_items // size.n_judgments),
                )

    def _judge_own(self, campaign: Campaign, data: Path, report: Report) -> None:
        truth = _truth(data)
        target = share_of_wanted(campaign, truth)
        judge_until(
            campaign,
            target,
            truth=truth,
            seed=self.plan.size.seed,
            progress=lambda n: report(n, target, JUDGING),
        )

    def _parts(self) -> list[tuple[int, int]]:
        """Return the (first, last + 1) items of each part."""
        n_items = self.plan.size.n_items
        return list(pairwise([*range(0, n_items, self.plan.part), n_items]))

    def _judgments_after(self, n_items: int) -> int:
        """Return how many simulated judgments there are to be when so many items are there."""
        return self.plan.size.n_judgments * n_items // self.plan.size.n_items

    def _draw(self, first: int, last: int, progress: Progress | None = None) -> Path:
        return draw_part(
            self.home, first=first, last=last, seed=self.plan.size.seed, progress=progress
        )


def _report_drawn(steps: Steps, first: int, n_drawn: int, _total: int) -> None:
    steps.drawn(first + n_drawn)


def _truth(data: Path) -> Truth:
    if is_manifest(data):
        return read_truth(data.parent, manifest=data.name)
    return read_truth(data) if data.is_dir() else Truth()
