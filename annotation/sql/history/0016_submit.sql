-- Store the answer to a live lease: one statement, one short transaction, no shared row touched.
--
-- Returns no row when the answer needs a closer look (the lease is over, the client id is known, the
-- comparison was withdrawn, the person or the campaign stopped, it settles a dispute): services/judgments.py looks
-- closer.
CREATE OR REPLACE FUNCTION annotation_submit(
    assignment bigint, person bigint, client uuid, given_scores smallint[], given_ranks smallint[],
    given_tie_kind text, given_note text, given_active_ms integer, given_evidence jsonb,
    given_remarks jsonb)
RETURNS TABLE (id bigint, public_id uuid, comparison_id bigint, is_adaptive boolean, lane text)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
    SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    mine annotation_assignment;
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
    RETURNING a.* INTO mine;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
    INSERT INTO annotation_judgment
           (public_id, client_id, assignment_id, campaign_id, comparison_id, annotator_id,
            rubric_id, lane, scores, ranks, tie_kind, cannot_judge, surplus, note, active_ms,
            evidence, remarks)
    VALUES (gen_random_uuid(), client, mine.id, mine.campaign_id, mine.comparison_id, person,
            mine.rubric_id, mine.lane, given_scores, given_ranks, given_tie_kind, '', false,
            given_note, given_active_ms, given_evidence, given_remarks)
    RETURNING annotation_judgment.id, annotation_judgment.public_id, mine.comparison_id,
              (SELECT c.stop_early OR c.overlap_cap > 0 FROM annotation_campaign c
                WHERE c.id = mine.campaign_id), mine.lane::text;
END $$;
