-- Pays a request for money: an ordinary payment, by the ordinary function, and the request marked paid in the same
-- transaction. Amount, payee and note are the request's own; the payer brings only a key.
--
-- A request is paid once: whoever else pays, declines, withdraws or lets expire this request waits at its row, and then
-- sees how it ended. The same key again answers the first payment for ever. A refusal is an outcome and writes nothing.
--
-- Order of locks: the request, then the accounts. Nobody who holds an account waits for a request.
-- wallet_core/ledger.py is its only caller.
CREATE FUNCTION wallet_pay_request(
    p_payer uuid,
    p_request text,
    p_key text,
    p_inputs_sha256 bytea,
    p_reference text
) RETURNS TABLE (
    -- As wallet_send_payments answers, or else request-not-found, request-paid, request-declined, request-expired,
    -- request-cancelled.
    outcome text,
    reference text,
    amount_paise bigint,
    note text,
    created_at timestamptz,
    payer_balance_paise bigint,
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
    v_request record;
    v_is_same_payment boolean;
BEGIN
    SELECT r.* INTO v_request FROM payment_request r
    WHERE r.reference = p_request AND r.payer_id = p_payer
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'request-not-found';
        RETURN NEXT;
        RETURN;
    END IF;

    -- A new statement, hence a new snapshot: it sees what the holder of that lock had written.
    v_is_same_payment := EXISTS (
        SELECT FROM payment_command c
        WHERE c.person_id = p_payer AND c.key = p_key AND c.transfer_id = v_request.transfer_id
    );
    IF NOT v_is_same_payment AND (v_request.status <> 'open' OR v_request.expires_at <= clock_timestamp()) THEN
        outcome := 'request-' || CASE v_request.status WHEN 'open' THEN 'expired' ELSE v_request.status END;
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT s.* INTO STRICT outcome, reference, amount_paise, note, created_at, payer_balance_paise, payee_id, payee_name, payee_phone
    FROM wallet_send_payments(
        ARRAY[p_payer], ARRAY[v_request.requester_id], ARRAY[v_request.amount_paise], ARRAY[v_request.note],
        ARRAY[p_key], ARRAY[p_inputs_sha256], ARRAY[p_reference]
    ) s;
    IF outcome = 'sent' THEN
        UPDATE payment_request r SET status = 'paid', ended_at = t.created_at, transfer_id = t.id
        FROM transfer t
        WHERE r.id = v_request.id AND r.status = 'open' AND t.reference = p_reference;
        -- The lock makes sure of it; money is not where one relies on one thing alone.
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a locked request has changed' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    RETURN NEXT;
END
$$;
