"""A campaign at work, of any size and progress, written by SQL alone.

Triggers and foreign keys are off meanwhile, so what is written here is checked by nothing; the
places themselves come from the product's own `annotation_open_slots`.
"""

from django.db import connection, transaction

SLUG = "work"
# People 1 to 64 judge in a measurement; the earlier answers are of people 101 to 200.
N_PEOPLE, FIRST_FORMER, N_FORMER = 64, 101, 100
PER_ITEM = 6
CHUNK = 100_000
N_LEVELS = 4

PEOPLE = """
INSERT INTO annotation_user (id, password, is_superuser, username, first_name, last_name, email,
                             is_staff, is_active, date_joined, preferences)
SELECT p, '', false, 'person ' || p, '', '', '', false, true, now(), '{}'
  FROM generate_series(1, 200) p;
INSERT INTO annotation_membership (role, pseudonym, serves, position_bias_sum,
    search_cursors, random_debt, categories, languages, campaign_id, user_id)
SELECT 'annotator', gen_random_uuid(), 0, 0, '{}', false, '{}', '{}', 1, p
  FROM generate_series(1, 200) p;
INSERT INTO authtoken_token (key, created, user_id)
SELECT lpad(to_hex(p), 40, '0'), now(), p FROM generate_series(1, %(people)s) p
"""

RUBRIC = """
INSERT INTO annotation_rubric (id, version, published_at, campaign_id) VALUES (1, 1, now(), 1);
INSERT INTO annotation_dimension (id, rubric_id, position, slug, name, question)
VALUES (1, 1, 0, 'instruction_following', 'Instruction following', 'Does it do what was asked?'),
       (2, 1, 1, 'visual_quality', 'Visual quality', 'Does it look right?');
INSERT INTO annotation_level (dimension_id, value, name, text)
SELECT d, v, 'Level ' || v, 'What a picture of level ' || v || ' looks like.'
  FROM generate_series(1, 2) d, generate_series(1, %(levels)s) v;
INSERT INTO annotation_criterion (dimension_id, position, name, text)
SELECT d, p, 'Look here', 'What to look for in the picture, and where.'
  FROM generate_series(1, 2) d, generate_series(0, 2) p;
INSERT INTO annotation_generator (id, name, version, campaign_id)
SELECT g, 'generator ' || g, '', 1 FROM generate_series(1, 8) g
"""

# Four candidates an item, so six pairs; image ids: the source, then the candidates.
ITEMS = """
INSERT INTO annotation_storedimage (id, sha256, n_bytes, file_format, width, height, has_alpha)
SELECT i, lpad(to_hex(i), 64, '0'), 1, 'PNG', 1024, 768, false
  FROM generate_series(%(first)s * 5 - 4, %(last)s * 5) i;
INSERT INTO annotation_derivative (image_id, variant, path, width, height, n_bytes)
SELECT i, v, 'x', 1024, 768, 1
  FROM generate_series(%(first)s * 5 - 4, %(last)s * 5) i, unnest(ARRAY['fit', 'full']) v;
INSERT INTO annotation_item (id, public_id, instruction, instruction_sha256, category, language,
    licence, origin, random_arm, held_out, version, withdrawn_reason, campaign_id, source_id)
SELECT i, gen_random_uuid(), 'Make the sky of picture ' || i || ' green.',
       lpad(to_hex(i), 64, '0'), '', '', '', '', i %% 5 = 0, false, 1, '', 1, i * 5 - 4
  FROM generate_series(%(first)s, %(last)s) i;
INSERT INTO annotation_candidate (id, public_id, seed, licence, origin, version, withdrawn_reason,
    generator_id, item_id, image_id)
SELECT i * 4 - 3 + p, gen_random_uuid(), '', '', '', 1, '', (i + p) %% 8 + 1, i, i * 5 - 3 + p
  FROM generate_series(%(first)s, %(last)s) i, generate_series(0, 3) p;
INSERT INTO annotation_comparison (id, public_id, candidate_ids, overlap, held_reason,
    campaign_id, item_id)
SELECT (i - 1) * 6 + nth, gen_random_uuid(), ARRAY[i * 4 - 3 + a, i * 4 - 3 + b], %(overlap)s, '',
       1, i
  FROM generate_series(%(first)s, %(last)s) i
  JOIN (VALUES (1, 0, 1), (2, 0, 2), (3, 0, 3), (4, 1, 2), (5, 1, 3), (6, 2, 3)) way (nth, a, b)
    ON (i - 1) * 6 + nth <= %(comparisons)s
"""

OPEN = """
SELECT annotation_open_slots(array_agg(id), array_agg(1.0::double precision), NULL, 'all')
  FROM annotation_comparison WHERE id BETWEEN %s AND %s
"""

# Places go in the order in which people are served: the head of each lane first.
JUDGE = """
WITH taken AS (
    DELETE FROM annotation_queueentry WHERE id IN (
        SELECT id FROM (SELECT id, percent_rank() OVER (PARTITION BY lane ORDER BY draw_key, slot)
                               AS at_share FROM annotation_queueentry) r
         ORDER BY at_share LIMIT %(places)s)
    RETURNING *
), leased AS (
    INSERT INTO annotation_assignment (public_id, lane, policy, propensity, slot, shown_order,
        state, skip_reason, leased_at, expires_at, closed_at, annotator_id, campaign_id,
        comparison_id, rubric_id)
    SELECT gen_random_uuid(), lane, policy, propensity, slot, shown_order, 'submitted', '',
           now() - interval '1 day', now(), now() - interval '1 day',
           coalesce(%(person)s, (comparison_id * 7 + slot * 13) %% %(former)s + %(first)s), 1,
           comparison_id, 1
      FROM taken
    RETURNING *
)
INSERT INTO annotation_judgment (public_id, client_id, lane, scores, ranks, cannot_judge, surplus,
    note, active_ms, evidence, created_at, annotator_id, assignment_id, campaign_id,
    comparison_id, rubric_id)
SELECT gen_random_uuid(), gen_random_uuid(), lane, '{{4,3},{2,3}}', '{1,2}', '', false, '', 9000,
       '{}', now() - interval '1 day', annotator_id, id, 1, comparison_id, 1
  FROM leased
"""

ANALYSED = (
    "user membership storedimage derivative item candidate comparison queueentry assignment"
    " judgment campaign rubric"
).split()


def fill(n_comparisons: int, *, overlap: int = 1) -> None:
    """Write one live campaign whose comparisons all wait. The database holds nothing else."""
    from annotation.models import Campaign

    campaign = Campaign.objects.create(
        pk=1, slug=SLUG, name="Work", state="live", seed=7, k=2, overlap=overlap, lease_minutes=30
    )
    n_items = -(-n_comparisons // PER_ITEM)
    names = {
        "people": N_PEOPLE,
        "levels": N_LEVELS,
        "comparisons": n_comparisons,
        "overlap": campaign.overlap,
    }
    for step in (PEOPLE, RUBRIC):
        run_unchecked(step, names)
    for first in range(1, n_items + 1, CHUNK):
        last = min(first + CHUNK - 1, n_items)
        run_unchecked(ITEMS, names | {"first": first, "last": last})
    analyse()
    with connection.cursor() as cursor:
        for first in range(1, n_comparisons + 1, CHUNK):
            cursor.execute(OPEN, [first, first + CHUNK - 1])
    analyse()


def judge(n_places: int, *, person: int | None = None) -> None:
    """Answer the next places, by one person or by the former people in turn."""
    names = {"places": n_places, "person": person, "former": N_FORMER, "first": FIRST_FORMER}
    run_unchecked(JUDGE, names)
    analyse()


def token_of(person: int) -> str:
    """Return the API key of one of the people 1 to 64."""
    return f"{person:040x}"


def run_unchecked(statements: str, names: dict[str, object]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements.split(";\n"):
            cursor.execute(statement, names)


def analyse() -> None:
    """Bring statistics and visibility up to date, as autovacuum does in a while."""
    with connection.cursor() as cursor:
        for table in ANALYSED:
            cursor.execute(f"VACUUM ANALYZE annotation_{table}")
        cursor.execute("CHECKPOINT")
