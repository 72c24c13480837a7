-- Settles a batch of the bank's messages: an array of objects in (message_id, reference, payment_id, amount_paise, succeeded,
-- body), one outcome a message out, in the same order, with the effect of taking them one after another. JSON, because the
-- driver writes six arrays a good deal more slowly than one text.
--
-- Amount and owner come from our own orders; a message must only agree. What disagrees moves nothing and is stored. An
-- order is credited once: concurrent batches wait for each other at its row, and transfer.reference is unique besides.
-- A success after a failure or an expiry credits (the money is there); a failure after a success is ignored.
-- An order whose person has no account makes credit_account_id null, which raises: nothing of the batch is kept.
-- wallet_core/ledger.py is its only caller.
CREATE OR REPLACE FUNCTION wallet_settle_messages(p_messages json) RETURNS TABLE (outcome text)  -- credited, failed, duplicate, ignored, disputed
LANGUAGE plpgsql
-- Every access below is by an index; a plan made while the tables were small must not scan them for ever. And one plan
-- serves every batch.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    v_message_ids text[];
    v_references text[];
    v_payment_ids text[];
    v_amounts_paise bigint[];
    v_succeeded boolean[];
    v_bodies text[];
BEGIN
    SELECT array_agg(m.message_id), array_agg(m.reference), array_agg(m.payment_id), array_agg(m.amount_paise),
           array_agg(m.succeeded), array_agg(m.body)
    INTO v_message_ids, v_references, v_payment_ids, v_amounts_paise, v_succeeded, v_bodies
    FROM json_to_recordset(p_messages) AS m (
        message_id text, reference text, payment_id text, amount_paise bigint, succeeded boolean, body text
    );

    -- First the orders, then the accounts, each in one order: two batches cannot wait for each other crosswise.
    PERFORM 1 FROM onramp o
    WHERE o.reference = ANY (v_references)
    ORDER BY o.reference COLLATE "C"
    FOR NO KEY UPDATE;

    PERFORM 1 FROM account a
    WHERE a.kind = 'available' AND a.person_id IN (
        SELECT o.person_id FROM onramp o WHERE o.reference = ANY (v_references) AND o.status <> 'succeeded'
    )
    ORDER BY a.id
    FOR NO KEY UPDATE;

    -- A new statement, hence a new snapshot: it sees what the holders of those locks had written.
    RETURN QUERY
    WITH message AS (
        SELECT m.* FROM unnest(v_message_ids, v_references, v_payment_ids, v_amounts_paise, v_succeeded, v_bodies)
            WITH ORDINALITY AS m (message_id, reference, payment_id, amount_paise, succeeded, body, position)
    ),
    compared AS (
        SELECT m.*, o.person_id, o.bank_code, o.status, o.payment_id AS known_payment_id,
               CASE WHEN o.reference IS NULL THEN 'unknown-reference'
                    WHEN m.amount_paise IS DISTINCT FROM o.amount_paise THEN 'wrong-amount' END AS disagreement
        FROM message m LEFT JOIN onramp o ON o.reference = m.reference
    ),
    named AS (
        -- Where the order does not know the bank's payment yet, the first message that otherwise agrees tells it.
        SELECT c.*, coalesce(c.known_payment_id, first_value(c.payment_id) OVER (
            PARTITION BY c.reference, c.disagreement IS NULL ORDER BY c.position)) AS order_payment_id
        FROM compared c
    ),
    checked AS (
        SELECT n.*, coalesce(n.disagreement,
            CASE WHEN n.payment_id IS DISTINCT FROM n.order_payment_id THEN 'wrong-payment' END) AS reason
        FROM named n
    ),
    ranked AS (
        SELECT c.*,
            min(c.position) FILTER (WHERE c.reason IS NULL AND c.succeeded) OVER (PARTITION BY c.reference) AS first_success,
            min(c.position) FILTER (WHERE c.reason IS NULL AND NOT c.succeeded) OVER (PARTITION BY c.reference) AS first_failure
        FROM checked c
    ),
    judged AS MATERIALIZED (
        SELECT r.*, CASE
            WHEN r.reason IS NOT NULL THEN 'disputed'
            WHEN r.succeeded AND r.status <> 'succeeded' AND r.position = r.first_success THEN 'credited'
            WHEN r.succeeded THEN 'duplicate'
            WHEN r.status IN ('succeeded', 'expired') OR r.first_success < r.position THEN 'ignored'
            WHEN r.status = 'processing' AND r.position = r.first_failure THEN 'failed'
            ELSE 'duplicate' END AS verdict
        FROM ranked r
    ),
    credit AS MATERIALIZED (
        -- Several orders of one person in one batch: each row carries the balance after itself.
        SELECT j.position, j.reference, j.order_payment_id, j.amount_paise, a.id AS account_id, b.id AS bank_account_id,
               a.balance_paise + sum(j.amount_paise) OVER (
                   PARTITION BY a.id ORDER BY j.position ROWS UNBOUNDED PRECEDING)::bigint AS balance_after_paise
        FROM judged j
        JOIN account b ON b.bank_code = j.bank_code
        LEFT JOIN account a ON a.person_id = j.person_id AND a.kind = 'available'
        WHERE j.verdict = 'credited'
    ),
    written AS (
        INSERT INTO transfer AS t (
            reference, kind, debit_account_id, credit_account_id, amount_paise, credit_balance_after_paise, created_at
        )
        SELECT c.reference, 'onramp', c.bank_account_id, c.account_id, c.amount_paise, c.balance_after_paise, clock_timestamp()
        FROM credit c ORDER BY c.position
        RETURNING t.id, t.reference, t.created_at
    ),
    paid AS (
        UPDATE account a SET balance_paise = a.balance_paise + s.amount_paise
        FROM (SELECT c.account_id, sum(c.amount_paise)::bigint AS amount_paise FROM credit c GROUP BY c.account_id) s
        WHERE a.id = s.account_id
    ),
    succeeded_orders AS (
        UPDATE onramp o SET status = 'succeeded', failure_code = '', settled_at = w.created_at, transfer_id = w.id,
                            payment_id = c.order_payment_id
        FROM written w JOIN credit c ON c.reference = w.reference
        WHERE o.reference = w.reference
    ),
    failed_orders AS (
        UPDATE onramp o SET status = 'failed', failure_code = 'declined', settled_at = clock_timestamp(),
                            payment_id = j.order_payment_id
        FROM judged j
        WHERE o.reference = j.reference AND j.verdict = 'failed' AND j.first_success IS NULL
    ),
    disputes AS (
        INSERT INTO disputed_message (message_id, reason, reference, body)
        SELECT j.message_id, j.reason, j.reference, j.body FROM judged j WHERE j.verdict = 'disputed' ORDER BY j.position
        ON CONFLICT (message_id, reason) DO NOTHING
    ),
    notified AS MATERIALIZED (
        SELECT pg_notify('wallet_changes', p.person_id::text)
        FROM (SELECT DISTINCT j.person_id FROM judged j WHERE j.verdict IN ('credited', 'failed')) p
    ),
    told AS MATERIALIZED (
        -- Who was credited for which orders, for the log of whoever shows it. Cut where it would be too long to send:
        -- no credit may fail for the sake of a log.
        SELECT pg_notify('wallet_credits',
                         left(c.person_id::text || ' ' || string_agg(c.reference, ' ' ORDER BY c.position), 7900))
        FROM judged c WHERE c.verdict = 'credited' GROUP BY c.person_id
        -- After the changes themselves.
        HAVING (SELECT count(*) FROM notified) >= 0
    )
    -- The count makes sure that the notifications are sent; it filters nothing.
    SELECT j.verdict FROM judged j WHERE (SELECT count(*) FROM told) >= 0 ORDER BY j.position;
END
$$;
