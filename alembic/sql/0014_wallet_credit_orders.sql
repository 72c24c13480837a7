-- Credits orders that the caller has locked and found to agree with what the bank says: the only writer of such transfers. Orders,
-- their people, banks (accounts), amounts, and the bank's payments; calls: the bank's, for the log of whoever shows the credit ('':
-- none); turns: which is credited before which.
--
-- A person without an account raises not_null_violation, as the column of the transfer would: nothing is kept.
CREATE FUNCTION wallet_credit_orders(
    p_orders text[], p_people uuid[], p_banks bigint[], p_amounts_paise bigint[], p_payment_ids text[], p_calls text[],
    p_turns bigint[]
) RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    -- Their accounts, locked, once for each order: the orders of one account one after another.
    v_places bigint[];
    v_accounts bigint[];
    v_balances_paise bigint[];
BEGIN
    -- In one order, as the orders before: two batches cannot wait for each other crosswise.
    SELECT array_agg(l.place), array_agg(l.id), array_agg(l.balance_paise)
    INTO v_places, v_accounts, v_balances_paise
    FROM (
        SELECT c.place, a.id, a.balance_paise
        FROM unnest(p_people, p_turns) WITH ORDINALITY AS c (person_id, turn, place)
        JOIN account a ON a.person_id = c.person_id AND a.kind = 'available'
        ORDER BY a.id, c.turn
        FOR NO KEY UPDATE OF a
    ) l;

    IF cardinality(p_orders) IS DISTINCT FROM cardinality(v_accounts) THEN
        RAISE not_null_violation USING MESSAGE = 'a person with an order has no account';
    END IF;

    WITH credit AS MATERIALIZED (
        -- Ids and moments after the locks and in one order, so that an account's rows are in the order of both.
        SELECT nextval('transfer_id_seq') AS id, clock_timestamp() AS at, s.*
        FROM (
            -- Several orders of one person in one batch: each row carries the balance after itself.
            SELECT c.place, c.account_id, c.amount_paise, (c.balance_paise + sum(c.amount_paise) OVER (
                PARTITION BY c.account_id ORDER BY c.turn ROWS UNBOUNDED PRECEDING))::bigint AS balance_after_paise
            FROM (
                SELECT a.*, p_amounts_paise[a.place] AS amount_paise
                FROM unnest(v_places, v_accounts, v_balances_paise)
                    WITH ORDINALITY AS a (place, account_id, balance_paise, turn)
            ) c
            ORDER BY p_turns[c.place]
        ) s
    ),
    written AS (
        INSERT INTO transfer (
            id, reference, kind, debit_account_id, credit_account_id, amount_paise, credit_balance_after_paise, created_at
        )
        OVERRIDING SYSTEM VALUE
        SELECT c.id, p_orders[c.place], 'onramp', p_banks[c.place], c.account_id, c.amount_paise,
               c.balance_after_paise, c.at
        FROM credit c
    ),
    paid AS (
        UPDATE account a SET balance_paise = a.balance_paise + s.amount_paise
        FROM (SELECT c.account_id, sum(c.amount_paise)::bigint AS amount_paise FROM credit c GROUP BY c.account_id) s
        WHERE a.id = s.account_id
    ),
    moved AS (DELETE FROM onramp_unmoved u WHERE u.reference = ANY (p_orders))
    UPDATE onramp o SET status = 'succeeded', failure_code = '', settled_at = c.at, transfer_id = c.id,
                        payment_id = p_payment_ids[c.place]
    FROM credit c
    WHERE o.reference = p_orders[c.place];

    -- And who was credited for which orders by which calls ("person order/call order/call"), for the log of whoever shows
    -- it. Cut where it would be too long to send: no credit may fail for the sake of a log.
    PERFORM pg_notify('wallet_changes', c.person), pg_notify('wallet_credits', left(c.person || ' ' || c.credited, 7900))
    FROM (
        SELECT o.person_id::text AS person,
               string_agg(concat_ws('/', o.reference, nullif(o.call, '')), ' ' ORDER BY o.turn) AS credited
        FROM unnest(p_people, p_orders, p_calls, p_turns) AS o (person_id, reference, call, turn)
        GROUP BY o.person_id
    ) c;
END
$$;
