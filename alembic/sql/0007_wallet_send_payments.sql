-- Moves money between people: a batch of commands, arrays of one length in, one row a command out, in the same order, with
-- the effect of taking them one after another. Each moves at most once for each (payer, key). One call is one transaction.
--
-- A refusal is an outcome, not an exception, and writes nothing: its key stays free, and the person may correct the form
-- and try again. Only a broken book raises (a person without an account): WA001, and nothing of the batch is kept.
--
-- Order: lock all accounts by id; then, in a new snapshot, read what the holders of those locks had written (all commands
-- of one payer meet at the payer's account); judge one command after another on the balances at hand; write everything
-- at once. People who pay one merchant at the same moment share one lock, one row version and one sync of the disk.
--
-- Since 0007: a person whom an operator has frozen pays nobody, and an account whose books disagree loses nothing. Both are
-- looked at after the locks, which freezing takes too: a freeze falls before or after a payment, never into one.
-- wallet_core/ledger.py is its only caller.
CREATE OR REPLACE FUNCTION wallet_send_payments(
    p_payers uuid[],
    p_payees uuid[],
    p_amounts_paise bigint[],
    p_notes text[],
    p_keys text[],
    p_inputs_sha256 bytea[],
    p_references text[]
) RETURNS TABLE (
    outcome text,                -- sent, replayed, key-conflict, payee-is-payer, payer-blocked, payer-frozen, account-frozen, payee-not-found,
                                 -- balance-insufficient
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
    v_people uuid[];                   -- the holders of the locked accounts,
    v_accounts bigint[];               -- those accounts,
    v_frozen boolean[];                -- whether those may lose nothing,
    v_before bigint[];                 -- their balances before the batch,
    v_after bigint[];                  -- and as the commands change them
    v_payer integer;                   -- places of this command's payer and payee in those five
    v_payee integer;
    v_earlier integer;                 -- place of the command of this batch that moved the money of the same key
    v_here integer;
    v_size integer := cardinality(p_payers);
    v_changed bigint;
    v_expected bigint := 0;
    -- One entry a command from here on; NULL where it sends nothing. Filled, for an array that grows from its third place
    -- would begin there.
    v_transfers bigint[] := array_fill(NULL::bigint, ARRAY[v_size]);
    v_payer_accounts bigint[] := v_transfers;
    v_payee_accounts bigint[] := v_transfers;
    v_payer_after bigint[] := v_transfers;
    v_payee_after bigint[] := v_transfers;
    v_at timestamptz[] := array_fill(NULL::timestamptz, ARRAY[v_size]);
    -- And one a holder.
    v_moved boolean[];
BEGIN
    -- What the lock waited for is in these balances: PostgreSQL answers the newest version of a row that it locks.
    SELECT array_agg(l.person_id), array_agg(l.id), array_agg(l.debits_frozen_at IS NOT NULL), array_agg(l.balance_paise)
    INTO v_people, v_accounts, v_frozen, v_before
    FROM (
        SELECT a.person_id, a.id, a.debits_frozen_at, a.balance_paise FROM account a
        WHERE a.person_id = ANY (p_payers || p_payees) AND a.kind = 'available'
        ORDER BY a.id
        FOR NO KEY UPDATE
    ) l;
    v_after := v_before;
    v_moved := array_fill(false, ARRAY[cardinality(v_accounts)]);

    FOR v_command IN
        SELECT m.position::integer AS position, m.payer, m.payee, payer.blocked_at AS payer_blocked_at,
               payer.frozen_at AS payer_frozen_at, payee.id AS payee_id, payee.name AS payee_name, payee.phone AS payee_phone,
               payee.blocked_at AS payee_blocked_at,
               known.inputs_sha256 AS known_inputs_sha256, known.transfer_id AS known_transfer_id
        FROM unnest(p_payers, p_payees, p_keys) WITH ORDINALITY AS m (payer, payee, key, position)
        -- OFFSET 0: each of these is looked up by its key for each command, whatever the tables looked like when planned.
        LEFT JOIN LATERAL (SELECT p.blocked_at, p.frozen_at FROM person p WHERE p.id = m.payer OFFSET 0) payer ON true
        LEFT JOIN LATERAL (
            SELECT p.id, p.name, p.phone, p.blocked_at FROM person p WHERE p.id = m.payee OFFSET 0
        ) payee ON true
        LEFT JOIN LATERAL (
            SELECT c.inputs_sha256, c.transfer_id FROM payment_command c
            WHERE c.person_id = m.payer AND c.key = m.key OFFSET 0
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
        v_here := v_command.position;
        v_payer := array_position(v_people, v_command.payer);
        v_payee := array_position(v_people, v_command.payee);
        IF array_position(p_keys, p_keys[v_here]) < v_here THEN
            SELECT min(i) INTO v_earlier FROM generate_series(1, v_here - 1) AS i
            WHERE v_transfers[i] IS NOT NULL AND p_payers[i] = v_command.payer AND p_keys[i] = p_keys[v_here];
        END IF;

        IF v_command.payer = v_command.payee THEN
            outcome := 'payee-is-payer';
        ELSIF v_payer IS NULL THEN
            RAISE EXCEPTION 'person % has no account', v_command.payer USING ERRCODE = 'WA001';
        ELSIF v_command.known_inputs_sha256 <> p_inputs_sha256[v_here]
              OR p_inputs_sha256[v_earlier] <> p_inputs_sha256[v_here] THEN
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
        ELSIF v_command.payer_frozen_at IS NOT NULL THEN
            outcome := 'payer-frozen';
        ELSIF v_frozen[v_payer] THEN
            outcome := 'account-frozen';
        ELSIF v_command.payee_id IS NULL OR v_command.payee_blocked_at IS NOT NULL THEN
            outcome := 'payee-not-found';
        ELSIF v_payee IS NULL THEN
            RAISE EXCEPTION 'person % has no account', v_command.payee USING ERRCODE = 'WA001';
        ELSIF v_after[v_payer] < p_amounts_paise[v_here] THEN
            outcome := 'balance-insufficient';
            payer_balance_paise := v_after[v_payer];
        ELSE
            outcome := 'sent';
            reference := p_references[v_here];
            amount_paise := p_amounts_paise[v_here];
            note := p_notes[v_here];
            -- Both after the locks, so that an account's rows are in the order of their moments as well as of their ids.
            v_transfers[v_here] := nextval('transfer_id_seq');
            created_at := clock_timestamp();
            v_after[v_payer] := v_after[v_payer] - amount_paise;
            v_after[v_payee] := v_after[v_payee] + amount_paise;
            v_moved[v_payer] := true;
            v_moved[v_payee] := true;
            payer_balance_paise := v_after[v_payer];
            v_payer_accounts[v_here] := v_accounts[v_payer];
            v_payee_accounts[v_here] := v_accounts[v_payee];
            v_payer_after[v_here] := v_after[v_payer];
            v_payee_after[v_here] := v_after[v_payee];
            v_at[v_here] := created_at;
        END IF;
        -- The inputs of a replay are those of the first time, so the payee is, too.
        IF outcome IN ('sent', 'replayed') THEN
            payee_id := v_command.payee_id;
            payee_name := v_command.payee_name;
            payee_phone := v_command.payee_phone;
        END IF;
        RETURN NEXT;
    END LOOP;

    IF true = ANY (v_moved) THEN
        -- One statement: starting one costs as much as a payment in it.
        WITH sent AS (
            SELECT m.* FROM unnest(
                v_transfers, p_payers, v_payer_accounts, v_payee_accounts, p_amounts_paise, p_notes, p_keys,
                p_inputs_sha256, p_references, v_at, v_payer_after, v_payee_after
            ) AS m (
                id, payer, payer_account, payee_account, amount_paise, note, key,
                inputs_sha256, reference, at, payer_after_paise, payee_after_paise
            )
            WHERE m.id IS NOT NULL
        ),
        written AS (
            INSERT INTO transfer AS t (
                id, reference, kind, debit_account_id, credit_account_id, amount_paise,
                debit_balance_after_paise, credit_balance_after_paise, note, created_at
            )
            OVERRIDING SYSTEM VALUE
            SELECT s.id, s.reference, 'payment', s.payer_account, s.payee_account, s.amount_paise,
                   s.payer_after_paise, s.payee_after_paise, s.note, s.at
            FROM sent s
        ),
        remembered AS (
            INSERT INTO payment_command (person_id, key, inputs_sha256, transfer_id)
            SELECT s.payer, s.key, s.inputs_sha256, s.id FROM sent s
        )
        UPDATE account a SET balance_paise = b.after_paise
        FROM unnest(v_accounts, v_before, v_after) AS b (id, before_paise, after_paise)
        WHERE a.id = b.id AND b.before_paise <> b.after_paise AND a.balance_paise = b.before_paise;
        GET DIAGNOSTICS v_changed = ROW_COUNT;

        FOR i IN 1 .. cardinality(v_moved) LOOP
            IF v_before[i] <> v_after[i] THEN
                v_expected := v_expected + 1;
            END IF;
            -- Once for each person in a batch: commits that notify wait for one another until they are on disk. Asked
            -- in an IF, for a PERFORM would start a statement for each.
            IF v_moved[i] AND pg_notify('wallet_changes', v_people[i]::text) IS NULL THEN
                NULL;
            END IF;
        END LOOP;
        -- The locks make sure of it; money is not where one relies on one thing alone.
        IF v_changed <> v_expected THEN
            RAISE EXCEPTION 'a locked balance has changed' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
END
$$;
