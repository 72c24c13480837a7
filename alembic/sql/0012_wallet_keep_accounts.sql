-- A transfer names two accounts that exist, and they stay: what foreign keys did, once a statement. A key looked up both accounts
-- and locked them for each row, a tenth of what a credit cost PostgreSQL; who moves money holds people's accounts locked anyway.
-- "public": a temporary table of the same name would be found first.
CREATE FUNCTION wallet_refuse_unknown_accounts() RETURNS trigger
LANGUAGE plpgsql
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    -- OFFSET 0: looked up by its key, whatever the table looked like when this was planned.
    IF EXISTS (
        SELECT FROM posted p
        WHERE NOT EXISTS (SELECT FROM public.account a WHERE a.id = p.debit_account_id OFFSET 0)
           OR NOT EXISTS (SELECT FROM public.account a WHERE a.id = p.credit_account_id OFFSET 0)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a transfer names an account that does not exist';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER transfer_names_accounts
    AFTER INSERT ON transfer REFERENCING NEW TABLE AS posted
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_unknown_accounts();

-- The row is locked before this looks: whoever was about to post to it has committed, and is seen.
CREATE FUNCTION wallet_keep_named_account() RETURNS trigger
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
BEGIN
    IF EXISTS (SELECT FROM public.transfer t WHERE t.debit_account_id = OLD.id)
            OR EXISTS (SELECT FROM public.transfer t WHERE t.credit_account_id = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = format('account %s is named by transfers', OLD.id);
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE TRIGGER account_stays
    BEFORE DELETE ON account
    FOR EACH ROW EXECUTE FUNCTION wallet_keep_named_account();

CREATE TRIGGER account_keeps_its_number
    BEFORE UPDATE OF id ON account
    FOR EACH ROW EXECUTE FUNCTION wallet_keep_named_account();

CREATE FUNCTION wallet_keep_accounts() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM public.transfer) THEN
        RAISE restrict_violation USING MESSAGE = 'accounts that transfers name are never changed or removed';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER accounts_stay
    BEFORE TRUNCATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_keep_accounts();

-- ALWAYS: not even for a session that plays replica.
ALTER TABLE account ENABLE ALWAYS TRIGGER account_stays;
ALTER TABLE account ENABLE ALWAYS TRIGGER account_keeps_its_number;
ALTER TABLE account ENABLE ALWAYS TRIGGER accounts_stay;
