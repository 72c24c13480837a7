-- An operator's movement: hold (available to locked), release (locked to available), correction (another transfer, back).
-- The reference is its key: the same one again answers the first posting.
-- A rule that the caller must have kept raises WA002, an account that is not there WA001; a refusal is an outcome.
-- Since 0007: an account whose books disagree loses nothing, not even to an operator. A frozen person's account may.
-- wallet_core/ledger.py is its only caller.
CREATE OR REPLACE FUNCTION wallet_post_transfer(
    p_reference text,
    p_kind text,
    p_debit_account bigint,
    p_credit_account bigint,
    p_amount_paise bigint,
    p_note text,
    p_corrects bigint
) RETURNS TABLE (
    outcome text,               -- posted, balance-insufficient, already-corrected, account-frozen
    transfer_id bigint,
    created_at timestamptz,
    debit_balance_paise bigint  -- after the posting; when balance-insufficient, what there is; null for banks and suspense
)
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    v_debit account;
    v_credit account;
    v_corrected transfer;
    v_debit_balance bigint;
    v_credit_balance bigint;
BEGIN
    -- Only stored balances need a lock: a bank's row never changes, and nobody should wait for it.
    PERFORM 1 FROM account a
    WHERE a.id IN (p_debit_account, p_credit_account) AND a.balance_paise IS NOT NULL
    ORDER BY a.id
    FOR NO KEY UPDATE;
    SELECT a.* INTO v_debit FROM account a WHERE a.id = p_debit_account;
    SELECT a.* INTO v_credit FROM account a WHERE a.id = p_credit_account;
    IF v_debit.id IS NULL OR v_credit.id IS NULL THEN
        RAISE EXCEPTION 'account % or % is missing', p_debit_account, p_credit_account USING ERRCODE = 'WA001';
    END IF;

    RETURN QUERY
        SELECT 'posted', t.id, t.created_at, t.debit_balance_after_paise FROM transfer t
        WHERE t.reference = p_reference AND t.kind = p_kind AND t.debit_account_id = p_debit_account
          AND t.credit_account_id = p_credit_account AND t.amount_paise = p_amount_paise;
    IF FOUND THEN
        RETURN;
    END IF;

    IF p_kind IN ('hold', 'release') THEN
        IF v_debit.person_id IS DISTINCT FROM v_credit.person_id
           OR v_debit.kind <> (CASE p_kind WHEN 'hold' THEN 'available' ELSE 'locked' END)
           OR v_credit.kind <> (CASE p_kind WHEN 'hold' THEN 'locked' ELSE 'available' END) THEN
            RAISE EXCEPTION 'a % moves between the two accounts of one person', p_kind USING ERRCODE = 'WA002';
        END IF;
    ELSIF p_kind = 'correction' THEN
        SELECT t.* INTO v_corrected FROM transfer t WHERE t.id = p_corrects;
        IF v_corrected.id IS NULL OR v_corrected.debit_account_id <> p_credit_account
           OR v_corrected.credit_account_id <> p_debit_account OR v_corrected.amount_paise <> p_amount_paise THEN
            RAISE EXCEPTION 'a correction moves the whole amount of another transfer back' USING ERRCODE = 'WA002';
        END IF;
        IF EXISTS (SELECT 1 FROM transfer t WHERE t.corrects_transfer_id = p_corrects) THEN
            RETURN QUERY SELECT 'already-corrected', NULL::bigint, NULL::timestamptz, NULL::bigint;
            RETURN;
        END IF;
    ELSE
        RAISE EXCEPTION 'operators post no %', p_kind USING ERRCODE = 'WA002';
    END IF;

    IF v_debit.debits_frozen_at IS NOT NULL THEN
        RETURN QUERY SELECT 'account-frozen', NULL::bigint, NULL::timestamptz, NULL::bigint;
        RETURN;
    END IF;
    IF v_debit.balance_paise IS NOT NULL THEN
        UPDATE account a SET balance_paise = a.balance_paise - p_amount_paise
        WHERE a.id = p_debit_account AND a.balance_paise >= p_amount_paise
        RETURNING a.balance_paise INTO v_debit_balance;
        IF NOT FOUND THEN
            RETURN QUERY SELECT 'balance-insufficient', NULL::bigint, NULL::timestamptz, v_debit.balance_paise;
            RETURN;
        END IF;
    END IF;
    IF v_credit.balance_paise IS NOT NULL THEN
        UPDATE account a SET balance_paise = a.balance_paise + p_amount_paise
        WHERE a.id = p_credit_account
        RETURNING a.balance_paise INTO STRICT v_credit_balance;
    END IF;

    RETURN QUERY
        INSERT INTO transfer AS t (
            reference, kind, debit_account_id, credit_account_id, amount_paise,
            debit_balance_after_paise, credit_balance_after_paise, note, created_at, corrects_transfer_id
        ) VALUES (
            p_reference, p_kind, p_debit_account, p_credit_account, p_amount_paise,
            v_debit_balance, v_credit_balance, p_note, clock_timestamp(), p_corrects
        ) RETURNING 'posted', t.id, t.created_at, t.debit_balance_after_paise;

    PERFORM pg_notify('wallet_changes', p.person_id::text)
    FROM (VALUES (v_debit.person_id), (v_credit.person_id)) AS p (person_id) WHERE p.person_id IS NOT NULL;
END
$$;
