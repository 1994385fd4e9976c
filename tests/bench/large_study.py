"""A judged campaign of any size, written by SQL alone: votes drawn around one quality each."""

from django.db import connection, transaction

N_PEOPLE, N_GENERATORS, PLACES = 100, 8, 3
# Comparisons of an item: six pairs, four threes or one four, by the last digit of its number.
PER_ITEM = 0.8 * 6 + 0.1 * 4 + 0.1

PEOPLE = """
INSERT INTO annotation_user (id, password, is_superuser, username, first_name, last_name, email,
                             is_staff, is_active, date_joined)
SELECT p, '', false, 'person ' || p, '', '', '', false, true, now()
  FROM generate_series(1, %(people)s) p;
INSERT INTO annotation_membership (role, pseudonym, serves, position_bias_sum,
    search_cursors, random_debt, categories, languages, campaign_id, user_id)
SELECT 'annotator', gen_random_uuid(), 0, 0, '{}', false, '{}', '{}', 1, p
  FROM generate_series(1, %(people)s) p
"""

CAMPAIGN = """
INSERT INTO annotation_campaign (id, public_id, slug, name, description, state, seed, k, overlap,
    lease_minutes, random_arm_percent, held_out_percent, send_back_batch, lane_plan, overlap_share,
    overlap_cap, stop_early, repeat_percent, repeat_after_minutes, repeat_after_serves,
    repeats_drawn_to, revise_minutes)
VALUES (1, gen_random_uuid(), 'large', 'Large', '', 'live', 1, 2, 3, 30, 20, 10, 20,
        array_fill('coverage'::varchar, ARRAY[50]), 100, 0, false, 0, 1440, 150, 0, 60);
INSERT INTO annotation_rubric (id, version, published_at, campaign_id)
VALUES (1, 1, now(), 1), (2, 2, now(), 1);
INSERT INTO annotation_dimension (rubric_id, position, slug, name, question)
VALUES (1, 0, 'instruction_following', 'Instruction following', ''),
       (1, 1, 'visual_quality', 'Visual quality', ''),
       (2, 0, 'visual_quality', 'Visual quality', ''),
       (2, 1, 'instruction_following', 'Instruction following', ''),
       (2, 2, 'consistency', 'Consistency', '');
INSERT INTO annotation_generator (id, name, version, campaign_id)
SELECT g, 'generator ' || g, '', 1 FROM generate_series(1, %(generators)s) g
"""

ITEMS = """
INSERT INTO annotation_storedimage (id, sha256, n_bytes, file_format, width, height, has_alpha)
SELECT i, lpad(to_hex(i), 64, '0'), 1, 'PNG', 64, 64, false
  FROM generate_series(1, %(items)s * 5) i;
INSERT INTO annotation_item (id, public_id, instruction, instruction_sha256, category,
    language, licence, origin, random_arm, held_out, version, withdrawn_reason, campaign_id,
    source_id)
SELECT i, gen_random_uuid(), 'Make it green.', lpad(to_hex(i), 64, '0'), '', '', '', '', false,
       false, 1, '', 1, i
  FROM generate_series(1, %(items)s) i;
INSERT INTO annotation_candidate (id, public_id, seed, licence, origin, version, withdrawn_reason,
    generator_id, item_id, image_id)
SELECT i * 4 - 3 + p, gen_random_uuid(), '', '', '', 1, '', (i + p) %% %(generators)s + 1, i,
       %(items)s + i * 4 - 3 + p
  FROM generate_series(1, %(items)s) i, generate_series(0, 3) p
"""

COMPARISONS = """
INSERT INTO annotation_comparison (id, public_id, candidate_ids, overlap, held_reason,
    campaign_id, item_id)
SELECT row_number() OVER (ORDER BY i, chosen), gen_random_uuid(),
       (SELECT array_agg((i * 4 - 3 + p)::bigint ORDER BY p) FROM unnest(chosen) p), %(places)s,
       '', 1, i
  FROM generate_series(1, %(items)s) i
  JOIN (VALUES (2, ARRAY[0,1]), (2, ARRAY[0,2]), (2, ARRAY[0,3]), (2, ARRAY[1,2]),
               (2, ARRAY[1,3]), (2, ARRAY[2,3]), (3, ARRAY[0,1,2]), (3, ARRAY[0,1,3]),
               (3, ARRAY[0,2,3]), (3, ARRAY[1,2,3]), (4, ARRAY[0,1,2,3])) AS way (k, chosen)
    ON k = CASE i %% 10 WHEN 8 THEN 3 WHEN 9 THEN 4 ELSE 2 END
"""

# One lease in fifty is the same person's second look at the comparison, in the same order. Orders
# are the canonical one turned round by a step a place and a comparison.
ASSIGNMENTS = """
INSERT INTO annotation_assignment (id, public_id, lane, policy, slot, shown_order, state,
    skip_reason, leased_at, expires_at, closed_at, annotator_id, campaign_id, comparison_id,
    rubric_id)
SELECT row_number() OVER (ORDER BY round, c.id, place), gen_random_uuid(),
       CASE WHEN round = 2 THEN 'repeat' WHEN c.id %% 5 = 0 THEN 'random' ELSE 'coverage' END,
       'all', CASE WHEN round = 1 THEN place END,
       (SELECT array_agg(p::smallint ORDER BY (p + place + c.id) %% cardinality(c.candidate_ids))
          FROM generate_series(0, cardinality(c.candidate_ids) - 1) p),
       'submitted', '', now(), now(), now(), (c.id * 7 + place * 13) %% %(people)s + 1, 1, c.id,
       CASE WHEN c.id %% 10 = 0 THEN 2 ELSE 1 END
  FROM annotation_comparison c, generate_series(1, %(places)s) place, generate_series(1, 2) round
 WHERE round = 1 OR (c.id %% 17 = 0 AND place = 1)
"""

# Candidate p has the quality of its generator; a score is it with noise, cut to 1 to 4.
JUDGMENTS = """
INSERT INTO annotation_judgment (id, public_id, client_id, lane, scores, ranks, tie_kind,
    cannot_judge, surplus, note, active_ms, evidence, created_at, annotator_id, assignment_id,
    campaign_id, comparison_id, rubric_id)
SELECT a.id, gen_random_uuid(), gen_random_uuid(), a.lane,
       CASE WHEN a.id %% 97 > 0 THEN own.scores END, CASE WHEN a.id %% 97 > 0 THEN own.ranks END,
       CASE WHEN a.id %% 97 > 0 AND own.last = 1
            THEN CASE WHEN a.id %% 2 = 0 THEN 'good' ELSE 'bad' END END,
       CASE WHEN a.id %% 97 = 0 THEN 'The source is broken.' ELSE '' END, a.id %% 101 = 0,
       CASE WHEN a.id %% 10 = 0 THEN E'quoted "text",\\twith a tab\\nand a line' ELSE '' END,
       CASE WHEN a.id %% 50 > 0 THEN (exp(9 + random_normal() / 2))::int END,
       '{"zooms": 3, "switches": 5, "seconds": {"source": 4.2, "first": 6.1, "second": 5.5}}',
       now() - a.id * interval '1 second', a.annotator_id, a.id, 1, a.comparison_id, a.rubric_id
  FROM annotation_assignment a JOIN annotation_comparison c ON c.id = a.comparison_id,
       LATERAL (
           SELECT array_agg(CASE a.rubric_id WHEN 1 THEN marks[:2] ELSE marks END ORDER BY p)
                      AS scores,
                  array_agg(place::smallint ORDER BY p) AS ranks, max(place) AS last
             FROM (SELECT p, marks, dense_rank() OVER (ORDER BY marks[1] + marks[2] DESC) AS place
                     FROM (SELECT p, ARRAY[least(4, greatest(1, quality + random_normal() / 2)),
                                           least(4, greatest(1, quality + random_normal() / 2)),
                                           least(4, greatest(1, quality + random_normal() / 2))
                                     ]::smallint[] AS marks
                             FROM (SELECT p, 1.3 + 0.3 * (((c.candidate_ids[p] - 1) / 4 + 1
                                              + (c.candidate_ids[p] - 1) %% 4) %% 8) AS quality
                                     FROM generate_subscripts(c.candidate_ids, 1) p) drawn
                          ) scored) ranked) own
"""

REST = """
INSERT INTO annotation_judgment (id, public_id, client_id, lane, scores, ranks, tie_kind,
    cannot_judge, surplus, note, active_ms, evidence, created_at, annotator_id, assignment_id,
    campaign_id, comparison_id, rubric_id, supersedes_id)
SELECT id + (SELECT max(id) FROM annotation_judgment), gen_random_uuid(), gen_random_uuid(), lane,
       scores, ranks, tie_kind, cannot_judge, surplus, note, active_ms, evidence, created_at,
       annotator_id, assignment_id, campaign_id, comparison_id, rubric_id, id
  FROM annotation_judgment WHERE id %% 103 = 0;
INSERT INTO annotation_setaside (judgment_id, reason, actor_id)
SELECT id, 'blind', 1 FROM annotation_judgment WHERE id %% 211 = 0;
UPDATE annotation_comparison SET withdrawn_at = now() WHERE id %% 307 = 0
"""

STEPS = (CAMPAIGN, PEOPLE, ITEMS, COMPARISONS, ASSIGNMENTS, JUDGMENTS, REST)
ANALYSED = ("storedimage", "item", "candidate", "comparison", "assignment", "judgment", "setaside")


def fill(n_judgments: int) -> dict[str, int]:
    """Write one campaign ("large") with at least `n_judgments` answers; return how many rows.

    The database holds nothing else. Triggers and foreign keys are off meanwhile: they cost a query
    a row, so what is written here is checked by nothing.
    """
    # Of a hundred leases in the counting lanes about 95 become answers in force.
    n_items = int(n_judgments / 0.95 / (PER_ITEM * PLACES)) // 10 * 10 + 10
    names = {
        "people": N_PEOPLE,
        "generators": N_GENERATORS,
        "items": n_items,
        "places": PLACES,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT setseed(0.5)")
        for step in STEPS:
            for statement in step.split(";\n"):
                cursor.execute(statement, names)
    with connection.cursor() as cursor:
        counts = {}
        for table in ANALYSED:
            cursor.execute(f"VACUUM ANALYZE annotation_{table}")
            cursor.execute(f"SELECT count(*) FROM annotation_{table}")  # noqa: S608  our own names
            counts[f"n_{table}s"] = cursor.fetchone()[0]
    return counts
