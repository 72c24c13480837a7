-- Settles a batch in which every message is the first word of success for an order of its own, and agrees with it: nearly every
-- batch. Then arrays are compared and nothing is judged, all are credited, and the answer is true. Otherwise the answer is
-- false, nothing has changed, and wallet_settle_messages judges each for itself.
--
-- In the order of their references (as bytes): those that are not, or that name an order twice, are never alike. calls: the
-- bank's, for the log of whoever shows the credit; turns: which came before which. wallet_core/settling.py is the only caller.
CREATE FUNCTION wallet_settle_successes(
    p_references text[], p_payment_ids text[], p_amounts_paise bigint[], p_calls text[], p_turns bigint[]
) RETURNS boolean
LANGUAGE plpgsql
-- Every access below is by an index; a plan made while the tables were small must not scan them for ever. And one plan
-- serves every batch.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
-- Of one row. A batch that holds it rightly is done within tens of milliseconds.
SET lock_timeout = '250ms'
AS $$
#variable_conflict use_column
DECLARE
    v_orders text[];
    v_people uuid[];
    v_banks bigint[];
    v_amounts_paise bigint[];
    v_payment_ids text[];
    v_statuses text[];
BEGIN
    SELECT array_agg(l.reference), array_agg(l.person_id), array_agg(l.bank_account_id), array_agg(l.amount_paise),
           array_agg(l.payment_id), array_agg(l.status)
    INTO v_orders, v_people, v_banks, v_amounts_paise, v_payment_ids, v_statuses
    FROM (
        SELECT o.reference, o.person_id, b.id AS bank_account_id, o.amount_paise, o.payment_id, o.status
        FROM onramp o JOIN account b ON b.bank_code = o.bank_code
        WHERE o.reference = ANY (p_references)
        ORDER BY o.reference COLLATE "C"
        FOR NO KEY UPDATE OF o
    ) l;

    IF p_references = v_orders AND p_amounts_paise = v_amounts_paise AND p_payment_ids = v_payment_ids
            AND 'succeeded' <> ALL (v_statuses) THEN
        PERFORM wallet_credit_orders(v_orders, v_people, v_banks, v_amounts_paise, v_payment_ids, p_calls, p_turns);
        RETURN true;
    END IF;
    RETURN false;
END
$$;
