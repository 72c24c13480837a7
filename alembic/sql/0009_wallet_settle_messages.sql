-- Settles a batch of the bank's messages: an array of objects in (message_id, reference, payment_id, amount_paise, succeeded,
-- body), one outcome a message out, in the same order, with the effect of taking them one after another. JSON, because the
-- driver writes six arrays a good deal more slowly than one text.
--
-- Amount and owner come from our own orders; a message must only agree. What disagrees moves nothing and is stored. An
-- order is credited once: concurrent batches wait for each other at its row, and transfer.reference is unique besides.
-- A success after a failure or an expiry credits (the money is there); a failure after a success is ignored.
-- An order whose person has no account makes credit_account_id null, which raises: nothing of the batch is kept.
--
-- Since 0009: what a lock waited for is read with it (PostgreSQL answers the newest version of a row that it locks), so no
-- order and no account is looked up twice, and orders are told apart by a small number instead of by their text.
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
    -- The messages, in the order in which they came: a message's number is its position here.
    v_message_ids text[];
    v_references text[];
    v_payment_ids text[];
    v_amounts_paise bigint[];
    v_succeeded boolean[];
    v_bodies text[];
    -- Our orders that they name, each once and locked: an order's number is its place here.
    v_orders text[];
    v_order_people uuid[];
    v_order_amounts_paise bigint[];
    v_order_statuses text[];
    v_order_payment_ids text[];
    v_order_banks bigint[];
    v_people_waiting uuid[];           -- whose money may be added
    -- Their accounts, locked: an account's number is its place here.
    v_accounts bigint[];
    v_account_people uuid[];
    v_balances_paise bigint[];
BEGIN
    SELECT array_agg(m.message_id), array_agg(m.reference), array_agg(m.payment_id), array_agg(m.amount_paise),
           array_agg(m.succeeded), array_agg(m.body)
    INTO v_message_ids, v_references, v_payment_ids, v_amounts_paise, v_succeeded, v_bodies
    FROM json_to_recordset(p_messages) AS m (
        message_id text, reference text, payment_id text, amount_paise bigint, succeeded boolean, body text
    );

    -- First the orders, then the accounts, each in one order: two batches cannot wait for each other crosswise.
    SELECT array_agg(l.reference), array_agg(l.person_id), array_agg(l.amount_paise), array_agg(l.status),
           array_agg(l.payment_id), array_agg(l.bank_account_id),
           array_agg(l.person_id) FILTER (WHERE l.status <> 'succeeded')
    INTO v_orders, v_order_people, v_order_amounts_paise, v_order_statuses,
         v_order_payment_ids, v_order_banks,
         v_people_waiting
    FROM (
        SELECT o.reference, o.person_id, o.amount_paise, o.status, o.payment_id, b.id AS bank_account_id
        FROM onramp o JOIN account b ON b.bank_code = o.bank_code
        WHERE o.reference = ANY (v_references)
        ORDER BY o.reference COLLATE "C"
        FOR NO KEY UPDATE OF o
    ) l;

    SELECT array_agg(l.id), array_agg(l.person_id), array_agg(l.balance_paise)
    INTO v_accounts, v_account_people, v_balances_paise
    FROM (
        SELECT a.id, a.person_id, a.balance_paise FROM account a
        WHERE a.person_id = ANY (v_people_waiting) AND a.kind = 'available'
        ORDER BY a.id
        FOR NO KEY UPDATE
    ) l;

    RETURN QUERY
    WITH message AS (
        SELECT m.position, m.payment_id, m.amount_paise, m.succeeded, array_position(v_orders, m.reference) AS place
        FROM unnest(v_references, v_payment_ids, v_amounts_paise, v_succeeded)
            WITH ORDINALITY AS m (reference, payment_id, amount_paise, succeeded, position)
    ),
    compared AS (
        SELECT m.*, v_order_statuses[m.place] AS status,
               CASE WHEN m.place IS NULL THEN 'unknown-reference'
                    WHEN m.amount_paise IS DISTINCT FROM v_order_amounts_paise[m.place] THEN 'wrong-amount' END AS disagreement
        FROM message m
    ),
    named AS (
        -- Where the order does not know the bank's payment yet, the first message that otherwise agrees tells it.
        SELECT c.*, coalesce(v_order_payment_ids[c.place], first_value(c.payment_id) OVER (
            PARTITION BY c.place, c.disagreement IS NULL ORDER BY c.position)) AS order_payment_id
        FROM compared c
    ),
    checked AS (
        SELECT n.*, coalesce(n.disagreement,
            CASE WHEN n.payment_id IS DISTINCT FROM n.order_payment_id THEN 'wrong-payment' END) AS reason
        FROM named n
    ),
    ranked AS (
        SELECT c.*,
            min(c.position) FILTER (WHERE c.reason IS NULL AND c.succeeded) OVER (PARTITION BY c.place) AS first_success,
            min(c.position) FILTER (WHERE c.reason IS NULL AND NOT c.succeeded) OVER (PARTITION BY c.place) AS first_failure
        FROM checked c
    ),
    judged AS MATERIALIZED (
        -- No more columns than are asked for below: what a row carries is copied at each step.
        SELECT r.position, r.place, r.amount_paise, r.order_payment_id, r.reason, r.first_success, CASE
            WHEN r.reason IS NOT NULL THEN 'disputed'
            WHEN r.succeeded AND r.status <> 'succeeded' AND r.position = r.first_success THEN 'credited'
            WHEN r.succeeded THEN 'duplicate'
            WHEN r.status IN ('succeeded', 'expired') OR r.first_success < r.position THEN 'ignored'
            WHEN r.status = 'processing' AND r.position = r.first_failure THEN 'failed'
            ELSE 'duplicate' END AS verdict
        FROM ranked r
    ),
    credit AS MATERIALIZED (
        -- Ids and moments after the locks and in one order, so that an account's rows are in the order of both.
        SELECT nextval('transfer_id_seq') AS id, clock_timestamp() AS at, s.place, s.account, s.amount_paise, s.order_payment_id,
               v_balances_paise[s.account] + s.sum_paise AS balance_after_paise
        FROM (
            -- Several orders of one person in one batch: each row carries the balance after itself.
            SELECT c.*, sum(c.amount_paise) OVER (
                PARTITION BY c.account ORDER BY c.position ROWS UNBOUNDED PRECEDING)::bigint AS sum_paise
            FROM (
                SELECT j.*, array_position(v_account_people, v_order_people[j.place]) AS account
                FROM judged j WHERE j.verdict = 'credited'
            ) c
            ORDER BY c.position
        ) s
    ),
    written AS (
        INSERT INTO transfer (
            id, reference, kind, debit_account_id, credit_account_id, amount_paise, credit_balance_after_paise, created_at
        )
        OVERRIDING SYSTEM VALUE
        SELECT c.id, v_orders[c.place], 'onramp', v_order_banks[c.place], v_accounts[c.account], c.amount_paise,
               c.balance_after_paise, c.at
        FROM credit c
    ),
    paid AS (
        UPDATE account a SET balance_paise = a.balance_paise + s.amount_paise
        FROM (SELECT c.account, sum(c.amount_paise)::bigint AS amount_paise FROM credit c GROUP BY c.account) s
        WHERE a.id = v_accounts[s.account]
    ),
    succeeded_orders AS (
        UPDATE onramp o SET status = 'succeeded', failure_code = '', settled_at = c.at, transfer_id = c.id,
                            payment_id = c.order_payment_id
        FROM credit c
        WHERE o.reference = v_orders[c.place]
    ),
    failed_orders AS (
        UPDATE onramp o SET status = 'failed', failure_code = 'declined', settled_at = clock_timestamp(),
                            payment_id = j.order_payment_id
        FROM judged j
        WHERE o.reference = v_orders[j.place] AND j.verdict = 'failed' AND j.first_success IS NULL
    ),
    disputes AS (
        INSERT INTO disputed_message (message_id, reason, reference, body)
        SELECT v_message_ids[j.position], j.reason, v_references[j.position], v_bodies[j.position]
        FROM judged j WHERE j.verdict = 'disputed' ORDER BY j.position
        ON CONFLICT (message_id, reason) DO NOTHING
    ),
    notified AS MATERIALIZED (
        SELECT pg_notify('wallet_changes', p.person_id::text)
        FROM (SELECT DISTINCT v_order_people[j.place] AS person_id FROM judged j WHERE j.verdict IN ('credited', 'failed')) p
    ),
    told AS MATERIALIZED (
        -- Who was credited for which orders, for the log of whoever shows it. Cut where it would be too long to send:
        -- no credit may fail for the sake of a log.
        SELECT pg_notify('wallet_credits', left(
            v_account_people[c.account]::text || ' ' || string_agg(v_orders[c.place], ' ' ORDER BY c.id), 7900))
        FROM credit c GROUP BY c.account
        -- After the changes themselves.
        HAVING (SELECT count(*) FROM notified) >= 0
    )
    -- The count makes sure that the notifications are sent; it filters nothing.
    SELECT j.verdict FROM judged j WHERE (SELECT count(*) FROM told) >= 0 ORDER BY j.position;
END
$$;
