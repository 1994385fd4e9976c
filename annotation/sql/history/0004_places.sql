-- The places of comparisons, and the queue rows that stand for the free ones.
--
-- A place (slot) of a comparison is one judgment wanted in a counting lane. A place that is free
-- is a row of the queue; a lease takes the row away, a lease that ends unanswered brings it back.
-- Nothing is counted, so nothing can drift and no row is fought over.

-- A text's hash in [0, 1), the same on every machine.
CREATE OR REPLACE FUNCTION annotation_hash(words text)
RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT ('x' || left(encode(sha256(convert_to(words, 'UTF8')), 'hex'), 13)
           )::bit(52)::bigint / 4503599627370496.0::double precision
$$;

-- The order in which a place shows the candidates: result[i] = canonical index at position i.
-- Each block of k places is a Latin square: the turns of one base order. Blocks go through all
-- (k - 1)! base orders, in an order drawn by hash, before one comes again: so the positions of a
-- comparison are balanced within one, and no order comes twice before all k! have come.
CREATE OR REPLACE FUNCTION annotation_place_order(seed bigint, comparison bigint, slot integer,
                                                  k integer)
RETURNS smallint[] LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT array_agg(base.candidates[1 + (place + turn.first + slot) % k] ORDER BY place)
      FROM (SELECT candidates
              FROM (VALUES (ARRAY[0,1]), (ARRAY[0,1,2]), (ARRAY[0,2,1]), (ARRAY[0,1,2,3]),
                           (ARRAY[0,1,3,2]), (ARRAY[0,2,1,3]), (ARRAY[0,2,3,1]),
                           (ARRAY[0,3,1,2]), (ARRAY[0,3,2,1])) AS known(candidates)
             WHERE cardinality(candidates) = k
             ORDER BY annotation_hash(concat_ws(':', seed, comparison, candidates))
            OFFSET ((slot - 1) / k) % (CASE k WHEN 4 THEN 6 ELSE k - 1 END) LIMIT 1
           ) AS base(candidates)
     CROSS JOIN LATERAL (SELECT floor(k * annotation_hash(concat_ws(
               ':', seed, comparison, (slot - 1) / k)))::integer AS first) AS turn
     CROSS JOIN generate_series(0, k - 1) AS place
$$;

-- 2 * (position of the canonically first candidate) - (k - 1): how far an order leans.
CREATE OR REPLACE FUNCTION annotation_tilt(shown_order smallint[])
RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT 2 * (array_position(shown_order, 0::smallint) - array_lower(shown_order, 1))
           - (cardinality(shown_order) - 1)
$$;

-- An order whose candidates all moved by some positions: places of one block are turns of another.
CREATE OR REPLACE FUNCTION annotation_turned(shown_order smallint[], by_places integer)
RETURNS smallint[] LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT array_agg(shown_order[1 + ((i + by_places) % k + k) % k] ORDER BY i)
      FROM (SELECT cardinality(shown_order) AS k) AS size, generate_series(0, size.k - 1) AS i
$$;

-- Where a refill puts a comparison in its lane: later refills after earlier ones, so that a
-- person's search never has to look back for them; within one refill by hash, so that one seed
-- gives one order. Places that come back stand before all, at -1 to 0.
CREATE OR REPLACE FUNCTION annotation_draw_key(refill bigint, seed bigint, comparison bigint,
                                               lane text)
RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT refill + annotation_hash(concat_ws(':', seed, comparison, lane))
$$;

-- Refill: put the free places of comparisons into the queue; those that wait already stay as they
-- are. chances: inclusion probabilities, one per comparison, NULL where picked by hand. into_lane:
-- NULL = the lane of the source's arm. Returns how many rows are new.
CREATE OR REPLACE FUNCTION annotation_open_places(comparisons bigint[], chances double precision[],
                                                  into_lane text, by_policy text)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    refill bigint := nextval('annotation_queue_refill');
    n_new integer;
    n_taken integer;
BEGIN
    INSERT INTO annotation_queueentry
           (campaign_id, comparison_id, source_id, lane, slot, shown_order, draw_key, policy,
            propensity)
    SELECT c.campaign_id, c.id, i.source_id, l.lane, s.slot,
           -- A place that was ever leased keeps the order it had, and so does its block.
           coalesce((SELECT annotation_turned(a.shown_order, s.slot - a.slot)
                       FROM annotation_assignment a
                      WHERE a.comparison_id = c.id
                        AND (a.slot - 1) / cardinality(c.candidate_ids)
                            = (s.slot - 1) / cardinality(c.candidate_ids)
                      ORDER BY a.slot = s.slot DESC LIMIT 1),
                    annotation_place_order(m.seed, c.id, s.slot, cardinality(c.candidate_ids))),
           annotation_draw_key(refill, m.seed, c.id, l.lane), by_policy, given.chance
      FROM unnest(comparisons, chances) AS given(comparison, chance)
      JOIN annotation_comparison c ON c.id = given.comparison
      JOIN annotation_item i ON i.id = c.item_id
      JOIN annotation_campaign m ON m.id = c.campaign_id
     CROSS JOIN LATERAL (SELECT coalesce(into_lane,
                                         CASE WHEN i.random_arm THEN 'random' ELSE 'coverage' END
                                        ) AS lane) AS l
     CROSS JOIN LATERAL generate_series(1, c.overlap) AS s(slot)
     WHERE c.withdrawn_at IS NULL AND c.held_at IS NULL AND c.settled_at IS NULL
       AND i.withdrawn_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM annotation_assignment a
                        WHERE a.comparison_id = c.id AND a.slot = s.slot
                          AND a.state IN ('leased', 'submitted'))
     ORDER BY c.id, s.slot
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS n_new = ROW_COUNT;
    -- A lease that ended while the insert waited for it has these places now.
    DELETE FROM annotation_queueentry q
     USING annotation_assignment a
     WHERE q.comparison_id = ANY (comparisons) AND a.comparison_id = q.comparison_id
       AND a.slot = q.slot AND a.state IN ('leased', 'submitted');
    GET DIAGNOSTICS n_taken = ROW_COUNT;
    RETURN n_new - n_taken;
END $$;

-- Bring back the queue rows of leases that ended without an answer, to the front of their lane.
-- Gold and training rows never left.
CREATE OR REPLACE FUNCTION annotation_return_places(assignments bigint[])
RETURNS void LANGUAGE sql AS $$
    INSERT INTO annotation_queueentry
           (campaign_id, comparison_id, source_id, lane, slot, annotator_id, shown_order, draw_key,
            policy, propensity)
    SELECT a.campaign_id, a.comparison_id, i.source_id, a.lane, a.slot,
           CASE a.lane WHEN 'repeat' THEN a.annotator_id END,
           CASE WHEN a.lane <> 'adjudication' THEN a.shown_order END,
           annotation_draw_key(-1, m.seed, a.comparison_id, a.lane), a.policy, a.propensity
      FROM annotation_assignment a
      JOIN annotation_comparison c ON c.id = a.comparison_id
      JOIN annotation_item i ON i.id = c.item_id
      JOIN annotation_campaign m ON m.id = a.campaign_id
     WHERE a.id = ANY (assignments) AND c.withdrawn_at IS NULL AND i.withdrawn_at IS NULL
       AND (a.slot <= c.overlap AND c.held_at IS NULL AND c.settled_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM annotation_assignment b
                 WHERE b.comparison_id = a.comparison_id AND b.slot = a.slot
                   AND b.state IN ('leased', 'submitted'))
            OR a.lane IN ('repeat', 'adjudication'))
     ORDER BY a.comparison_id, a.slot
        ON CONFLICT DO NOTHING
$$;

-- End leases whose time is over, at most 500, and return how many. NULL = of everybody.
-- What others work on this instant is left to the next sweep. The share lock on the comparison
-- keeps its overlap and its hold as they are until the place is back.
CREATE OR REPLACE FUNCTION annotation_expire_leases(campaign bigint, person bigint)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    ended bigint[];
BEGIN
    WITH over AS (
        SELECT a.id
          FROM annotation_assignment a JOIN annotation_comparison c ON c.id = a.comparison_id
         WHERE a.state = 'leased' AND a.expires_at <= now()
           AND (campaign IS NULL OR a.campaign_id = campaign)
           AND (person IS NULL OR a.annotator_id = person)
         ORDER BY a.id LIMIT 500
           FOR UPDATE OF a SKIP LOCKED FOR SHARE OF c SKIP LOCKED
    ), closed AS (
        UPDATE annotation_assignment a SET state = 'expired', closed_at = now()
          FROM over WHERE a.id = over.id RETURNING a.id
    )
    SELECT array_agg(id ORDER BY id) INTO ended FROM closed;
    IF ended IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM annotation_return_places(ended);
    RETURN cardinality(ended);
END $$;
