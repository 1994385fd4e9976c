-- The places of comparisons, and the queue rows that stand for the free ones.
--
-- A place (slot) of a comparison is one judgment wanted in a counting lane. A place that is free
-- is a row of the queue; a lease takes the row away, a lease that ends unanswered brings it back.
-- Nothing is counted, so nothing can drift and no row is fought over.

-- The order in which a place shows the candidates: result[i] = canonical index at position i.
-- Each block of k places is a Latin square over a base order drawn by hash, so the positions of a
-- comparison are balanced within one after every block is begun, whoever gets which place.
CREATE OR REPLACE FUNCTION annotation_place_order(seed bigint, comparison bigint, slot integer,
                                                  k integer)
RETURNS smallint[] LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT array_agg(base.candidate ORDER BY (base.place + slot) % k)
      FROM (SELECT candidate::smallint,
                   row_number() OVER (ORDER BY sha256(convert_to(
                       concat_ws(':', seed, comparison, (slot - 1) / k, candidate), 'UTF8'
                   ))) AS place
              FROM generate_series(0, k - 1) AS candidate) AS base
$$;

-- Where a comparison stands in a lane: a hash in [0, 1), so that one seed gives one order.
CREATE OR REPLACE FUNCTION annotation_draw_key(seed bigint, comparison bigint, lane text)
RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT ('x' || left(encode(sha256(convert_to(
               concat_ws(':', seed, comparison, lane), 'UTF8')), 'hex'), 13)
           )::bit(52)::bigint / 4503599627370496.0::double precision
$$;

-- 2 * (position of the canonically first candidate) - (k - 1): how far an order leans.
CREATE OR REPLACE FUNCTION annotation_tilt(shown_order smallint[])
RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT 2 * (array_position(shown_order, 0::smallint) - array_lower(shown_order, 1))
           - (cardinality(shown_order) - 1)
$$;

-- Put the free places of comparisons into the queue; those that wait already stay as they are.
-- lane: NULL = the lane of the source's arm. Returns how many rows are new.
CREATE OR REPLACE FUNCTION annotation_open_places(comparisons bigint[], into_lane text,
                                                  by_policy text, chance double precision)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    n_new integer;
BEGIN
    INSERT INTO annotation_queueentry
           (campaign_id, comparison_id, source_id, lane, slot, shown_order, draw_key, policy,
            propensity)
    SELECT c.campaign_id, c.id, i.source_id, l.lane, s.slot,
           -- A place that was ever leased keeps the order it had.
           coalesce((SELECT a.shown_order FROM annotation_assignment a
                      WHERE a.comparison_id = c.id AND a.slot = s.slot LIMIT 1),
                    annotation_place_order(m.seed, c.id, s.slot, cardinality(c.candidate_ids))),
           annotation_draw_key(m.seed, c.id, l.lane), by_policy, chance
      FROM annotation_comparison c
      JOIN annotation_item i ON i.id = c.item_id
      JOIN annotation_campaign m ON m.id = c.campaign_id
     CROSS JOIN LATERAL (SELECT coalesce(into_lane,
                                         CASE WHEN i.random_arm THEN 'random' ELSE 'coverage' END
                                        ) AS lane) AS l
     CROSS JOIN LATERAL generate_series(1, c.overlap) AS s(slot)
     WHERE c.id = ANY (comparisons)
       AND c.withdrawn_at IS NULL AND c.held_at IS NULL AND i.withdrawn_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM annotation_assignment a
                        WHERE a.comparison_id = c.id AND a.slot = s.slot
                          AND a.state IN ('leased', 'submitted'))
     ORDER BY c.id, s.slot
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS n_new = ROW_COUNT;
    RETURN n_new;
END $$;

-- Bring back the queue rows of leases that ended without an answer, in their lane and order.
-- Gold and training rows never left.
CREATE OR REPLACE FUNCTION annotation_return_places(assignments bigint[])
RETURNS void LANGUAGE sql AS $$
    INSERT INTO annotation_queueentry
           (campaign_id, comparison_id, source_id, lane, slot, annotator_id, shown_order, draw_key,
            policy, propensity)
    SELECT a.campaign_id, a.comparison_id, i.source_id, a.lane, a.slot,
           CASE a.lane WHEN 'repeat' THEN a.annotator_id END,
           CASE WHEN a.lane <> 'adjudication' THEN a.shown_order END,
           annotation_draw_key(m.seed, a.comparison_id, a.lane), a.policy, a.propensity
      FROM annotation_assignment a
      JOIN annotation_comparison c ON c.id = a.comparison_id
      JOIN annotation_item i ON i.id = c.item_id
      JOIN annotation_campaign m ON m.id = a.campaign_id
     WHERE a.id = ANY (assignments) AND c.withdrawn_at IS NULL AND i.withdrawn_at IS NULL
       AND (a.slot <= c.overlap AND c.held_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM annotation_assignment b
                 WHERE b.comparison_id = a.comparison_id AND b.slot = a.slot
                   AND b.state IN ('leased', 'submitted'))
            OR a.lane IN ('repeat', 'adjudication'))
     ORDER BY a.comparison_id, a.slot
        ON CONFLICT DO NOTHING
$$;

-- End leases whose time is over, at most 500, and return how many. NULL = of everybody.
-- What others work on this instant is left to the next sweep.
CREATE OR REPLACE FUNCTION annotation_expire_leases(campaign bigint, person bigint)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    ended bigint[];
BEGIN
    WITH over AS (
        SELECT a.id FROM annotation_assignment a
         WHERE a.state = 'leased' AND a.expires_at <= now()
           AND (campaign IS NULL OR a.campaign_id = campaign)
           AND (person IS NULL OR a.annotator_id = person)
         ORDER BY a.id LIMIT 500 FOR UPDATE SKIP LOCKED
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
