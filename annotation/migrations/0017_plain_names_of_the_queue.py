"""Plain names for the queue's columns and constraints, and its functions under those names.

In one transaction: functions and columns fit each other before it and after it.
"""

from collections.abc import Mapping

from django.db import migrations, models
from django.db.models import BaseConstraint, CheckConstraint, Q, UniqueConstraint

from annotation import sql

RENAME = {
    CheckConstraint: "ALTER TABLE annotation_{model} RENAME CONSTRAINT {old} TO {new}",
    # With a condition it is an index to PostgreSQL, not a constraint.
    UniqueConstraint: "ALTER INDEX {old} RENAME TO {new}",
}


def renamed(
    model: str, old: str, constraint: BaseConstraint
) -> migrations.SeparateDatabaseAndState:
    """Return the operation that gives a constraint its new name without checking any row."""
    statement = RENAME[type(constraint)]
    names: Mapping[str, str] = {"old": old, "new": constraint.name}
    undone: Mapping[str, str] = {"old": constraint.name, "new": old}
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                statement.format(model=model, **names), statement.format(model=model, **undone)
            )
        ],
        state_operations=[
            migrations.RemoveConstraint(model, old),
            migrations.AddConstraint(model, constraint),
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("annotation", "0016_answers_after_a_stop")]

    operations = [
        migrations.RenameField("membership", "lean", "position_bias_sum"),
        migrations.RenameField("membership", "heads", "search_cursors"),
        migrations.RenameField("membership", "owes_random", "random_debt"),
        migrations.RenameIndex(
            "queueentry", new_name="queue_entry_by_draw_key", old_name="queue_entry_head"
        ),
        renamed(
            "queueentry",
            "queue_entry_one_per_place",
            UniqueConstraint(
                fields=["comparison", "slot"],
                condition=Q(slot__isnull=False),
                name="queue_entry_one_per_slot",
            ),
        ),
        renamed(
            "queueentry",
            "queue_entry_places_in_counting_lanes",
            CheckConstraint(
                condition=Q(
                    slot__gte=1,
                    shown_order__isnull=False,
                    lane__in=["coverage", "random", "disagreement"],
                )
                | Q(slot__isnull=True, lane__in=["gold", "repeat", "training", "adjudication"]),
                name="queue_entry_slots_in_counting_lanes",
            ),
        ),
        renamed(
            "queueentry",
            "queue_entry_repeats_are_somebodys",
            CheckConstraint(
                condition=Q(lane="repeat", annotator__isnull=False)
                | (~Q(lane="repeat") & Q(annotator__isnull=True)),
                name="queue_entry_repeats_have_annotator",
            ),
        ),
        renamed(
            "assignment",
            "assignment_nobody_twice",
            UniqueConstraint(
                fields=["comparison", "annotator"],
                condition=Q(state__in=["leased", "submitted"]) & ~Q(lane="repeat"),
                name="assignment_once_per_annotator",
            ),
        ),
        renamed(
            "judgment",
            "judgment_answers_or_says_why_not",
            CheckConstraint(
                condition=Q(cannot_judge="", scores__isnull=False, ranks__isnull=False)
                | (~Q(cannot_judge="") & Q(scores__isnull=True, ranks__isnull=True)),
                name="judgment_scored_or_cannot_judge",
            ),
        ),
        renamed(
            "referenceanswer",
            "reference_one_in_use",
            UniqueConstraint(
                fields=["comparison"],
                condition=Q(withdrawn_at__isnull=True),
                name="reference_one_per_comparison",
            ),
        ),
        migrations.AlterField(
            "assignment",
            "state",
            models.CharField(
                choices=[
                    ("leased", "Leased"),
                    ("submitted", "Submitted"),
                    ("surplus", "Submitted after its slot was filled"),
                    ("expired", "Expired"),
                    ("released", "Given back"),
                    ("skipped", "Skipped"),
                ],
                default="leased",
                max_length=10,
            ),
        ),
        sql.load(
            "0017",
            {
                "slots": "28679440507f5945b4ddd13a3922ecff927649251dc7838558dab5b6f08c40f1",
                "search": "e3161e1ac4ffe34f9a422e7a39230236a7f2ce7c39f2b84573665e4c69f31c84",
                "lease": "bba6e0d8c9fc4a2e9e6812a7bfda08d943d932cf02893f0a8b427871d6c47a95",
                "submit": "f517c1f9b651cb033ced2f1bcb74cb5f778c9356da7e735777a88552007d14b7",
            },
            retired=("places",),
        ),
    ]
