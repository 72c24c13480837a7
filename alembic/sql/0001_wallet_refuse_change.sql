-- History is written once. ALWAYS: not even a session that plays replica may change it.
CREATE FUNCTION wallet_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed: write another transfer that names the first', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER transfer_is_written_once
    BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_change();

ALTER TABLE transfer ENABLE ALWAYS TRIGGER transfer_is_written_once;
