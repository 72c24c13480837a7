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
-- Since 0011: where every message is the first word of success for an order of its own, and agrees with it (so are nearly all), two
-- arrays are compared and nothing more is judged. Only a message that ends an order tells the bank's name of its payment.
-- Who waits long for a lock gives up (55P03): wallet_core/ledger.py, the only caller, then tries again, and each message alone.
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
    -- The messages, by the order that they name: in the order of v_orders below, so that what agrees is alike.
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
    -- Their accounts, locked, once for each order that is credited: the orders of one account one after another.
    v_account_orders bigint[];
    v_accounts bigint[];
    v_balances_paise bigint[];
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

    IF v_references = v_orders AND v_amounts_paise = v_order_amounts_paise AND v_payment_ids = v_order_payment_ids
            AND false <> ALL (v_succeeded) AND 'succeeded' <> ALL (v_order_statuses) THEN
        v_verdicts := array_fill('credited'::text, ARRAY[cardinality(v_orders)]);
        v_credit_positions := v_positions;
    ELSE
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
    END IF;

    SELECT array_agg(l.place), array_agg(l.id), array_agg(l.balance_paise)
    INTO v_account_orders, v_accounts, v_balances_paise
    FROM (
        SELECT c.place, a.id, a.balance_paise
        FROM unnest(v_order_people, v_credit_positions) WITH ORDINALITY AS c (person_id, position, place)
        JOIN account a ON a.person_id = c.person_id AND a.kind = 'available'
        WHERE c.position IS NOT NULL
        ORDER BY a.id, c.position
        FOR NO KEY UPDATE OF a
    ) l;

    IF cardinality(array_remove(v_credit_positions, NULL)) > coalesce(cardinality(v_accounts), 0) THEN
        RAISE not_null_violation USING MESSAGE = 'a person with an order has no account';
    END IF;

    IF v_accounts IS NOT NULL THEN
        WITH credit AS MATERIALIZED (
            -- Ids and moments after the locks and in one order, so that an account's rows are in the order of both.
            SELECT nextval('transfer_id_seq') AS id, clock_timestamp() AS at, s.*
            FROM (
                -- Several orders of one person in one batch: each row carries the balance after itself.
                SELECT c.place, c.account_id, c.amount_paise, (c.balance_paise + sum(c.amount_paise) OVER (
                    PARTITION BY c.account_id ORDER BY c.turn ROWS UNBOUNDED PRECEDING))::bigint AS balance_after_paise
                FROM (
                    SELECT a.*, v_order_amounts_paise[a.place] AS amount_paise
                    FROM unnest(v_account_orders, v_accounts, v_balances_paise)
                        WITH ORDINALITY AS a (place, account_id, balance_paise, turn)
                ) c
                ORDER BY v_credit_positions[c.place]
            ) s
        ),
        written AS (
            INSERT INTO transfer (
                id, reference, kind, debit_account_id, credit_account_id, amount_paise, credit_balance_after_paise, created_at
            )
            OVERRIDING SYSTEM VALUE
            SELECT c.id, v_orders[c.place], 'onramp', v_order_banks[c.place], c.account_id, c.amount_paise,
                   c.balance_after_paise, c.at
            FROM credit c
        ),
        paid AS (
            UPDATE account a SET balance_paise = a.balance_paise + s.amount_paise
            FROM (SELECT c.account_id, sum(c.amount_paise)::bigint AS amount_paise FROM credit c GROUP BY c.account_id) s
            WHERE a.id = s.account_id
        )
        UPDATE onramp o SET status = 'succeeded', failure_code = '', settled_at = c.at, transfer_id = c.id,
                            payment_id = v_order_payment_ids[c.place]
        FROM credit c
        WHERE o.reference = v_orders[c.place];

        -- And who was credited for which orders by which calls ("person order/call order/call"), for the log of whoever shows
        -- it. Cut where it would be too long to send: no credit may fail for the sake of a log.
        PERFORM pg_notify('wallet_changes', c.person), pg_notify('wallet_credits', left(c.person || ' ' || c.credited, 7900))
        FROM (
            SELECT o.person_id::text AS person,
                   string_agg(concat_ws('/', o.reference, v_request_ids[array_position(v_positions, o.position)]), ' '
                              ORDER BY o.position) AS credited
            FROM unnest(v_order_people, v_orders, v_credit_positions) AS o (person_id, reference, position)
            WHERE o.position IS NOT NULL
            GROUP BY o.person_id
        ) c;
    END IF;

    RETURN QUERY SELECT v.verdict FROM unnest(v_verdicts, v_positions) AS v (verdict, position) ORDER BY v.position;
END
$$;
