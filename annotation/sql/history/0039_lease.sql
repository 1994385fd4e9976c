-- Lease the next comparisons to one person: one statement for the client, exact under concurrency.
--
-- Locks, in this order: the person's membership (several tabs of one person run one after the
-- other), then free queue rows without waiting. Only a call that has taken no row yet waits for
-- one, so there is no deadlock. Each statement below sees what was committed before it began.

-- The order in which a person sees a slot that was just taken. If it would increase a position bias
-- that no other free slot could reduce, and no slot of its block was ever leased, all slots of the
-- block are rotated first: the block stays a Latin square.
CREATE OR REPLACE FUNCTION annotation_order_for(member annotation_membership,
                                                taken annotation_queueentry)
RETURNS smallint[] LANGUAGE plpgsql AS $$
DECLARE
    bias_limit constant integer := 6;
    bias constant integer := member.position_bias_sum;
    k constant integer := cardinality(taken.shown_order);
    block constant integer := (taken.slot - 1) / k;
    others bigint[];
    by_positions integer := 0;
BEGIN
    IF abs(bias) < bias_limit
       OR sign(annotation_order_offset(taken.shown_order)) <> sign(bias) THEN
        RETURN taken.shown_order;
    END IF;
    SELECT array_agg(id) INTO others FROM (
        SELECT e.id FROM annotation_queueentry e
         WHERE e.comparison_id = taken.comparison_id AND e.lane = taken.lane
           AND e.slot <> taken.slot AND (e.slot - 1) / k = block
           FOR UPDATE SKIP LOCKED) AS locked;
    IF coalesce(cardinality(others), 0) + 1 < (
        SELECT least(k, c.overlap - block * k) FROM annotation_comparison c
         WHERE c.id = taken.comparison_id)
       OR EXISTS (SELECT 1 FROM annotation_assignment a
                   WHERE a.comparison_id = taken.comparison_id AND (a.slot - 1) / k = block) THEN
        RETURN taken.shown_order;
    END IF;
    LOOP
        by_positions := by_positions + 1;
        EXIT WHEN sign(annotation_order_offset(
                      annotation_rotated(taken.shown_order, by_positions))) = -sign(bias);
    END LOOP;
    UPDATE annotation_queueentry e
       SET shown_order = annotation_rotated(e.shown_order, by_positions)
     WHERE e.id = ANY (others);
    RETURN annotation_rotated(taken.shown_order, by_positions);
END $$;

-- Lease one comparison: insert the assignment and return the membership with its new counters,
-- which the caller writes. leased: whether there was one. locked_row_id: see annotation_take_row.
CREATE OR REPLACE FUNCTION annotation_lease_one(INOUT member annotation_membership, lanes text[],
                                                rubric bigint, minutes integer,
                                                OUT leased boolean, OUT locked_row_id bigint)
LANGUAGE plpgsql AS $$
DECLARE
    tried record;
    taken annotation_queueentry;
    -- Not now(): leases of one transaction need different times, to keep their order.
    at constant timestamptz := clock_timestamp();
    k integer;
    shown smallint[];
BEGIN
    SELECT * INTO tried FROM annotation_find_row(member, lanes);
    taken := tried.taken;
    locked_row_id := tried.locked_row_id;
    leased := taken.id IS NOT NULL;
    IF NOT leased THEN
        RETURN;
    END IF;
    IF taken.slot IS NOT NULL THEN
        shown := annotation_order_for(member, taken);
    ELSIF taken.shown_order IS NOT NULL THEN
        shown := taken.shown_order;
    ELSE
        -- A lane without slots: rotate the canonical order, for k = 2 against the person's bias.
        SELECT cardinality(c.candidate_ids) INTO k
          FROM annotation_comparison c WHERE c.id = taken.comparison_id;
        SELECT array_agg(((i + CASE WHEN k = 2 AND member.position_bias_sum <> 0
                                    THEN (member.position_bias_sum < 0)::integer
                                    ELSE member.serves END) % k)::smallint ORDER BY i)
          INTO shown FROM generate_series(0, k - 1) AS i;
    END IF;
    INSERT INTO annotation_assignment
           (public_id, campaign_id, comparison_id, annotator_id, rubric_id, lane, policy,
            propensity, slot, shown_order, state, skip_reason, leased_at, expires_at)
    VALUES (gen_random_uuid(), member.campaign_id, taken.comparison_id, member.user_id, rubric,
            taken.lane, taken.policy, taken.propensity, taken.slot, shown, 'leased', '', at,
            at + make_interval(mins => minutes));
    member.serves := member.serves + 1;
    member.position_bias_sum := member.position_bias_sum + annotation_order_offset(shown);
    member.last_source := taken.source_id;
    member.random_debt := taken.lane <> 'random' AND coalesce(
                              (array_remove(lanes, 'adjudication'))[1] = 'random', false);
    IF tried.first_key >= 0 AND taken.annotator_id IS NULL THEN
        member.search_cursors :=
            member.search_cursors || jsonb_build_object(taken.lane, tried.first_key);
    END IF;
END $$;

-- A person's live leases, oldest first: what the judging page needs, and nothing that identifies a
-- generator. sizes: width and height of the source, then of the candidates in shown order, as they
-- are served.
-- region: kind and file of the change region, NULL where the campaign does not offer that view.
-- shifts: offset of each candidate from the source, right and down, in fractions; NULL = not known.
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
                 LEFT JOIN annotation_sizedview w
                   ON w.image_id = p.id AND m.one_size
                  AND w.for_width = s.width AND w.for_height = s.height
                CROSS JOIN LATERAL (VALUES (1, coalesce(w.width, p.width)),
                                           (2, coalesce(w.height, p.height))) AS v(axis, size)),
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

-- Why a person gets no work in a campaign at all, or NULL.
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

-- A person's first answers to training: how many, and how many of the latest ones are as expected.
-- An answer that was changed after its explanation counts as it was first.
CREATE OR REPLACE FUNCTION annotation_training_score(campaign bigint, person bigint,
                                                     latest integer,
                                                     OUT n_answered integer, OUT n_right integer)
LANGUAGE sql STABLE AS $$
    SELECT count(*)::integer, (count(*) FILTER (WHERE is_right AND nth <= latest))::integer
      FROM (SELECT j.ranks = r.ranks AS is_right, row_number() OVER (ORDER BY j.id DESC) AS nth
              FROM annotation_judgment j
              JOIN annotation_referenceanswer r ON r.comparison_id = j.comparison_id
                                               AND r.use = 'training' AND r.withdrawn_at IS NULL
             WHERE j.campaign_id = campaign AND j.annotator_id = person AND j.lane = 'training'
               AND j.supersedes_id IS NULL AND j.ranks IS NOT NULL AND NOT j.surplus) AS answers
$$;

-- Whether an annotator may be given work that counts. Passing is written down, once.
CREATE OR REPLACE FUNCTION annotation_passes_gate(c annotation_campaign,
                                                  member annotation_membership)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    score record;
BEGIN
    IF c.gate_answers = 0 OR member.qualified_at IS NOT NULL OR member.role <> 'annotator' THEN
        RETURN true;
    END IF;
    SELECT * INTO score FROM annotation_training_score(c.id, member.user_id, c.gate_answers);
    IF score.n_answered < c.gate_answers
       OR score.n_right * 100 < c.gate_percent * c.gate_answers THEN
        RETURN false;
    END IF;
    UPDATE annotation_membership SET qualified_at = now() WHERE id = member.id;
    RETURN true;
END $$;

-- Lease until a person has `ahead` live leases, reaches a cap, or nothing is left.
-- trains: the person has not passed the campaign's gate, and gets training alone.
-- n_open: live leases before and after. reached: the cap that was reached, or NULL.
CREATE OR REPLACE FUNCTION annotation_lease_up_to(
    ahead integer, c annotation_campaign, member annotation_membership, adjudicates boolean,
    trains boolean, rubric bigint, INOUT n_open integer, OUT reached text)
LANGUAGE plpgsql AS $$
DECLARE
    serves_before constant integer := member.serves;
    attempt integer := 0;
    one record;
BEGIN
    reached := annotation_cap_reached(c, member.user_id, n_open);
    WHILE n_open < ahead AND reached IS NULL LOOP
        SELECT * INTO one FROM annotation_lease_one(
            member,
            CASE WHEN trains THEN ARRAY['training'] ELSE annotation_lanes(
                member, coalesce(member.own_plan, c.lane_plan), adjudicates) END,
            rubric, c.lease_minutes::integer);
        IF one.leased THEN
            member := one.member;
            n_open := n_open + 1;
            reached := annotation_cap_reached(c, member.user_id, n_open);
        ELSIF attempt = 0 AND annotation_expire_leases(c.id, NULL) > 0 THEN
            attempt := 1;
        ELSIF one.locked_row_id IS NOT NULL AND n_open = 0 AND attempt < 3 THEN
            -- All that is left is locked: wait for one of those transactions, then look again.
            PERFORM 1 FROM annotation_queueentry q WHERE q.id = one.locked_row_id FOR UPDATE;
            attempt := attempt + 1;
        ELSE
            EXIT;
        END IF;
    END LOOP;
    UPDATE annotation_membership
       SET serves = member.serves, position_bias_sum = member.position_bias_sum,
           last_source = member.last_source, search_cursors = member.search_cursors,
           random_debt = member.random_debt
     WHERE id = member.id AND member.serves <> serves_before;
END $$;

-- A person's live leases and new ones, `ahead` in all where there is work. If there are none, one
-- row with the reason: not_found, not_qualified, paused, closed, capped_today, capped, gate (training
-- is not passed, and none is left) or nothing.
CREATE OR REPLACE FUNCTION annotation_lease(campaign_slug text, person bigint, ahead integer)
RETURNS TABLE (refusal text, id bigint, public_id uuid, rubric_id bigint, instruction text,
               shown_order smallint[], sizes integer[], expires_at timestamptz,
               language text, sensitive text, region text, shifts float8[])
-- Planning each call would cost more than all the rest. Each statement inside has one good plan,
-- by an index, also while the tables' statistics are those of an empty campaign.
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
    SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    c annotation_campaign;
    member annotation_membership;
    adjudicates boolean;
    trains boolean;
    rubric bigint;
    n_open integer;
    n_overdue integer;
BEGIN
    SELECT * INTO member FROM annotation_membership
     WHERE campaign_id = (SELECT o.id FROM annotation_campaign o WHERE o.slug = campaign_slug)
       AND user_id = person AND removed_at IS NULL AND role IN ('annotator', 'adjudicator')
     ORDER BY role DESC LIMIT 1 FOR NO KEY UPDATE;
    -- Read after the lock: a pause or a close that the lock waited for has to count.
    SELECT * INTO c FROM annotation_campaign WHERE slug = campaign_slug;
    refusal := annotation_why_no_work(c, person);
    IF refusal IS NULL AND member.id IS NULL THEN
        refusal := 'not_qualified';
    END IF;
    IF refusal IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT member.role = 'adjudicator' OR EXISTS (
               SELECT 1 FROM annotation_membership o
                WHERE o.campaign_id = c.id AND o.user_id = person AND o.role = 'adjudicator'
                  AND o.removed_at IS NULL AND o.paused_at IS NULL),
           (SELECT r.id FROM annotation_rubric r
             WHERE r.campaign_id = c.id AND r.published_at IS NOT NULL
             ORDER BY r.version DESC LIMIT 1),
           count(*) FILTER (WHERE a.expires_at > now()),
           count(*) FILTER (WHERE a.expires_at <= now())
      INTO adjudicates, rubric, n_open, n_overdue
      FROM annotation_assignment a
     WHERE a.campaign_id = c.id AND a.annotator_id = person AND a.state = 'leased';
    IF n_overdue > 0 THEN
        PERFORM annotation_expire_leases(c.id, person);
    END IF;
    trains := NOT adjudicates AND NOT annotation_passes_gate(c, member);
    SELECT * INTO n_open, refusal
      FROM annotation_lease_up_to(ahead, c, member, adjudicates, trains, rubric, n_open);
    IF n_open > 0 THEN
        RETURN QUERY SELECT NULL::text, o.* FROM annotation_open_leases(c.id, person, ahead) AS o;
    ELSE
        refusal := coalesce(refusal, CASE WHEN trains THEN 'gate' ELSE 'nothing' END);
        RETURN NEXT;
    END IF;
END $$;
