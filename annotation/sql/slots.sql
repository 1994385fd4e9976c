-- The slots of comparisons, and the queue rows that stand for the free ones.
--
-- A slot of a comparison is one judgment wanted in a counting lane. A free slot is a row of the
-- queue: a lease deletes the row, a lease that ends without an answer inserts it again. There is no
-- counter that could become wrong or that all transactions would have to lock.

-- A text's hash in [0, 1), the same on every machine.
CREATE OR REPLACE FUNCTION annotation_hash(words text)
RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT ('x' || left(encode(sha256(convert_to(words, 'UTF8')), 'hex'), 13)
           )::bit(52)::bigint / 4503599627370496.0::double precision
$$;

-- The order in which a slot shows the candidates: result[i] = canonical index at position i.
-- Each block of k slots is a Latin square: the rotations of one base order. Consecutive blocks use
-- all (k - 1)! base orders, in a sequence drawn by hash, before one is used again. So the positions
-- of a comparison are balanced within one, and no order repeats before all k! were used.
CREATE OR REPLACE FUNCTION annotation_slot_order(seed bigint, comparison bigint, slot integer,
                                                 k integer)
RETURNS smallint[] LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT array_agg(base.candidates[1 + (i + rotation.first + slot) % k] ORDER BY i)
      FROM (SELECT candidates
              FROM (VALUES (ARRAY[0,1]), (ARRAY[0,1,2]), (ARRAY[0,2,1]), (ARRAY[0,1,2,3]),
                           (ARRAY[0,1,3,2]), (ARRAY[0,2,1,3]), (ARRAY[0,2,3,1]),
                           (ARRAY[0,3,1,2]), (ARRAY[0,3,2,1])) AS known(candidates)
             WHERE cardinality(candidates) = k
             ORDER BY annotation_hash(concat_ws(':', seed, comparison, candidates))
            OFFSET ((slot - 1) / k) % (CASE k WHEN 4 THEN 6 ELSE k - 1 END) LIMIT 1
           ) AS base(candidates)
     CROSS JOIN LATERAL (SELECT floor(k * annotation_hash(concat_ws(
               ':', seed, comparison, (slot - 1) / k)))::integer AS first) AS rotation
     CROSS JOIN generate_series(0, k - 1) AS i
$$;

-- Position of the canonically first candidate, from the middle: -(k - 1) = first, k - 1 = last.
CREATE OR REPLACE FUNCTION annotation_order_offset(shown_order smallint[])
RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT 2 * (array_position(shown_order, 0::smallint) - array_lower(shown_order, 1))
           - (cardinality(shown_order) - 1)
$$;

-- An order rotated to the left by some positions. The slots of one block are rotations of another.
CREATE OR REPLACE FUNCTION annotation_rotated(shown_order smallint[], by_positions integer)
RETURNS smallint[] LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT array_agg(shown_order[1 + ((i + by_positions) % k + k) % k] ORDER BY i)
      FROM (SELECT cardinality(shown_order) AS k) AS size, generate_series(0, size.k - 1) AS i
$$;

-- Where a refill puts a comparison in its lane. A later refill has larger keys than an earlier one,
-- so a person's search never has to go back to find its rows. Within one refill a hash decides, so
-- that one seed gives one order. Slots that became free again have keys from -1 to 0, before all.
CREATE OR REPLACE FUNCTION annotation_draw_key(refill bigint, seed bigint, comparison bigint,
                                               lane text)
RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT refill + annotation_hash(concat_ws(':', seed, comparison, lane))
$$;

-- Refill: insert the free slots of comparisons into the queue. Rows that are there already stay as
-- they are. chances: inclusion probabilities, one per comparison, NULL where picked by hand.
-- into_lane: NULL = the lane of the source's arm. Returns how many rows are new.
CREATE OR REPLACE FUNCTION annotation_open_slots(comparisons bigint[], chances double precision[],
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
           -- Once one slot of a block was leased, the orders of the whole block are fixed.
           coalesce((SELECT annotation_rotated(a.shown_order, s.slot - a.slot)
                       FROM annotation_assignment a
                      WHERE a.comparison_id = c.id
                        AND (a.slot - 1) / cardinality(c.candidate_ids)
                            = (s.slot - 1) / cardinality(c.candidate_ids)
                      ORDER BY a.slot = s.slot DESC LIMIT 1),
                    annotation_slot_order(m.seed, c.id, s.slot, cardinality(c.candidate_ids))),
           annotation_draw_key(refill, m.seed, c.id, l.lane), by_policy, refilled.chance
      FROM unnest(comparisons, chances) AS refilled(comparison, chance)
      JOIN annotation_comparison c ON c.id = refilled.comparison
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
    -- The insert may have waited for a transaction that leased a slot meanwhile.
    DELETE FROM annotation_queueentry q
     USING annotation_assignment a
     WHERE q.comparison_id = ANY (comparisons) AND a.comparison_id = q.comparison_id
       AND a.slot = q.slot AND a.state IN ('leased', 'submitted');
    GET DIAGNOSTICS n_taken = ROW_COUNT;
    RETURN n_new - n_taken;
END $$;

-- Insert the queue rows of leases that ended without an answer again, at the front of their lane.
-- A lease does not delete rows of gold and training, so those need nothing.
CREATE OR REPLACE FUNCTION annotation_return_slots(assignments bigint[])
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

-- Expire leases whose time is over, at most 500, and return how many.
-- campaign, person: NULL = any.
-- Rows that another transaction has locked are left to the next call. The share lock on the
-- comparison keeps overlap and hold unchanged until the slot is back in the queue.
CREATE OR REPLACE FUNCTION annotation_expire_leases(campaign bigint, person bigint)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    expired bigint[];
BEGIN
    WITH overdue AS (
        SELECT a.id
          FROM annotation_assignment a JOIN annotation_comparison c ON c.id = a.comparison_id
         WHERE a.state = 'leased' AND a.expires_at <= now()
           AND (campaign IS NULL OR a.campaign_id = campaign)
           AND (person IS NULL OR a.annotator_id = person)
         ORDER BY a.id LIMIT 500
           FOR UPDATE OF a SKIP LOCKED FOR SHARE OF c SKIP LOCKED
    ), closed AS (
        UPDATE annotation_assignment a SET state = 'expired', closed_at = now()
          FROM overdue WHERE a.id = overdue.id RETURNING a.id
    )
    SELECT array_agg(id ORDER BY id) INTO expired FROM closed;
    IF expired IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM annotation_return_slots(expired);
    RETURN cardinality(expired);
END $$;
