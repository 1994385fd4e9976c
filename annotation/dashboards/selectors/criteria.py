"""Which criteria of the rubric divide people: marked by one, not by another, on the same edit."""

from dataclasses import dataclass

from django.db import connection

from annotation.models import Campaign, Criterion
from annotation.quality.selectors.outcomes import IN_FORCE, query_params

# Marks of each criterion per edit, beside how many people judged it under that version.
MARKS = f"""
WITH votes AS (
  SELECT j.comparison_id, j.rubric_id, j.remarks {IN_FORCE}
), judged AS (
  SELECT comparison_id, rubric_id, count(*) AS n_people
    FROM votes GROUP BY comparison_id, rubric_id HAVING count(*) > 1
), marks AS (
  SELECT v.comparison_id, v.rubric_id, flags.key AS slug, edit.number AS edit,
         criterion.index::int AS criterion, count(*) AS n_marks
    FROM votes v
   CROSS JOIN LATERAL jsonb_each(v.remarks -> 'flags') AS flags
   CROSS JOIN LATERAL jsonb_array_elements(flags.value) WITH ORDINALITY AS edit (marked, number)
   CROSS JOIN LATERAL jsonb_array_elements_text(edit.marked) AS criterion (index)
   WHERE v.remarks ? 'flags'
   GROUP BY 1, 2, 3, 4, 5
)
SELECT m.rubric_id, m.slug, m.criterion, sum(m.n_marks), count(*),
       sum(m.n_marks * (j.n_people - m.n_marks) / (j.n_people - 1)::float)
  FROM marks m JOIN judged j USING (comparison_id, rubric_id)
 GROUP BY m.rubric_id, m.slug, m.criterion
"""  # noqa: S608 - the pieces are our own


@dataclass(frozen=True)
class CriterionLine:
    """One criterion of one rubric version.

    n_marks: marks on edits that at least two people judged; n_edits: edits with such a mark.
    alone: how often somebody else who judged the same edit did not make the mark, 0 to 1.
    """

    version: int
    dimension: str
    name: str
    n_marks: int
    n_edits: int
    alone: float


def dividing_criteria(campaign: Campaign) -> list[CriterionLine]:
    """Return the marked criteria, those that divide most first. Two queries for any size.

    alone is the mean over marks of the share of the other people on that edit without it.
    """
    with connection.cursor() as cursor:
        cursor.execute(MARKS, query_params(campaign))
        rows = cursor.fetchall()
    names = {
        (each.dimension.rubric_id, each.dimension.slug, each.position): each
        for each in Criterion.objects.filter(dimension__rubric__campaign=campaign).select_related(
            "dimension__rubric"
        )
    }
    lines = []
    for rubric, slug, index, n_marks, n_edits, alone in rows:
        criterion = names[rubric, slug, index]
        dimension = criterion.dimension
        lines.append(
            CriterionLine(
                dimension.rubric.version,
                dimension.name,
                criterion.name,
                int(n_marks),
                int(n_edits),
                float(alone) / float(n_marks),
            )
        )
    return sorted(lines, key=lambda line: (-line.alone, -line.n_marks, line.version, line.name))
