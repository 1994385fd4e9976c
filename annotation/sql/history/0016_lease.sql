-- Lease the next comparisons to one person: one statement for the client, exact under concurrency.
--
-- Locks, in this order: the person's membership (one person's tabs take turns), then free queue
-- rows without waiting. Only a call that has taken no row yet waits for one, so nobody waits in a
-- circle. Every statement below sees what was committed before it began.

-- Take one free row of a lane away for a person, or NULL, between two draw keys. `contended` tells
-- a row that only another person's lock kept from them, `first_key` where the rows they may have
-- begin.
CREATE OR REPLACE FUNCTION annotation_take_row(
    m annotation_membership, in_lane text, from_key double precision, to_key double precision,
    same_source boolean,
    OUT taken annotation_queueentry, OUT contended bigint, OUT first_key double precision)
LANGUAGE plpgsql AS $$
DECLARE
    -- From this lean on, places that lean the other way come first.
    lean_limit constant integer := 6;
    -- A choice needs rows to choose among; else the first row that nobody holds is taken.
    page constant integer := CASE WHEN abs(m.lean) >= lean_limit THEN 16 ELSE 4 END;
    any_item constant boolean := m.categories = '{}' AND m.languages = '{}';
    -- Looked up once a search; an adjudicator has to see what the dispute is about.
    avoids constant boolean := in_lane <> 'adjudication' AND EXISTS (
        SELECT 1 FROM annotation_user u
         WHERE u.id = m.user_id AND u.preferences ->> 'sensitive' = 'never');
    -- Repeats are one person's; all other rows are everybody's.
    whose constant bigint := CASE in_lane WHEN 'repeat' THEN m.user_id ELSE 0 END;
    after_key double precision := from_key;
    after_id bigint := 0;
    n_seen integer;
    head record;
    locked annotation_queueentry;
BEGIN
    LOOP
        n_seen := 0;
        FOR head IN
            SELECT h.*, max(h.draw_key) OVER () AS last_key, min(h.draw_key) OVER () AS least_key,
                   last_value(h.id) OVER (ORDER BY h.draw_key, h.id ROWS BETWEEN
                       UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last_id
              FROM (
                SELECT q.id, q.draw_key, q.shown_order, q.comparison_id, q.slot, q.source_id
                  FROM annotation_queueentry q
                 WHERE q.campaign_id = m.campaign_id AND q.lane = in_lane
                   AND coalesce(q.annotator_id, 0) = whose
                   AND (q.draw_key, q.id) > (after_key, after_id) AND q.draw_key < to_key
                   AND (q.not_before IS NULL OR q.not_before <= now())
                   AND (q.after_serves IS NULL OR q.after_serves <= m.serves)
                   AND (any_item OR annotation_has_skills(m, q.comparison_id))
                   AND (NOT avoids OR annotation_is_harmless(q.comparison_id))
                   -- OFFSET 0: looked up row by row. As a join it would read all that the person
                   -- ever had.
                   AND NOT EXISTS (
                       SELECT 1 FROM annotation_assignment a
                        WHERE a.comparison_id = q.comparison_id AND a.annotator_id = m.user_id
                          AND (a.state = 'leased'
                               OR a.state IN ('submitted', 'surplus', 'skipped')
                                  AND (in_lane <> 'repeat' OR a.lane = 'repeat'))
                       OFFSET 0)
                   -- One block of places after the other, so that positions stay balanced.
                   AND NOT EXISTS (
                       SELECT 1 FROM annotation_queueentry e
                        WHERE e.comparison_id = q.comparison_id
                          AND e.slot <= (q.slot - 1) / cardinality(q.shown_order)
                                        * cardinality(q.shown_order)
                       OFFSET 0)
                 ORDER BY q.draw_key, q.id
                 LIMIT page) AS h
             ORDER BY abs(m.lean) >= lean_limit
                      AND coalesce(sign(annotation_tilt(h.shown_order)) = sign(m.lean), false),
                      h.draw_key, h.id
        LOOP
            n_seen := n_seen + 1;
            first_key := least(first_key, head.least_key);
            after_key := head.last_key;
            after_id := head.last_id;
            -- Not left out above: the person's next search must begin before it.
            CONTINUE WHEN head.source_id = m.last_source AND NOT same_source;
            IF head.draw_key < 0 THEN
                -- It came back: a place of the block that nobody had goes first, so that whoever
                -- had this one may still answer late.
                SELECT * INTO locked FROM annotation_queueentry q
                 WHERE q.comparison_id = head.comparison_id AND q.lane = in_lane
                   AND (q.id = head.id
                        OR q.draw_key >= 0
                           AND (q.slot - 1) / cardinality(q.shown_order)
                               = (head.slot - 1) / cardinality(q.shown_order))
                 ORDER BY q.draw_key >= 0 DESC, q.id LIMIT 1 FOR UPDATE SKIP LOCKED;
            ELSE
                SELECT * INTO locked FROM annotation_queueentry q
                 WHERE q.id = head.id FOR UPDATE SKIP LOCKED;
            END IF;
            IF NOT FOUND THEN
                contended := coalesce(contended, head.id);
            ELSIF annotation_may_be_shown(locked.comparison_id) THEN
                IF in_lane NOT IN ('gold', 'training') THEN
                    DELETE FROM annotation_queueentry q WHERE q.id = locked.id;
                END IF;
                taken := locked;
                RETURN;
            END IF;
        END LOOP;
        EXIT WHEN n_seen < page;
    END LOOP;
END $$;

-- Whether a person's categories and languages cover a comparison's item; none named = all.
CREATE OR REPLACE FUNCTION annotation_has_skills(m annotation_membership, comparison bigint)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF m.categories = '{}' AND m.languages = '{}' THEN
        RETURN true;
    END IF;
    RETURN EXISTS (
        SELECT 1 FROM annotation_comparison c JOIN annotation_item i ON i.id = c.item_id
         WHERE c.id = comparison
           AND (m.categories = '{}' OR i.category = ANY (m.categories))
           AND (m.languages = '{}' OR i.language = '' OR i.language = ANY (m.languages)));
END $$;

-- Whether nothing is known about a comparison's item that somebody may not want to see.
CREATE OR REPLACE FUNCTION annotation_is_harmless(comparison bigint)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM annotation_comparison c JOIN annotation_item i ON i.id = c.item_id
         WHERE c.id = comparison AND i.sensitive = '');
END $$;

-- Whether a comparison is in use and every image has all its derivatives. A held one has no places
-- in the queue, but an adjudicator may see it.
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

-- The lanes a person's next serve tries: what the campaign's plan says, then what fills places.
-- Gold and training come at their share only, repeats that are due also when nothing else is left.
-- Adjudicators get adjudication first, and nothing else unless they annotate as well. A serve of
-- the random arm that was put off (for the same source would have come twice in a row) is the next
-- one's first try.
CREATE OR REPLACE FUNCTION annotation_lanes(m annotation_membership, plan text[],
                                            adjudicates boolean)
RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN adjudicates THEN ARRAY['adjudication'] ELSE '{}' END
           || CASE WHEN m.role <> 'annotator' THEN '{}'
              ELSE CASE WHEN m.owes_random THEN ARRAY['random'] ELSE '{}' END
                   || ARRAY[plan[1 + m.serves % cardinality(plan)]]
                   || array_remove(ARRAY['disagreement', 'coverage', 'random', 'repeat'],
                                   plan[1 + m.serves % cardinality(plan)])
              END
$$;

-- Find a row for a person's next serve: in each lane what came back, then from where the person's
-- search stands; when there is none, everywhere; and the same source again only at the very last.
CREATE OR REPLACE FUNCTION annotation_find_row(
    m annotation_membership, lanes text[],
    OUT taken annotation_queueentry, OUT contended bigint, OUT first_key double precision)
LANGUAGE plpgsql AS $$
DECLARE
    front constant double precision := -1;
    back constant double precision := 'infinity';
    nth_pass integer;
    at_lane text;
    part integer;
    has_rows boolean[];
    whose bigint;
    head double precision;
    tried record;
BEGIN
    FOR nth_pass IN 1 .. 3 LOOP
        FOREACH at_lane IN ARRAY lanes LOOP
            -- Most lanes are empty most of the time: a look costs less than a search.
            whose := CASE at_lane WHEN 'repeat' THEN m.user_id ELSE 0 END;
            head := coalesce((m.heads ->> at_lane)::double precision, 0);
            has_rows := ARRAY[
                (SELECT true FROM annotation_queueentry q
                  WHERE q.campaign_id = m.campaign_id AND q.lane = at_lane
                    AND coalesce(q.annotator_id, 0) = whose AND q.draw_key < 0
                  ORDER BY q.draw_key LIMIT 1),
                (SELECT true FROM annotation_queueentry q
                  WHERE q.campaign_id = m.campaign_id AND q.lane = at_lane
                    AND coalesce(q.annotator_id, 0) = whose AND q.draw_key >= head
                  ORDER BY q.draw_key LIMIT 1)];
            FOR part IN 1 .. CASE nth_pass WHEN 1 THEN 2 ELSE 1 END LOOP
                CONTINUE WHEN nth_pass = 1 AND has_rows[part] IS NULL;
                IF nth_pass > 1 THEN
                    SELECT * INTO tried
                      FROM annotation_take_row(m, at_lane, front, back, nth_pass = 3);
                ELSIF part = 1 THEN
                    SELECT * INTO tried FROM annotation_take_row(m, at_lane, front, 0, false);
                ELSE
                    SELECT * INTO tried
                      FROM annotation_take_row(m, at_lane, head, back, false);
                END IF;
                contended := coalesce(contended, tried.contended);
                IF (tried.taken).id IS NOT NULL THEN
                    taken := tried.taken;
                    first_key := tried.first_key;
                    RETURN;
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
END $$;

-- The order in which a person sees a place that was just taken. Where it would add to a lean that
-- no other place at hand could correct, and nobody ever had a place of its block, the whole block
-- is turned first: it stays a Latin square.
CREATE OR REPLACE FUNCTION annotation_order_for(m annotation_membership, q annotation_queueentry)
RETURNS smallint[] LANGUAGE plpgsql AS $$
DECLARE
    lean_limit constant integer := 6;
    k constant integer := cardinality(q.shown_order);
    block constant integer := (q.slot - 1) / k;
    others bigint[];
    by_places integer := 0;
BEGIN
    IF abs(m.lean) < lean_limit OR sign(annotation_tilt(q.shown_order)) <> sign(m.lean) THEN
        RETURN q.shown_order;
    END IF;
    SELECT array_agg(id) INTO others FROM (
        SELECT e.id FROM annotation_queueentry e
         WHERE e.comparison_id = q.comparison_id AND e.lane = q.lane AND e.slot <> q.slot
           AND (e.slot - 1) / k = block
           FOR UPDATE SKIP LOCKED) AS locked;
    IF coalesce(cardinality(others), 0) + 1 < (
        SELECT least(k, c.overlap - block * k) FROM annotation_comparison c
         WHERE c.id = q.comparison_id)
       OR EXISTS (SELECT 1 FROM annotation_assignment a
                   WHERE a.comparison_id = q.comparison_id AND (a.slot - 1) / k = block) THEN
        RETURN q.shown_order;
    END IF;
    LOOP
        by_places := by_places + 1;
        EXIT WHEN sign(annotation_tilt(annotation_turned(q.shown_order, by_places)))
                  = -sign(m.lean);
    END LOOP;
    UPDATE annotation_queueentry e SET shown_order = annotation_turned(e.shown_order, by_places)
     WHERE e.id = ANY (others);
    RETURN annotation_turned(q.shown_order, by_places);
END $$;

-- Lease one comparison: write the assignment and where the person stands now; leased = false where
-- there is nothing.
CREATE OR REPLACE FUNCTION annotation_lease_one(INOUT m annotation_membership, lanes text[],
                                                rubric bigint, minutes integer,
                                                OUT leased boolean, OUT contended bigint)
LANGUAGE plpgsql AS $$
DECLARE
    tried record;
    q annotation_queueentry;
    -- The clock, not the transaction's start: leases of one call keep their order.
    at constant timestamptz := clock_timestamp();
    k integer;
    shown smallint[];
BEGIN
    SELECT * INTO tried FROM annotation_find_row(m, lanes);
    q := tried.taken;
    contended := tried.contended;
    leased := q.id IS NOT NULL;
    IF NOT leased THEN
        RETURN;
    END IF;
    IF q.slot IS NOT NULL THEN
        shown := annotation_order_for(m, q);
    ELSIF q.shown_order IS NOT NULL THEN
        shown := q.shown_order;
    ELSE
        -- A lane without places: turn the canonical order, against the person's lean for k = 2.
        SELECT cardinality(c.candidate_ids) INTO k
          FROM annotation_comparison c WHERE c.id = q.comparison_id;
        SELECT array_agg(((i + CASE WHEN k = 2 AND m.lean <> 0 THEN (m.lean < 0)::integer
                                    ELSE m.serves END) % k)::smallint ORDER BY i)
          INTO shown FROM generate_series(0, k - 1) AS i;
    END IF;
    INSERT INTO annotation_assignment
           (public_id, campaign_id, comparison_id, annotator_id, rubric_id, lane, policy,
            propensity, slot, shown_order, state, skip_reason, leased_at, expires_at)
    VALUES (gen_random_uuid(), m.campaign_id, q.comparison_id, m.user_id, rubric, q.lane, q.policy,
            q.propensity, q.slot, shown, 'leased', '', at, at + make_interval(mins => minutes));
    m.serves := m.serves + 1;
    m.lean := m.lean + annotation_tilt(shown);
    m.last_source := q.source_id;
    m.owes_random := q.lane <> 'random' AND coalesce(
                         (array_remove(lanes, 'adjudication'))[1] = 'random', false);
    IF tried.first_key >= 0 AND q.annotator_id IS NULL THEN
        m.heads := m.heads || jsonb_build_object(q.lane, tried.first_key);
    END IF;
END $$;

-- A person's live leases, oldest first: what the judging page needs, nothing that tells the
-- generator. sizes: width and height of the source, then of the candidates in shown order. region:
-- its kind and file, or NULL where the campaign offers no such view; shifts: how far each candidate
-- lies off the source, right and down, in fractions; NULL where nothing is known.
CREATE OR REPLACE FUNCTION annotation_open_leases(campaign bigint, person bigint, at_most integer)
RETURNS TABLE (id bigint, public_id uuid, rubric_id bigint, instruction text,
               shown_order smallint[], sizes integer[], expires_at timestamptz,
               language text, sensitive text, region text, shifts float8[])
LANGUAGE sql STABLE AS $$
    SELECT a.id, a.public_id, a.rubric_id, i.instruction, a.shown_order,
           ARRAY[s.width, s.height] || (
               SELECT array_agg(v.size ORDER BY o.position, v.axis)
                 FROM unnest(a.shown_order) WITH ORDINALITY AS o(canonical, position)
                 JOIN annotation_candidate e ON e.id = c.candidate_ids[o.canonical + 1]
                 JOIN annotation_storedimage p ON p.id = e.image_id
                CROSS JOIN LATERAL (VALUES (1, p.width), (2, p.height)) AS v(axis, size)),
           a.expires_at, i.language, i.sensitive,
           CASE WHEN g.path <> '' AND m.shows_outside AND m.purpose = 'preferences'
                THEN g.kind || ' ' || g.path END,
           CASE WHEN g.shifts <> '{}' THEN (
               SELECT array_agg(coalesce(
                          (g.shifts -> c.candidate_ids[o.canonical + 1]::text ->> v.axis)::float8, 0)
                          ORDER BY o.position, v.axis)
                 FROM unnest(a.shown_order) WITH ORDINALITY AS o(canonical, position)
                CROSS JOIN (VALUES (0), (1)) AS v(axis)) END
      FROM annotation_assignment a
      JOIN annotation_campaign m ON m.id = a.campaign_id
      JOIN annotation_comparison c ON c.id = a.comparison_id
      JOIN annotation_item i ON i.id = c.item_id
      JOIN annotation_storedimage s ON s.id = i.source_id
      LEFT JOIN annotation_changeregion g ON g.item_id = i.id
     WHERE a.campaign_id = campaign AND a.annotator_id = person
       AND a.state = 'leased' AND a.expires_at > now()
     ORDER BY a.leased_at, a.id LIMIT at_most
$$;

-- A person's live leases and new ones, `ahead` in all where there is work. When there are none,
-- one row says why: not_found, not_qualified, paused, closed, capped_today, capped or nothing.
CREATE OR REPLACE FUNCTION annotation_lease(campaign_slug text, person bigint, ahead integer)
RETURNS TABLE (refusal text, id bigint, public_id uuid, rubric_id bigint, instruction text,
               shown_order smallint[], sizes integer[], expires_at timestamptz,
               language text, sensitive text, region text, shifts float8[])
-- Planning would cost more than all the rest; each statement inside has one good plan, by an index,
-- also while the tables' statistics are those of an empty campaign.
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
    SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    c annotation_campaign;
    m annotation_membership;
    adjudicates boolean;
    rubric bigint;
    n_open integer;
    n_over integer;
    attempt integer;
    one record;
BEGIN
    SELECT * INTO m FROM annotation_membership
     WHERE campaign_id = (SELECT o.id FROM annotation_campaign o WHERE o.slug = campaign_slug)
       AND user_id = person AND removed_at IS NULL AND role IN ('annotator', 'adjudicator')
     ORDER BY role DESC LIMIT 1 FOR NO KEY UPDATE;
    -- After the lock: a pause or a close that it waited for is seen.
    SELECT * INTO c FROM annotation_campaign WHERE slug = campaign_slug;
    refusal := annotation_why_no_work(c, person);
    IF refusal IS NULL AND m.id IS NULL THEN
        refusal := 'not_qualified';
    END IF;
    IF refusal IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT m.role = 'adjudicator' OR EXISTS (
               SELECT 1 FROM annotation_membership o
                WHERE o.campaign_id = c.id AND o.user_id = person AND o.role = 'adjudicator'
                  AND o.removed_at IS NULL AND o.paused_at IS NULL),
           (SELECT r.id FROM annotation_rubric r
             WHERE r.campaign_id = c.id AND r.published_at IS NOT NULL
             ORDER BY r.version DESC LIMIT 1),
           count(*) FILTER (WHERE a.expires_at > now()),
           count(*) FILTER (WHERE a.expires_at <= now())
      INTO adjudicates, rubric, n_open, n_over
      FROM annotation_assignment a
     WHERE a.campaign_id = c.id AND a.annotator_id = person AND a.state = 'leased';
    IF n_over > 0 THEN
        PERFORM annotation_expire_leases(c.id, person);
    END IF;
    refusal := annotation_cap_reached(c, person, n_open);
    attempt := 0;
    WHILE n_open < ahead AND refusal IS NULL LOOP
        SELECT * INTO one FROM annotation_lease_one(
            m, annotation_lanes(m, c.lane_plan, adjudicates), rubric, c.lease_minutes::integer);
        IF one.leased THEN
            m := one.m;
            n_open := n_open + 1;
            refusal := annotation_cap_reached(c, person, n_open);
        ELSIF attempt = 0 AND annotation_expire_leases(c.id, NULL) > 0 THEN
            attempt := 1;
        ELSIF one.contended IS NOT NULL AND n_open = 0 AND attempt < 3 THEN
            -- Somebody else holds the lock on what is left: see what becomes of it.
            PERFORM 1 FROM annotation_queueentry q WHERE q.id = one.contended FOR UPDATE;
            attempt := attempt + 1;
        ELSE
            EXIT;
        END IF;
    END LOOP;
    UPDATE annotation_membership SET serves = m.serves, lean = m.lean,
           last_source = m.last_source, heads = m.heads, owes_random = m.owes_random
     WHERE annotation_membership.id = m.id AND annotation_membership.serves <> m.serves;
    IF n_open > 0 THEN
        RETURN QUERY SELECT NULL::text, o.* FROM annotation_open_leases(c.id, person, ahead) AS o;
    ELSE
        refusal := coalesce(refusal, 'nothing');
        RETURN NEXT;
    END IF;
END $$;

-- Why a campaign hands a person no work at all, or NULL.
CREATE OR REPLACE FUNCTION annotation_why_no_work(c annotation_campaign, person bigint)
RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    n_roles integer;
    n_working integer;
    n_paused integer;
BEGIN
    SELECT count(*), count(*) FILTER (WHERE role IN ('annotator', 'adjudicator')),
           count(*) FILTER (WHERE role IN ('annotator', 'adjudicator') AND paused_at IS NOT NULL)
      INTO n_roles, n_working, n_paused
      FROM annotation_membership
     WHERE campaign_id = c.id AND user_id = person AND removed_at IS NULL;
    RETURN CASE
        WHEN c.id IS NULL OR n_roles = 0 AND NOT EXISTS (
            SELECT 1 FROM annotation_user u WHERE u.id = person AND u.is_superuser) THEN 'not_found'
        WHEN n_working = 0 THEN 'not_qualified'
        WHEN c.state = 'closed' THEN 'closed'
        WHEN n_paused > 0 OR c.state NOT IN ('pilot', 'live') OR NOT EXISTS (
            SELECT 1 FROM annotation_rubric r
             WHERE r.campaign_id = c.id AND r.published_at IS NOT NULL) THEN 'paused'
        END;
END $$;

-- Whether a person's open leases and answers reach a cap of the campaign; NULL = not yet.
CREATE OR REPLACE FUNCTION annotation_cap_reached(c annotation_campaign, person bigint,
                                                  n_open integer)
RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF c.daily_cap IS NOT NULL AND n_open + (
        SELECT count(*) FROM annotation_judgment j
         WHERE j.campaign_id = c.id AND j.annotator_id = person AND j.supersedes_id IS NULL
           AND j.created_at >= date_trunc('day', now(), 'UTC')) >= c.daily_cap THEN
        RETURN 'capped_today';
    END IF;
    IF c.person_cap IS NOT NULL AND n_open + (
        SELECT count(*) FROM annotation_judgment j
         WHERE j.campaign_id = c.id AND j.annotator_id = person AND j.supersedes_id IS NULL
       ) >= c.person_cap THEN
        RETURN 'capped';
    END IF;
    RETURN NULL;
END $$;
