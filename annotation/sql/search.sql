-- Find a queue row for one person, and take it out of the queue.
--
-- Rows are locked without waiting: a row that another transaction has locked is skipped.

-- Whether a person's categories and languages cover a comparison's item; an empty list = all.
CREATE OR REPLACE FUNCTION annotation_has_skills(member annotation_membership, comparison bigint)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF member.categories = '{}' AND member.languages = '{}' THEN
        RETURN true;
    END IF;
    RETURN EXISTS (
        SELECT 1 FROM annotation_comparison c JOIN annotation_item i ON i.id = c.item_id
         WHERE c.id = comparison
           AND (member.categories = '{}' OR i.category = ANY (member.categories))
           AND (member.languages = '{}' OR i.language = ''
                OR i.language = ANY (member.languages)));
END $$;

-- Whether a comparison's item is not marked as sensitive.
CREATE OR REPLACE FUNCTION annotation_is_harmless(comparison bigint)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM annotation_comparison c JOIN annotation_item i ON i.id = c.item_id
         WHERE c.id = comparison AND i.sensitive = '');
END $$;

-- Whether nothing of a comparison is withdrawn and every image has both its derivatives.
-- Held comparisons pass: they have no free slots, but an adjudicator may see them.
CREATE OR REPLACE FUNCTION annotation_may_be_shown(comparison bigint)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM annotation_comparison c JOIN annotation_item i ON i.id = c.item_id
         WHERE c.id = comparison AND c.withdrawn_at IS NULL AND i.withdrawn_at IS NULL
           AND (SELECT count(*) FROM annotation_derivative d WHERE d.image_id = i.source_id) = 2
           AND NOT EXISTS (
               SELECT 1 FROM annotation_candidate e
                WHERE e.id = ANY (c.candidate_ids)
                  AND (e.withdrawn_at IS NOT NULL
                       OR (SELECT count(*) FROM annotation_derivative d
                            WHERE d.image_id = e.image_id) < 2)));
END $$;

-- The next page of a lane's rows that a person may be served: those after (after_key, after_id) and
-- before to_key, in draw order, but rows whose order offset has the sign avoided_sign come last
-- (NULL = no sign is avoided). least_key, last_key, last_id: of the whole page, on every row.
-- PostgreSQL inlines this function into the statement that calls it, so it has no cost of its own;
-- for that it has to be one SELECT, in SQL and STABLE.
CREATE OR REPLACE FUNCTION annotation_rows_to_try(
    member annotation_membership, in_lane text, after_key double precision, after_id bigint,
    to_key double precision, page_size integer, avoids_sensitive boolean,
    avoided_sign double precision)
RETURNS TABLE (id bigint, draw_key double precision, comparison_id bigint, slot smallint,
               source_id bigint, least_key double precision, last_key double precision,
               last_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT r.id, r.draw_key, r.comparison_id, r.slot, r.source_id,
           min(r.draw_key) OVER (), max(r.draw_key) OVER (),
           last_value(r.id) OVER (ORDER BY r.draw_key, r.id ROWS BETWEEN
               UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
      FROM (
        SELECT q.id, q.draw_key, q.shown_order, q.comparison_id, q.slot, q.source_id
          FROM annotation_queueentry q
         WHERE q.campaign_id = member.campaign_id AND q.lane = in_lane
           AND coalesce(q.annotator_id, 0)
               = CASE in_lane WHEN 'repeat' THEN member.user_id ELSE 0 END
           AND (q.draw_key, q.id) > (after_key, after_id) AND q.draw_key < to_key
           AND (q.not_before IS NULL OR q.not_before <= now())
           AND (q.after_serves IS NULL OR q.after_serves <= member.serves)
           AND (member.categories = '{}' AND member.languages = '{}'
                OR annotation_has_skills(member, q.comparison_id))
           AND (NOT avoids_sensitive OR annotation_is_harmless(q.comparison_id))
           -- OFFSET 0 makes PostgreSQL look this up for each row. As a join it would read all
           -- assignments that the person ever had.
           AND NOT EXISTS (
               SELECT 1 FROM annotation_assignment a
                WHERE a.comparison_id = q.comparison_id AND a.annotator_id = member.user_id
                  AND (a.state = 'leased'
                       OR a.state IN ('submitted', 'surplus', 'skipped', 'set_aside')
                          AND (in_lane <> 'repeat' OR a.lane = 'repeat'))
               OFFSET 0)
           -- A block of slots is served only when the earlier blocks have no free slot: that keeps
           -- positions balanced.
           AND NOT EXISTS (
               SELECT 1 FROM annotation_queueentry e
                WHERE e.comparison_id = q.comparison_id
                  AND e.slot <= (q.slot - 1) / cardinality(q.shown_order)
                                * cardinality(q.shown_order)
               OFFSET 0)
         ORDER BY q.draw_key, q.id
         LIMIT page_size) AS r
     ORDER BY avoided_sign IS NOT NULL
              AND coalesce(sign(annotation_order_offset(r.shown_order)) = avoided_sign, false),
              r.draw_key, r.id
$$;

-- Lock a row that a search has found, or another slot of its block, without waiting. NULL = none.
-- A slot that became free again (row_key < 0) may still get the late answer of its last holder: a
-- slot of the same block that nobody has held yet is preferred.
CREATE OR REPLACE FUNCTION annotation_lock_row(row_id bigint, in_lane text, row_key float8,
                                               comparison bigint, row_slot smallint)
RETURNS annotation_queueentry LANGUAGE plpgsql AS $$
DECLARE
    locked annotation_queueentry;
BEGIN
    IF row_key >= 0 THEN
        SELECT * INTO locked FROM annotation_queueentry q
         WHERE q.id = row_id FOR UPDATE SKIP LOCKED;
    ELSE
        SELECT * INTO locked FROM annotation_queueentry q
         WHERE q.comparison_id = comparison AND q.lane = in_lane
           AND (q.id = row_id
                OR q.draw_key >= 0
                   AND (q.slot - 1) / cardinality(q.shown_order)
                       = (row_slot - 1) / cardinality(q.shown_order))
         ORDER BY q.draw_key >= 0 DESC, q.id LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    RETURN locked;
END $$;

-- Take one free row of a lane, between two draw keys, out of the queue. taken: the row, or NULL.
-- locked_row_id: a row that was skipped because another transaction had locked it.
-- first_key: the smallest draw key among the rows that were looked at.
-- same_source: whether the row may be of the source that the person was served last.
CREATE OR REPLACE FUNCTION annotation_take_row(
    member annotation_membership, in_lane text, from_key double precision, to_key double precision,
    same_source boolean,
    OUT taken annotation_queueentry, OUT locked_row_id bigint, OUT first_key double precision)
LANGUAGE plpgsql AS $$
DECLARE
    bias_limit constant integer := 6;
    -- Against a bias of this size, orders that would increase it come last.
    avoided_sign constant double precision :=
        CASE WHEN abs(member.position_bias_sum) >= bias_limit
             THEN sign(member.position_bias_sum) END;
    -- Choosing by order needs several rows; without it the first rows are enough.
    page_size constant integer := CASE WHEN avoided_sign IS NULL THEN 4 ELSE 16 END;
    -- Read once per search. An adjudicator has to see what the dispute is about.
    avoids_sensitive constant boolean := in_lane <> 'adjudication' AND EXISTS (
        SELECT 1 FROM annotation_user u
         WHERE u.id = member.user_id AND u.preferences ->> 'sensitive' = 'never');
    after_key double precision := from_key;
    after_id bigint := 0;
    n_seen integer;
    found_row record;
    locked annotation_queueentry;
BEGIN
    LOOP
        n_seen := 0;
        FOR found_row IN
            SELECT * FROM annotation_rows_to_try(
                member, in_lane, after_key, after_id, to_key, page_size, avoids_sensitive,
                avoided_sign)
        LOOP
            n_seen := n_seen + 1;
            first_key := least(first_key, found_row.least_key);
            after_key := found_row.last_key;
            after_id := found_row.last_id;
            -- Not a condition of the query: first_key has to include this row, or the person's
            -- later searches would begin after it.
            CONTINUE WHEN found_row.source_id = member.last_source AND NOT same_source;
            locked := annotation_lock_row(found_row.id, in_lane, found_row.draw_key,
                                          found_row.comparison_id, found_row.slot);
            IF locked.id IS NULL THEN
                locked_row_id := coalesce(locked_row_id, found_row.id);
            ELSIF annotation_may_be_shown(locked.comparison_id) THEN
                IF in_lane NOT IN ('gold', 'training') THEN
                    DELETE FROM annotation_queueentry q WHERE q.id = locked.id;
                END IF;
                taken := locked;
                RETURN;
            END IF;
        END LOOP;
        EXIT WHEN n_seen < page_size;
    END LOOP;
END $$;

-- The lanes that a person's next serve tries, in order: the one that the campaign's plan names,
-- then the lanes that fill slots. Gold and training are tried at their share only; repeats also
-- when nothing else is left. Adjudicators get adjudication first, and nothing else unless they
-- annotate as well. random_debt: a serve of the random arm was postponed, so it is tried first.
CREATE OR REPLACE FUNCTION annotation_lanes(member annotation_membership, plan text[],
                                            adjudicates boolean)
RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN adjudicates THEN ARRAY['adjudication'] ELSE '{}' END
           || CASE WHEN member.role <> 'annotator' THEN '{}'
              ELSE CASE WHEN member.random_debt THEN ARRAY['random'] ELSE '{}' END
                   || ARRAY[plan[1 + member.serves % cardinality(plan)]]
                   || array_remove(ARRAY['disagreement', 'coverage', 'random', 'repeat'],
                                   plan[1 + member.serves % cardinality(plan)])
              END
$$;

-- Take a row for a person's next serve. Three passes over the lanes: first the rows that became
-- free again and the rows from the person's search cursor on; then all rows; at last all rows,
-- also those of the source that the person was served last. Results as of annotation_take_row.
CREATE OR REPLACE FUNCTION annotation_find_row(
    member annotation_membership, lanes text[],
    OUT taken annotation_queueentry, OUT locked_row_id bigint, OUT first_key double precision)
LANGUAGE plpgsql AS $$
DECLARE
    front constant double precision := -1;
    back constant double precision := 'infinity';
    nth_pass integer;
    in_lane text;
    part integer;
    has_rows boolean[];
    owner bigint;
    cursor_key double precision;
    tried record;
BEGIN
    FOR nth_pass IN 1 .. 3 LOOP
        FOREACH in_lane IN ARRAY lanes LOOP
            -- Most lanes are empty most of the time: this look-up costs less than a search.
            owner := CASE in_lane WHEN 'repeat' THEN member.user_id ELSE 0 END;
            cursor_key := coalesce((member.search_cursors ->> in_lane)::double precision, 0);
            has_rows := ARRAY[
                (SELECT true FROM annotation_queueentry q
                  WHERE q.campaign_id = member.campaign_id AND q.lane = in_lane
                    AND coalesce(q.annotator_id, 0) = owner AND q.draw_key < 0
                  ORDER BY q.draw_key LIMIT 1),
                (SELECT true FROM annotation_queueentry q
                  WHERE q.campaign_id = member.campaign_id AND q.lane = in_lane
                    AND coalesce(q.annotator_id, 0) = owner AND q.draw_key >= cursor_key
                  ORDER BY q.draw_key LIMIT 1)];
            FOR part IN 1 .. CASE nth_pass WHEN 1 THEN 2 ELSE 1 END LOOP
                CONTINUE WHEN nth_pass = 1 AND has_rows[part] IS NULL;
                IF nth_pass > 1 THEN
                    SELECT * INTO tried
                      FROM annotation_take_row(member, in_lane, front, back, nth_pass = 3);
                ELSIF part = 1 THEN
                    SELECT * INTO tried FROM annotation_take_row(member, in_lane, front, 0, false);
                ELSE
                    SELECT * INTO tried
                      FROM annotation_take_row(member, in_lane, cursor_key, back, false);
                END IF;
                locked_row_id := coalesce(locked_row_id, tried.locked_row_id);
                IF (tried.taken).id IS NOT NULL THEN
                    taken := tried.taken;
                    first_key := tried.first_key;
                    RETURN;
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
END $$;
