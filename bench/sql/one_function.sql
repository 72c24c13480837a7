-- Moves money between two people, at most once for each (payer, key). One call is one transaction and one round trip.
--
-- A refusal is an outcome, not an exception, and writes nothing: its key stays free, and the person may correct the form
-- and try again. Only a broken book raises (a person without an account): WA001.
--
-- Order: lock both accounts by id; look for the key (all commands of one payer meet at the payer's account, so whoever
-- waited there now sees what the first one wrote); check; move, with the guard in the UPDATE's own WHERE; remember the key.
-- The yardstick of bench/parts/sending.py: one payment, one call, nobody notified.
CREATE FUNCTION bench_send_money(
    p_payer uuid,
    p_payee uuid,
    p_amount_paise bigint,
    p_note text,
    p_key text,
    p_inputs_sha256 bytea,
    p_reference text
) RETURNS TABLE (
    outcome text,                -- sent, replayed, key-conflict, payee-is-payer, payer-blocked, payee-not-found, balance-insufficient
    reference text,              -- this and the following: of the transfer, when sent or replayed
    amount_paise bigint,
    note text,
    created_at timestamptz,
    payer_balance_paise bigint,  -- after the transfer; when balance-insufficient, what there is
    payee_id uuid,
    payee_name text,
    payee_phone text
)
LANGUAGE plpgsql
-- Every access below is by an index; a plan made while the tables were small must not scan them for ever.
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    v_account record;
    v_payer_account bigint;
    v_payee_account bigint;
    v_command record;
    v_people record;
    v_payer_balance bigint;
    v_payee_balance bigint;
    v_transfer bigint;
    v_at timestamptz;
BEGIN
    IF p_payer = p_payee THEN
        RETURN QUERY SELECT 'payee-is-payer', NULL, NULL::bigint, NULL, NULL::timestamptz, NULL::bigint, NULL::uuid, NULL, NULL;
        RETURN;
    END IF;

    FOR v_account IN
        SELECT a.id, a.person_id FROM account a
        WHERE a.person_id IN (p_payer, p_payee) AND a.kind = 'available'
        ORDER BY a.id
        FOR NO KEY UPDATE
    LOOP
        IF v_account.person_id = p_payer THEN
            v_payer_account := v_account.id;
        ELSE
            v_payee_account := v_account.id;
        END IF;
    END LOOP;
    IF v_payer_account IS NULL THEN
        RAISE EXCEPTION 'person % has no account', p_payer USING ERRCODE = 'WA001';
    END IF;

    SELECT c.transfer_id, c.inputs_sha256 INTO v_command
    FROM payment_command c WHERE c.person_id = p_payer AND c.key = p_key;
    IF FOUND THEN
        IF v_command.inputs_sha256 <> p_inputs_sha256 THEN
            RETURN QUERY SELECT 'key-conflict', NULL, NULL::bigint, NULL, NULL::timestamptz, NULL::bigint, NULL::uuid, NULL, NULL;
            RETURN;
        END IF;
        RETURN QUERY
            SELECT 'replayed', t.reference, t.amount_paise, t.note, t.created_at, t.debit_balance_after_paise,
                   p.id, p.name, p.phone
            FROM transfer t
            JOIN account a ON a.id = t.credit_account_id
            JOIN person p ON p.id = a.person_id
            WHERE t.id = v_command.transfer_id;
        RETURN;
    END IF;

    SELECT payer.blocked_at AS payer_blocked_at, payee.blocked_at AS payee_blocked_at, payee.id, payee.name, payee.phone
    INTO v_people
    FROM person payer LEFT JOIN person payee ON payee.id = p_payee
    WHERE payer.id = p_payer;
    IF v_people.payer_blocked_at IS NOT NULL THEN
        RETURN QUERY SELECT 'payer-blocked', NULL, NULL::bigint, NULL, NULL::timestamptz, NULL::bigint, NULL::uuid, NULL, NULL;
        RETURN;
    END IF;
    IF v_people.id IS NULL OR v_people.payee_blocked_at IS NOT NULL THEN
        RETURN QUERY SELECT 'payee-not-found', NULL, NULL::bigint, NULL, NULL::timestamptz, NULL::bigint, NULL::uuid, NULL, NULL;
        RETURN;
    END IF;
    IF v_payee_account IS NULL THEN
        RAISE EXCEPTION 'person % has no account', p_payee USING ERRCODE = 'WA001';
    END IF;

    UPDATE account a SET balance_paise = a.balance_paise - p_amount_paise
    WHERE a.id = v_payer_account AND a.balance_paise >= p_amount_paise
    RETURNING a.balance_paise INTO v_payer_balance;
    IF NOT FOUND THEN
        RETURN QUERY
            SELECT 'balance-insufficient', NULL, NULL::bigint, NULL, NULL::timestamptz, a.balance_paise, NULL::uuid, NULL, NULL
            FROM account a WHERE a.id = v_payer_account;
        RETURN;
    END IF;
    UPDATE account a SET balance_paise = a.balance_paise + p_amount_paise
    WHERE a.id = v_payee_account
    RETURNING a.balance_paise INTO STRICT v_payee_balance;

    -- After the locks, so that an account's rows are in the order of their moments as well as of their ids.
    v_at := clock_timestamp();
    INSERT INTO transfer AS t (
        reference, kind, debit_account_id, credit_account_id, amount_paise,
        debit_balance_after_paise, credit_balance_after_paise, note, created_at
    ) VALUES (
        p_reference, 'payment', v_payer_account, v_payee_account, p_amount_paise,
        v_payer_balance, v_payee_balance, p_note, v_at
    ) RETURNING t.id INTO v_transfer;
    INSERT INTO payment_command (person_id, key, inputs_sha256, transfer_id)
    VALUES (p_payer, p_key, p_inputs_sha256, v_transfer);

    RETURN QUERY SELECT 'sent', p_reference, p_amount_paise, p_note, v_at, v_payer_balance,
                        v_people.id, v_people.name, v_people.phone;
END
$$;
