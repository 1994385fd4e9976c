-- Invariants that no declarative constraint can express, as triggers and one check.
--
-- Everything here may run on a database that has it already.

-- Refuse every change of a row: judgments, send-backs and campaign events are append-only.
CREATE OR REPLACE FUNCTION annotation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE OR REPLACE TRIGGER judgment_append_only BEFORE UPDATE OR DELETE ON annotation_judgment
    FOR EACH ROW EXECUTE FUNCTION annotation_refuse_change();
CREATE OR REPLACE TRIGGER send_back_append_only BEFORE UPDATE OR DELETE ON annotation_sendback
    FOR EACH ROW EXECUTE FUNCTION annotation_refuse_change();
CREATE OR REPLACE TRIGGER campaign_event_append_only
    BEFORE UPDATE OR DELETE ON annotation_campaignevent
    FOR EACH ROW EXECUTE FUNCTION annotation_refuse_change();

-- The candidates of a comparison are distinct candidates of its item in canonical order (by image
-- hash, then id), and never change.
CREATE OR REPLACE FUNCTION annotation_check_comparison() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    canonical bigint[];
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.item_id = OLD.item_id
       AND NEW.candidate_ids = OLD.candidate_ids THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'the candidates of a comparison never change'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'comparison_candidates_fixed';
    END IF;
    SELECT array_agg(c.id ORDER BY i.sha256 COLLATE "C", c.id) INTO canonical
      FROM annotation_candidate c JOIN annotation_storedimage i ON i.id = c.image_id
     WHERE c.id = ANY (NEW.candidate_ids) AND c.item_id = NEW.item_id;
    IF canonical IS DISTINCT FROM NEW.candidate_ids THEN
        RAISE EXCEPTION 'candidates % are not distinct candidates of item % in canonical order',
            NEW.candidate_ids, NEW.item_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'comparison_candidates_canonical';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER comparison_candidates_canonical
    BEFORE INSERT OR UPDATE ON annotation_comparison
    FOR EACH ROW EXECUTE FUNCTION annotation_check_comparison();

-- Whether numbers are a permutation of 0 to n - 1.
CREATE OR REPLACE FUNCTION annotation_is_permutation(numbers smallint[]) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (SELECT array_agg(n ORDER BY n) FROM unnest(numbers) AS n)
         = (SELECT array_agg(g::smallint) FROM generate_series(0, cardinality(numbers) - 1) AS g)
$$;
-- Added once: adding it again would read the whole table.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_constraint
                    WHERE conrelid = 'annotation_assignment'::regclass
                      AND conname = 'assignment_order_is_permutation') THEN
        ALTER TABLE annotation_assignment ADD CONSTRAINT assignment_order_is_permutation
            CHECK (annotation_is_permutation(shown_order));
    END IF;
END $$;

-- An answer with the time at work that the server counts for it, beside its client's claim.
--
-- A person works on one comparison at a time: work on an answer lies between its lease and its
-- submit, and begins when the work counted before ended. So what is counted of a person in a
-- campaign never exceeds the time that passed, whatever clients claim and however many leases a
-- page holds, while answers that were kept offline and sent at once still count. A comparison
-- counts for ten minutes at most; more is idle. Time that is set already is kept: no client can
-- set it.
CREATE OR REPLACE FUNCTION annotation_with_worked_time(answer annotation_judgment,
                                                       leased_at timestamptz)
RETURNS annotation_judgment LANGUAGE plpgsql AS $$
DECLARE
    most_ms constant integer := 600000;
    begins timestamptz;
    room_ms bigint;
BEGIN
    IF answer.worked_ms IS NOT NULL THEN
        answer.worked_until := coalesce(answer.worked_until, answer.created_at);
        RETURN answer;
    END IF;
    -- Answers that one person sends at once are timed one after the other.
    PERFORM pg_advisory_xact_lock(hashtextextended(
        concat_ws(':', 'worked', answer.campaign_id, answer.annotator_id), 0));
    -- Not only the newest one: transactions may have begun in another order than they committed.
    SELECT greatest(leased_at, max(recent.worked_until)) INTO begins
      FROM (SELECT j.worked_until FROM annotation_judgment j
             WHERE j.annotator_id = answer.annotator_id AND j.campaign_id = answer.campaign_id
             ORDER BY j.created_at DESC LIMIT 8) AS recent;
    IF answer.active_ms IS NOT NULL THEN
        room_ms := greatest(0, floor(extract(epoch FROM answer.created_at - begins) * 1000));
        answer.worked_ms := least(answer.active_ms, most_ms, room_ms);
    END IF;
    answer.worked_until := begins + make_interval(secs => coalesce(answer.worked_ms, 0) / 1000.0);
    RETURN answer;
END $$;

-- A judgment fits its assignment, its comparison and its rubric; its time at work is counted.
CREATE OR REPLACE FUNCTION annotation_check_judgment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    leased timestamptz;
    k integer;
    n_dimensions integer;
    n_distinct integer;
BEGIN
    SELECT cardinality(c.candidate_ids), a.leased_at INTO k, leased
      FROM annotation_assignment a JOIN annotation_comparison c ON c.id = a.comparison_id
     WHERE a.id = NEW.assignment_id AND a.comparison_id = NEW.comparison_id
       AND a.campaign_id = NEW.campaign_id AND a.annotator_id = NEW.annotator_id
       AND a.rubric_id = NEW.rubric_id AND a.lane = NEW.lane;
    IF k IS NULL THEN
        RAISE EXCEPTION 'the judgment does not match its assignment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'judgment_matches_assignment';
    END IF;
    IF NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM annotation_judgment j
         WHERE j.id = NEW.supersedes_id AND j.assignment_id = NEW.assignment_id) THEN
        RAISE EXCEPTION 'a judgment supersedes one of the same assignment only'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'judgment_supersedes_own';
    END IF;
    NEW := annotation_with_worked_time(NEW, leased);
    IF NEW.scores IS NULL THEN
        IF NEW.tie_kind IS NOT NULL THEN
            RAISE EXCEPTION 'an answer that does not judge has no tie kind'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'judgment_tie_kind';
        END IF;
        RETURN NEW;
    END IF;
    SELECT count(*) INTO n_dimensions FROM annotation_dimension WHERE rubric_id = NEW.rubric_id;
    IF array_ndims(NEW.scores) <> 2 OR array_length(NEW.scores, 1) <> k
       OR array_length(NEW.scores, 2) <> n_dimensions
       OR EXISTS (SELECT 1 FROM unnest(NEW.scores) AS s WHERE s IS NULL OR s NOT BETWEEN 1 AND 4)
    THEN
        RAISE EXCEPTION 'scores are not % candidates by % dimensions of 1 to 4', k, n_dimensions
            USING ERRCODE = 'check_violation', CONSTRAINT = 'judgment_scores_shape';
    END IF;
    SELECT count(DISTINCT r) INTO n_distinct FROM unnest(NEW.ranks) AS r;
    IF cardinality(NEW.ranks) <> k
       OR (SELECT min(r) FROM unnest(NEW.ranks) AS r) <> 1
       OR (SELECT max(r) FROM unnest(NEW.ranks) AS r) <> n_distinct
       OR array_position(NEW.ranks, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'ranks are not % dense ranks', k
            USING ERRCODE = 'check_violation', CONSTRAINT = 'judgment_ranks_dense';
    END IF;
    IF (n_distinct = 1) <> (NEW.tie_kind IS NOT NULL) THEN
        RAISE EXCEPTION 'a tie kind is given exactly when all candidates share one rank'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'judgment_tie_kind';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER judgment_shape BEFORE INSERT ON annotation_judgment
    FOR EACH ROW EXECUTE FUNCTION annotation_check_judgment();

-- Whether a rubric is published.
CREATE OR REPLACE FUNCTION annotation_rubric_is_published(wanted bigint)
RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT 1 FROM annotation_rubric
                    WHERE id = wanted AND published_at IS NOT NULL)
$$;

-- Refuse every change of a published rubric, its dimensions, their levels and their criteria.
CREATE OR REPLACE FUNCTION annotation_keep_published_rubric() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    IF TG_TABLE_NAME = 'annotation_rubric' THEN
        touched := ARRAY[OLD.id];
    ELSIF TG_TABLE_NAME = 'annotation_dimension' THEN
        touched := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.rubric_id]
                              WHEN 'DELETE' THEN ARRAY[OLD.rubric_id]
                              ELSE ARRAY[OLD.rubric_id, NEW.rubric_id] END;
    ELSE
        SELECT array_agg(d.rubric_id) INTO touched FROM annotation_dimension d
         WHERE d.id = CASE TG_OP WHEN 'DELETE' THEN OLD.dimension_id ELSE NEW.dimension_id END
            OR d.id = CASE TG_OP WHEN 'INSERT' THEN NEW.dimension_id ELSE OLD.dimension_id END;
    END IF;
    IF EXISTS (SELECT 1 FROM unnest(touched) AS t WHERE annotation_rubric_is_published(t)) THEN
        RAISE EXCEPTION 'a published rubric never changes'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'rubric_frozen';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER rubric_frozen BEFORE UPDATE OR DELETE ON annotation_rubric
    FOR EACH ROW EXECUTE FUNCTION annotation_keep_published_rubric();
CREATE OR REPLACE TRIGGER rubric_frozen BEFORE INSERT OR UPDATE OR DELETE ON annotation_dimension
    FOR EACH ROW EXECUTE FUNCTION annotation_keep_published_rubric();
CREATE OR REPLACE TRIGGER rubric_frozen BEFORE INSERT OR UPDATE OR DELETE ON annotation_level
    FOR EACH ROW EXECUTE FUNCTION annotation_keep_published_rubric();
CREATE OR REPLACE TRIGGER rubric_frozen BEFORE INSERT OR UPDATE OR DELETE ON annotation_criterion
    FOR EACH ROW EXECUTE FUNCTION annotation_keep_published_rubric();
