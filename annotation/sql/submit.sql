-- Store the answer to a live lease: one statement, one short transaction, no write to a shared row.
--
-- Returns no row, and writes nothing, in all other cases: the lease is over, the client id is known,
-- the comparison was withdrawn, the person or the campaign was stopped, or the answer settles a
-- dispute. The caller then decides under locks what to do.
-- known_worked_ms: NULL = the time at work is counted from the lease (annotation_with_worked_time).
CREATE OR REPLACE FUNCTION annotation_submit(
    assignment bigint, person bigint, client uuid, answer_scores smallint[], answer_ranks smallint[],
    answer_tie_kind text, answer_note text, answer_active_ms integer, answer_evidence jsonb,
    answer_remarks jsonb, known_worked_ms integer DEFAULT NULL)
RETURNS TABLE (id bigint, public_id uuid, comparison_id bigint, is_adaptive boolean, lane text)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
    SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    lease annotation_assignment;
BEGIN
    UPDATE annotation_assignment a SET state = 'submitted', closed_at = now()
      FROM annotation_comparison c JOIN annotation_item i ON i.id = c.item_id
     WHERE a.id = assignment AND a.annotator_id = person AND a.state = 'leased'
       AND a.lane <> 'adjudication'
       AND c.id = a.comparison_id AND c.withdrawn_at IS NULL AND i.withdrawn_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM annotation_judgment j WHERE j.client_id = client)
       AND NOT EXISTS (SELECT 1 FROM annotation_candidate e
                        WHERE e.id = ANY (c.candidate_ids) AND e.withdrawn_at IS NOT NULL)
       AND EXISTS (SELECT 1 FROM annotation_campaign p
                    WHERE p.id = a.campaign_id AND p.state IN ('pilot', 'live'))
       AND (SELECT bool_and(m.paused_at IS NULL) FROM annotation_membership m
             WHERE m.campaign_id = a.campaign_id AND m.user_id = person
               AND m.role IN ('annotator', 'adjudicator') AND m.removed_at IS NULL)
    RETURNING a.* INTO lease;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
    INSERT INTO annotation_judgment
           (public_id, client_id, assignment_id, campaign_id, comparison_id, annotator_id,
            rubric_id, lane, scores, ranks, tie_kind, cannot_judge, surplus, note, active_ms,
            evidence, remarks, worked_ms)
    VALUES (gen_random_uuid(), client, lease.id, lease.campaign_id, lease.comparison_id, person,
            lease.rubric_id, lease.lane, answer_scores, answer_ranks, answer_tie_kind, '', false,
            answer_note, answer_active_ms, answer_evidence, answer_remarks,
            known_worked_ms)
    RETURNING annotation_judgment.id, annotation_judgment.public_id, lease.comparison_id,
              (SELECT c.stop_early OR c.overlap_cap > 0 FROM annotation_campaign c
                WHERE c.id = lease.campaign_id), lease.lane::text;
END $$;
