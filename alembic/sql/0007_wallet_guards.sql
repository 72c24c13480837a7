-- What an operator did is written once. ALWAYS: not even a session that plays replica may change it.
CREATE FUNCTION wallet_refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER audit_entry_is_written_once
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_audit_change();

ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_is_written_once;

-- Below the functions that move money, and for whatever does not ask them: an account whose books disagree loses nothing.
-- The condition stands in the trigger, so that it costs an account that is not frozen no call.
CREATE FUNCTION wallet_refuse_frozen_debit() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the debits of account % are frozen', OLD.id USING ERRCODE = 'WA003';
END
$$;

CREATE TRIGGER account_debits_are_frozen
    AFTER UPDATE ON account
    FOR EACH ROW
    WHEN (OLD.debits_frozen_at IS NOT NULL AND NEW.debits_frozen_at IS NOT NULL AND NEW.balance_paise < OLD.balance_paise)
    EXECUTE FUNCTION wallet_refuse_frozen_debit();
