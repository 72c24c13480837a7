-- Moves money between people: a batch of commands, arrays of one length in, one row a command out, in the same order, with
-- the effect of taking them one after another. Each moves at most once for each (payer, key). One call is one transaction.
--
-- A refusal is an outcome, not an exception, and writes nothing: its key stays free, and the person may correct the form
-- and try again. Only a broken book raises (a person without an account): WA001, and nothing of the batch is kept.
--
-- Order: lock all accounts by id; then, in a new snapshot, read what the holders of those locks had written (all commands
-- of one payer meet at the payer's account); judge one command after another on the balances at hand; write everything
-- at once. People who pay one merchant at the same moment share one lock, one row version and one sync of the disk.
-- wallet_core/ledger.py is its only caller.
CREATE FUNCTION wallet_send_payments(
    p_payers uuid[],
    p_payees uuid[],
    p_amounts_paise bigint[],
    p_notes text[],
    p_keys text[],
    p_inputs_sha256 bytea[],
    p_references text[]
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
-- Every access below is by an index; a plan made while the tables were small must not scan them for ever. And one plan
-- serves every batch: planning anew for each array took longer than the payment.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    v_command record;
    v_accounts bigint[];               -- the locked accounts,
    v_before bigint[];                 -- their balances before the batch,
    v_after bigint[];                  -- and as the commands change them
    v_payer integer;                   -- places of this command's accounts in those three
    v_payee integer;
    v_earlier integer;                 -- place of the command of this batch that moved the money of the same key
    v_size integer := cardinality(p_payers);
    -- One entry a command from here on. Filled, for an array that grows from its third place would begin there.
    v_outcomes text[] := array_fill(NULL::text, ARRAY[v_size]);
    v_payer_accounts bigint[] := array_fill(NULL::bigint, ARRAY[v_size]);
    v_payee_accounts bigint[] := v_payer_accounts;
    v_payer_after bigint[] := v_payer_accounts;
    v_payee_after bigint[] := v_payer_accounts;
    v_at timestamptz[] := array_fill(NULL::timestamptz, ARRAY[v_size]);
    v_changed bigint;
BEGIN
    -- What the lock waited for is in these balances: PostgreSQL answers the newest version of a row that it locks.
    SELECT array_agg(l.id), array_agg(l.balance_paise) INTO v_accounts, v_before
    FROM (
        SELECT a.id, a.balance_paise FROM account a
        WHERE a.person_id = ANY (p_payers || p_payees) AND a.kind = 'available'
        ORDER BY a.id
        FOR NO KEY UPDATE
    ) l;
    v_after := v_before;

    FOR v_command IN
        SELECT m.position::integer AS position, m.payer, m.payee, m.amount_paise, m.key, m.inputs_sha256,
               from_account.id AS payer_account, to_account.id AS payee_account, payer.blocked_at AS payer_blocked_at,
               payee.id AS payee_id, payee.name AS payee_name, payee.phone AS payee_phone, payee.blocked_at AS payee_blocked_at,
               known.inputs_sha256 AS known_inputs_sha256, known.transfer_id AS known_transfer_id,
               count(*) OVER (PARTITION BY m.payer, m.key) > 1 AS is_repeated
        FROM unnest(p_payers, p_payees, p_amounts_paise, p_keys, p_inputs_sha256)
            WITH ORDINALITY AS m (payer, payee, amount_paise, key, inputs_sha256, position)
        -- OFFSET 0: each of these is looked up by its key for each command, whatever the tables looked like when planned.
        LEFT JOIN LATERAL (
            SELECT a.id FROM account a WHERE a.person_id = m.payer AND a.kind = 'available' OFFSET 0
        ) from_account ON true
        LEFT JOIN LATERAL (
            SELECT a.id FROM account a WHERE a.person_id = m.payee AND a.kind = 'available' OFFSET 0
        ) to_account ON true
        LEFT JOIN LATERAL (SELECT p.blocked_at FROM person p WHERE p.id = m.payer OFFSET 0) payer ON true
        LEFT JOIN LATERAL (SELECT p.* FROM person p WHERE p.id = m.payee OFFSET 0) payee ON true
        LEFT JOIN LATERAL (
            SELECT c.* FROM payment_command c WHERE c.person_id = m.payer AND c.key = m.key OFFSET 0
        ) known ON true
        ORDER BY m.position
    LOOP
        outcome := NULL;
        reference := NULL;
        amount_paise := NULL;
        note := NULL;
        created_at := NULL;
        payer_balance_paise := NULL;
        payee_id := NULL;
        payee_name := NULL;
        payee_phone := NULL;
        v_earlier := NULL;
        v_payer := array_position(v_accounts, v_command.payer_account);
        v_payee := array_position(v_accounts, v_command.payee_account);
        IF v_command.is_repeated THEN
            SELECT min(i) INTO v_earlier FROM generate_series(1, v_command.position - 1) AS i
            WHERE v_outcomes[i] = 'sent' AND p_payers[i] = v_command.payer AND p_keys[i] = v_command.key;
        END IF;

        IF v_command.payer = v_command.payee THEN
            outcome := 'payee-is-payer';
        ELSIF v_payer IS NULL THEN
            RAISE EXCEPTION 'person % has no account', v_command.payer USING ERRCODE = 'WA001';
        ELSIF v_command.known_inputs_sha256 <> v_command.inputs_sha256
              OR p_inputs_sha256[v_earlier] <> v_command.inputs_sha256 THEN
            outcome := 'key-conflict';
        ELSIF v_command.known_transfer_id IS NOT NULL THEN
            outcome := 'replayed';
            SELECT t.reference, t.amount_paise, t.note, t.created_at, t.debit_balance_after_paise
            INTO STRICT reference, amount_paise, note, created_at, payer_balance_paise
            FROM transfer t WHERE t.id = v_command.known_transfer_id;
        ELSIF v_earlier IS NOT NULL THEN
            outcome := 'replayed';
            reference := p_references[v_earlier];
            amount_paise := p_amounts_paise[v_earlier];
            note := p_notes[v_earlier];
            created_at := v_at[v_earlier];
            payer_balance_paise := v_payer_after[v_earlier];
        ELSIF v_command.payer_blocked_at IS NOT NULL THEN
            outcome := 'payer-blocked';
        ELSIF v_command.payee_id IS NULL OR v_command.payee_blocked_at IS NOT NULL THEN
            outcome := 'payee-not-found';
        ELSIF v_payee IS NULL THEN
            RAISE EXCEPTION 'person % has no account', v_command.payee USING ERRCODE = 'WA001';
        ELSIF v_after[v_payer] < v_command.amount_paise THEN
            outcome := 'balance-insufficient';
            payer_balance_paise := v_after[v_payer];
        ELSE
            outcome := 'sent';
            reference := p_references[v_command.position];
            amount_paise := v_command.amount_paise;
            note := p_notes[v_command.position];
            -- After the locks, so that an account's rows are in the order of their moments as well as of their ids.
            created_at := clock_timestamp();
            v_after[v_payer] := v_after[v_payer] - v_command.amount_paise;
            v_after[v_payee] := v_after[v_payee] + v_command.amount_paise;
            payer_balance_paise := v_after[v_payer];
            v_payer_accounts[v_command.position] := v_command.payer_account;
            v_payee_accounts[v_command.position] := v_command.payee_account;
            v_payer_after[v_command.position] := v_after[v_payer];
            v_payee_after[v_command.position] := v_after[v_payee];
            v_at[v_command.position] := created_at;
        END IF;
        -- The inputs of a replay are those of the first time, so the payee is, too.
        IF outcome IN ('sent', 'replayed') THEN
            payee_id := v_command.payee_id;
            payee_name := v_command.payee_name;
            payee_phone := v_command.payee_phone;
        END IF;
        v_outcomes[v_command.position] := outcome;
        RETURN NEXT;
    END LOOP;

    IF 'sent' = ANY (v_outcomes) THEN
        WITH sent AS (
            SELECT m.* FROM unnest(
                v_outcomes, p_payers, v_payer_accounts, v_payee_accounts, p_amounts_paise, p_notes, p_keys,
                p_inputs_sha256, p_references, v_at, v_payer_after, v_payee_after
            ) WITH ORDINALITY AS m (
                outcome, payer, payer_account, payee_account, amount_paise, note, key,
                inputs_sha256, reference, at, payer_after_paise, payee_after_paise, position
            )
            WHERE m.outcome = 'sent'
        ),
        written AS (
            INSERT INTO transfer AS t (
                reference, kind, debit_account_id, credit_account_id, amount_paise,
                debit_balance_after_paise, credit_balance_after_paise, note, created_at
            )
            SELECT s.reference, 'payment', s.payer_account, s.payee_account, s.amount_paise,
                   s.payer_after_paise, s.payee_after_paise, s.note, s.at
            FROM sent s ORDER BY s.position
            RETURNING t.id, t.reference
        )
        INSERT INTO payment_command (person_id, key, inputs_sha256, transfer_id)
        SELECT s.payer, s.key, s.inputs_sha256, w.id FROM sent s JOIN written w ON w.reference = s.reference;

        UPDATE account a SET balance_paise = b.after_paise
        FROM unnest(v_accounts, v_before, v_after) AS b (id, before_paise, after_paise)
        WHERE a.id = b.id AND b.before_paise <> b.after_paise AND a.balance_paise = b.before_paise;
        GET DIAGNOSTICS v_changed = ROW_COUNT;
        -- The locks make sure of it; money is not where one relies on one thing alone.
        IF v_changed <> (SELECT count(*) FROM unnest(v_before, v_after) AS b (before_paise, after_paise)
                         WHERE b.before_paise <> b.after_paise) THEN
            RAISE EXCEPTION 'a locked balance has changed' USING ERRCODE = 'serialization_failure';
        END IF;

        -- Once for each person in a batch: commits that notify wait for one another until they are on disk.
        PERFORM pg_notify('wallet_changes', p.person::text)
        FROM (SELECT unnest(ARRAY[m.payer, m.payee]) AS person
              FROM unnest(v_outcomes, p_payers, p_payees) AS m (outcome, payer, payee)
              WHERE m.outcome = 'sent' GROUP BY 1) p;
    END IF;
END
$$;
