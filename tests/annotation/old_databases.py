"""Databases at earlier states of the schema, and rows as they were in them.

Rows are written by the models of that state (`project_state`), so a column that came later is
left out and one that has gone is still filled.
"""

import hashlib
import uuid
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from annotation.answers.context import rubric_words, scales_of

PROJECT = Path(__file__).resolve().parents[2]
DIMENSIONS = ("instruction_following", "visual_quality")
# Everything that the queue's SQL defines, whatever its arguments.
FUNCTIONS = """
SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid) FROM pg_proc p
 WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'annotation\\_%' ORDER BY 1
"""


# All that a schema is made of, by kind; columns by position, whatever was dropped between them.
CATALOGUE = {
    "columns": """
        SELECT table_name, row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position),
               column_name, udt_name, character_maximum_length, is_nullable, column_default,
               is_identity
          FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
         WHERE NOT tgisinternal""",
    "functions": FUNCTIONS,
    "sequences": "SELECT sequencename, data_type::text, increment_by FROM pg_sequences",
    "options": """
        SELECT relname, array_to_string(reloptions, ' ') FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL""",
}


def catalogue():
    """Return what the default connection's database is made of, sorted, by kind."""
    return {kind: sorted(rows(query), key=repr) for kind, query in CATALOGUE.items()}


def migrations_of(app):
    """Return the names of an app's migrations, oldest first, without those that replace others."""
    paths = (PROJECT / app / "migrations").glob("0*.py")
    return sorted(path.stem for path in paths if "_squashed_" not in path.stem)


@contextmanager
def server():
    """A connection beside all tests' databases, for making and dropping some."""
    parameters = connections["default"].get_connection_params()
    own = {"dbname": "postgres", "cursor_factory": None}
    with psycopg.connect(**parameters | own, autocommit=True) as opened:
        yield opened


@contextmanager
def database(name):
    """Make an empty database and let Django's default connection be to it."""
    with server() as opened:
        opened.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        opened.execute(f"CREATE DATABASE {name}")
    usual = connections["default"]
    other = usual.copy()
    other.settings_dict["NAME"] = name
    connections["default"] = other
    forget_rubrics()
    try:
        yield
    finally:
        other.close()
        connections["default"] = usual
        forget_rubrics()
        with server() as opened:
            opened.execute(f"DROP DATABASE {name} WITH (FORCE)")


def forget_rubrics():
    """Empty what this process keeps by a rubric's id: another database has others."""
    rubric_words.cache_clear()
    scales_of.cache_clear()


def newest():
    """Return the newest migration of every app, as (app, name)."""
    return MigrationExecutor(connections["default"]).loader.graph.leaf_nodes()


def migrate(*targets):
    """Migrate the default connection's database to some migrations, or to the newest of all.

    To some: one by one as they were made, not by what replaces several of them today.
    """
    executor = MigrationExecutor(connections["default"])
    if targets:
        executor.loader = MigrationLoader(connections["default"], replace_migrations=False)
    executor.migrate(list(targets) or newest())


def planned():
    """Return the migrations of `annotation` that `migrate()` would run, in order."""
    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(newest())
    return [migration.name for migration, _ in plan if migration.app_label == "annotation"]


def models_at(*targets):
    """Return a maker of rows: make(app, model, **columns), without columns that are not there."""
    loader = MigrationLoader(connections["default"], replace_migrations=False)
    apps = loader.project_state(list(targets)).apps

    def make(app, table, /, **columns):
        known = apps.get_model(app, table)
        names = {field.name for field in known._meta.get_fields()}
        return known.objects.create(**{k: v for k, v in columns.items() if k in names})

    return make


def rows(statement):
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


# From this migration on the queue's function has its plain name.
FIRST_WITH_SLOTS = "0017"


def make_campaign(make, number, *, counted):
    """Create a live campaign in which one judgment was given and two are wanted.

    counted: the queue holds comparisons with a count of free slots, not one row per slot.
    """
    people = {
        name: make("annotation", "User", username=f"{name}-{number}", password="!")
        for name in ("ann", "bob", "lea")
    }
    slug = f"old-{number}"
    campaign = make("annotation", "Campaign", slug=slug, name=slug, state="live", seed=5)
    for name, person in people.items():
        role = "lead" if name == "lea" else "annotator"
        make("annotation", "Membership", campaign=campaign, user=person, role=role)
    rubric = make("annotation", "Rubric", campaign=campaign, version=1)
    for position, slug in enumerate(DIMENSIONS):
        dimension = make(
            "annotation",
            "Dimension",
            rubric=rubric,
            position=position,
            slug=slug,
            name=slug,
            question=f"{slug}?",
        )
        for value in range(1, 5):
            make(
                "annotation",
                "Level",
                dimension=dimension,
                value=value,
                name=f"Level {value}",
                text="Text.",
            )
        make("annotation", "Criterion", dimension=dimension, position=0, name="Hands", text="Five.")
    type(rubric).objects.filter(pk=rubric.pk).update(published_at=timezone.now())
    comparison = make_work(make, campaign, rubric, people["bob"])
    if counted:
        queued = {"campaign": campaign, "comparison": comparison, "lane": "coverage", "free": 2}
        make("annotation", "QueueEntry", policy="all", propensity=0.25, **queued)
    else:
        opened = "open_slots" if number >= FIRST_WITH_SLOTS else "open_places"
        rows(f"SELECT annotation_{opened}(ARRAY[{comparison.pk}], ARRAY[0.25], NULL, 'all')")


def make_work(make, campaign, rubric, bob):
    """Create a comparison of overlap 3 that bob has judged and that waits for two more."""
    images = sorted((make_image(make) for _ in range(3)), key=lambda image: image.sha256)
    instruction = "Make the sky green."
    item = make(
        "annotation",
        "Item",
        campaign=campaign,
        source=images[0],
        instruction=instruction,
        instruction_sha256=digest_of(instruction),
        random_arm=False,
        held_out=False,
    )
    candidates = []
    for number, image in enumerate(images[1:]):
        generator = make("annotation", "Generator", campaign=campaign, name=f"editor-{number}")
        candidates.append(
            make("annotation", "Candidate", item=item, generator=generator, image=image)
        )
    comparison = make(
        "annotation",
        "Comparison",
        campaign=campaign,
        item=item,
        candidate_ids=[candidate.pk for candidate in candidates],
        overlap=3,
    )
    served = {
        "campaign": campaign,
        "comparison": comparison,
        "annotator": bob,
        "rubric": rubric,
        "lane": "coverage",
    }
    at = timezone.now() - timedelta(hours=2)
    assignment = make(
        "annotation",
        "Assignment",
        **served,
        policy="all",
        slot=1,
        shown_order=[0, 1],
        state="submitted",
        expires_at=at,
        closed_at=at,
    )
    make(
        "annotation",
        "Judgment",
        **served,
        assignment=assignment,
        client_id=uuid.uuid4(),
        scores=[[4, 3], [2, 3]],
        ranks=[1, 2],
    )
    return comparison


def digest_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def make_image(make):
    """Create an image with both its derivatives, as rows."""
    sha256 = digest_of(str(uuid.uuid4()))
    size = {"width": 48, "height": 32, "n_bytes": 1}
    image = make("annotation", "StoredImage", sha256=sha256, file_format="PNG", **size)
    for variant in ("fit", "full"):
        path = f"{sha256}/{variant}"
        make("annotation", "Derivative", image=image, variant=variant, path=path, **size)
    return image


def make_run(make, campaign, name):
    """Create a finished training run with a curve, its final model and one reward."""
    run = make(
        "rewardsvc",
        "TrainingRun",
        campaign=campaign.public_id,
        backbone="compact",
        config={},
        target="verdict",
        n_folds=3,
        snapshot_sha256=digest_of(name),
        finished_at=timezone.now(),
    )
    curve = {"loss": 0.7, "held_out_accuracy": 0.6, "held_out_pairs": 20}
    make("rewardsvc", "RunPoint", run=run, fold=-1, epoch=0, **curve)
    model = make(
        "rewardsvc",
        "RewardModel",
        run=run,
        campaign=campaign.public_id,
        dimensions=list(DIMENSIONS),
        path="models/old",
    )
    make(
        "rewardsvc",
        "Reward",
        model=model,
        source_sha256="1" * 64,
        edit_sha256="2" * 64,
        instruction_sha256="3" * 64,
        mu=[0.5, 0.1],
        log_sigma=[0.0, 0.0],
        reward=0.6,
        log_sigma_fused=0.0,
    )
    return run
