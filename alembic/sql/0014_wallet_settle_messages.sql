-- Settles a batch of the bank's messages: an array of objects in (message_id, reference, payment_id, amount_paise, succeeded,
-- body, request_id), one outcome a message out, in the same order, with the effect of taking them one after another. JSON,
-- because the driver writes seven arrays a good deal more slowly than one text. request_id: of the bank's call, for the log of
-- whoever shows the credit; none, or an empty one, where the bank was asked.
--
-- Amount and owner come from our own orders; a message must only agree. What disagrees moves nothing and is stored. An
-- order is credited once: concurrent batches wait for each other at its row, and transfer.reference is unique besides.
-- A success after a failure or an expiry credits (the money is there); a failure after a success is ignored.
-- An order whose person has no account raises not_null_violation, as the column of the transfer would: nothing is kept.
--
-- What a lock waited for is read with it: PostgreSQL answers the newest version of a row that it locks.
--
-- Only a message that ends an order tells the bank's name of its payment. Where all of a batch are the first words of success, as
-- nearly always, wallet_settle_successes is asked instead; both credit by wallet_credit_orders.
-- Who waits long for a lock gives up (55P03): wallet_core/settling.py, the only caller, then tries again, and each message alone.
CREATE OR REPLACE FUNCTION wallet_settle_messages(p_messages json) RETURNS TABLE (outcome text)  -- credited, failed, duplicate, ignored, disputed
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
    -- The messages, by the order that they name.
    v_positions bigint[];              -- each one's place among those that came
    v_message_ids text[];
    v_references text[];
    v_payment_ids text[];
    v_amounts_paise bigint[];
    v_succeeded boolean[];
    v_bodies text[];
    v_request_ids text[];
    v_verdicts text[];
    -- Our orders that they name, each once and locked: an order's number is its place here.
    v_orders text[];
    v_order_people uuid[];
    v_order_amounts_paise bigint[];
    v_order_statuses text[];
    v_order_payment_ids text[];
    v_order_banks bigint[];
    v_credit_positions bigint[];       -- the message that each is credited for, by its place; null: none
BEGIN
    SELECT array_agg(m.position), array_agg(m.message_id), array_agg(m.reference), array_agg(m.payment_id),
           array_agg(m.amount_paise), array_agg(m.succeeded), array_agg(m.body), array_agg(nullif(m.request_id, ''))
    INTO v_positions, v_message_ids, v_references, v_payment_ids, v_amounts_paise, v_succeeded, v_bodies, v_request_ids
    FROM (
        SELECT * FROM ROWS FROM (
            json_to_recordset(p_messages) AS (
                message_id text, reference text, payment_id text, amount_paise bigint, succeeded boolean, body text,
                request_id text
            )
        ) WITH ORDINALITY AS m (message_id, reference, payment_id, amount_paise, succeeded, body, request_id, position)
        ORDER BY m.reference COLLATE "C", m.position
    ) m;

    -- First the orders, then the accounts, each in one order: two batches cannot wait for each other crosswise.
    SELECT array_agg(l.reference), array_agg(l.person_id), array_agg(l.amount_paise), array_agg(l.status),
           array_agg(l.payment_id), array_agg(l.bank_account_id)
    INTO v_orders, v_order_people, v_order_amounts_paise, v_order_statuses, v_order_payment_ids, v_order_banks
    FROM (
        SELECT o.reference, o.person_id, o.amount_paise, o.status, o.payment_id, b.id AS bank_account_id
        FROM onramp o JOIN account b ON b.bank_code = o.bank_code
        WHERE o.reference = ANY (v_references)
        ORDER BY o.reference COLLATE "C"
        FOR NO KEY UPDATE OF o
    ) l;

    WITH message AS (
        SELECT m.*, array_position(v_orders, m.reference) AS place
        FROM unnest(v_references, v_payment_ids, v_amounts_paise, v_succeeded, v_positions)
            WITH ORDINALITY AS m (reference, payment_id, amount_paise, succeeded, position, number)
    ),
    compared AS (
        SELECT m.*, v_order_statuses[m.place] AS status,
               CASE WHEN m.place IS NULL THEN 'unknown-reference'
                    WHEN m.amount_paise IS DISTINCT FROM v_order_amounts_paise[m.place] THEN 'wrong-amount' END AS disagreement
        FROM message m
    ),
    -- Where the order does not know the bank's payment yet, the first message that may end it tells it.
    name AS (
        SELECT DISTINCT ON (c.place) c.place, c.position, c.payment_id FROM compared c
        WHERE c.disagreement IS NULL AND (c.status = 'processing' OR c.succeeded AND c.status <> 'succeeded')
        ORDER BY c.place, c.position
    ),
    named AS (
        SELECT c.*, coalesce(v_order_payment_ids[c.place],
                             CASE WHEN n.position <= c.position THEN n.payment_id END, c.payment_id) AS order_payment_id
        FROM compared c LEFT JOIN name n ON n.place = c.place
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
        SELECT r.number, r.position, r.place, r.payment_id, r.reason, r.first_success, CASE
            WHEN r.reason IS NOT NULL THEN 'disputed'
            WHEN r.succeeded AND r.status <> 'succeeded' AND r.position = r.first_success THEN 'credited'
            WHEN r.succeeded THEN 'duplicate'
            WHEN r.status IN ('succeeded', 'expired') OR r.first_success < r.position THEN 'ignored'
            WHEN r.status = 'processing' AND r.position = r.first_failure THEN 'failed'
            ELSE 'duplicate' END AS verdict
        FROM ranked r
    ),
    failed AS MATERIALIZED (
        UPDATE onramp o SET status = 'failed', failure_code = 'declined', settled_at = clock_timestamp(),
                            payment_id = j.payment_id
        FROM judged j
        WHERE o.reference = v_orders[j.place] AND j.verdict = 'failed' AND j.first_success IS NULL
        RETURNING o.person_id
    ),
    dispute AS (
        INSERT INTO disputed_message (message_id, reason, reference, body)
        SELECT v_message_ids[j.number], j.reason, v_references[j.number], v_bodies[j.number]
        FROM judged j WHERE j.verdict = 'disputed' ORDER BY j.position
        ON CONFLICT (message_id, reason) DO NOTHING
    )
    SELECT (SELECT array_agg(j.verdict ORDER BY j.number) FROM judged j),
           (SELECT array_agg(j.position ORDER BY o.place) FROM generate_subscripts(v_orders, 1) AS o (place)
            LEFT JOIN judged j ON j.place = o.place AND j.verdict = 'credited'),
           (SELECT array_agg(coalesce(j.payment_id, v_order_payment_ids[o.place]) ORDER BY o.place)
            FROM generate_subscripts(v_orders, 1) AS o (place)
            LEFT JOIN judged j ON j.place = o.place AND j.verdict = 'credited')
    INTO v_verdicts, v_credit_positions, v_order_payment_ids
    -- The count makes sure that the notifications are sent; it filters nothing.
    FROM (SELECT count(pg_notify('wallet_changes', f.person_id::text)) FROM failed f) told;

    PERFORM wallet_credit_orders(c.orders, c.people, c.banks, c.amounts_paise, c.payment_ids, c.calls, c.turns)
    FROM (
        SELECT array_agg(v_orders[o.place]) AS orders, array_agg(v_order_people[o.place]) AS people,
               array_agg(v_order_banks[o.place]) AS banks, array_agg(v_order_amounts_paise[o.place]) AS amounts_paise,
               array_agg(v_order_payment_ids[o.place]) AS payment_ids,
               array_agg(v_request_ids[array_position(v_positions, o.position)]) AS calls, array_agg(o.position) AS turns
        FROM unnest(v_credit_positions) WITH ORDINALITY AS o (position, place)
        WHERE o.position IS NOT NULL
    ) c
    WHERE c.orders IS NOT NULL;

    RETURN QUERY SELECT v.verdict FROM unnest(v_verdicts, v_positions) AS v (verdict, position) ORDER BY v.position;
END
$$;
