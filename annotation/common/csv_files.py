"""Tables as CSV files that a spreadsheet opens as what they are."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

from annotation.common.events import record
from annotation.models import Campaign, User

# A cell that begins with one of these would be run as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_response(
    *,
    table: str,
    campaign: Campaign | None,
    actor: User,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> StreamingHttpResponse:
    """Return a CSV download, sent while it is made, and record who downloads which table.

    None is an empty cell; text that a spreadsheet would run as a formula begins with a quote.
    """

    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield writer.writerow(header)
        for row in rows:
            yield writer.writerow([_cell(value) for value in row])

    record(campaign, actor, "table_downloaded", table=table)
    name = table if campaign is None else f"{table}-{campaign.slug}"
    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
