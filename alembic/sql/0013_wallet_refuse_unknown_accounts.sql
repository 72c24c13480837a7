-- Each account that a statement's transfers name is looked at once: a bank's is named by all of its credits.
CREATE OR REPLACE FUNCTION wallet_refuse_unknown_accounts() RETURNS trigger
LANGUAGE plpgsql
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    -- OFFSET 0: looked up by its key, whatever the table looked like when this was planned.
    IF EXISTS (
        SELECT FROM (SELECT p.debit_account_id AS id FROM posted p UNION SELECT p.credit_account_id FROM posted p) named
        WHERE NOT EXISTS (SELECT FROM public.account a WHERE a.id = named.id OFFSET 0)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a transfer names an account that does not exist';
    END IF;
    RETURN NULL;
END
$$;
