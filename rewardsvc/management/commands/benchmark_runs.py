import json
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from annotation.management.base import OneLineCommand
from rewardsvc.benchmarks.formats import as_markdown
from rewardsvc.benchmarks.report import Line
from rewardsvc.models import BenchmarkRun
from rewardsvc.selectors import benchmark_runs, find_benchmark_run


class Command(OneLineCommand):
    help = "List the kept runs of benchmark, newest first, or print the table of one again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--run", type=UUID, help="the id of one run")
        parser.add_argument("--json", action="store_true", help="machine-readable")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["run"] is None:
            self._list(as_json=options["json"])
            return
        run = find_benchmark_run(options["run"])
        if run is None:
            raise CommandError(f"No run has the id {options['run']}.", returncode=2)
        if options["json"]:
            self.stdout.write(json.dumps(_row(run) | {"lines": run.lines, "notes": run.notes}))
            return
        lines = [Line(**line) for line in run.lines]
        self.stdout.write(as_markdown(lines, title=str(run), benchmark=run.benchmark))
        for note in run.notes:
            self.stdout.write(f"- {note}")

    def _list(self, *, as_json: bool) -> None:
        rows = [_row(run) for run in benchmark_runs()]
        if as_json:
            self.stdout.write(json.dumps(rows))
            return
        if not rows:
            self.stdout.write("No run is kept.")
        for row in rows:
            self.stdout.write("  ".join(map(str, row.values())))


def _row(run: BenchmarkRun) -> dict[str, Any]:
    return {
        "run": str(run.public_id),
        "created_at": run.created_at.isoformat(timespec="seconds"),
        "benchmark": run.benchmark,
        "scorer": run.scorer,
        "data_sha256": run.data_sha256,
        "code_version": run.code_version,
        "n_replicates": run.n_replicates,
        "n_missing": len(run.missing),
        "cost": run.usage.get("cost", 0.0),
    }
