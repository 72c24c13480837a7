-- Splits the transfers by ranges of their id, one range for each month. Run by hand, as the tables' owner, past a pooler,
-- in a quiet hour: psql --single-transaction -v ON_ERROR_STOP=1 -f docs/partitions.sql
-- Why by id, what it costs, and what must be done each month: docs/scaling.md. A test runs it and uses the wallet on it.

LOCK TABLE transfer IN ACCESS EXCLUSIVE MODE;

-- What points at a transfer lets go, and is noted to be tied again.
CREATE TEMPORARY TABLE tie ON COMMIT DROP AS
SELECT conrelid::regclass AS tied, conname AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE confrelid = 'transfer'::regclass AND contype = 'f';

DO $$
DECLARE tie record;
BEGIN
    FOR tie IN SELECT * FROM pg_temp.tie LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', tie.tied, tie.name);
    END LOOP;
END $$;

-- The table as it stands becomes the first range. Ids go on where they were.
ALTER TABLE transfer RENAME TO transfer_first;
ALTER TABLE transfer_first ALTER COLUMN id DROP IDENTITY;
CREATE SEQUENCE transfer_id_seq AS bigint;
SELECT setval('transfer_id_seq', coalesce((SELECT max(id) FROM transfer_first), 0) + 1, false);

CREATE TABLE transfer (LIKE transfer_first INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)
    PARTITION BY RANGE (id);
ALTER TABLE transfer ALTER COLUMN id SET DEFAULT nextval('transfer_id_seq');
ALTER SEQUENCE transfer_id_seq OWNED BY transfer.id;

-- Whoever could read or write the table can go on: also the role that the wallet serves as (wallet_core/grants.py).
DO $$
DECLARE granted record;
BEGIN
    FOR granted IN
        SELECT one.privilege_type AS privilege, CASE one.grantee WHEN 0 THEN 'PUBLIC' ELSE one.grantee::regrole::text END AS who
        FROM pg_class, aclexplode(relacl) AS one WHERE oid = 'transfer_first'::regclass AND one.grantee <> relowner
    LOOP
        EXECUTE format('GRANT %s ON transfer TO %s', granted.privilege, granted.who);
        IF granted.privilege = 'INSERT' THEN
            EXECUTE format('GRANT USAGE ON SEQUENCE transfer_id_seq TO %s', granted.who);
        END IF;
    END LOOP;
END $$;

-- Month n after the split has the ids from n * 2^40 on: so many that none is ever short of them. Its table is made at any
-- time before the month begins: once there are rows in it, a range that others point into cannot be cut any more.
CREATE FUNCTION wallet_add_transfer_range(p_name text, p_number bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE transfer_first INCLUDING ALL)', p_name);
    EXECUTE format('ALTER TABLE transfer ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                   p_name, p_number << 40, (p_number + 1) << 40);
    -- A statement that names the range itself does not pass by the parent's trigger.
    EXECUTE format('CREATE TRIGGER transfer_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_change()', p_name);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER transfer_is_written_once', p_name);
    EXECUTE format('CREATE TRIGGER transfer_names_accounts AFTER INSERT ON %I REFERENCING NEW TABLE AS posted
                    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_unknown_accounts()', p_name);
END
$$;

-- When month n begins: what is written from now on goes into its range. No lock, nobody waits; ids only grow.
CREATE FUNCTION wallet_begin_transfer_range(p_number bigint) RETURNS bigint
LANGUAGE sql AS $$
    SELECT setval('transfer_id_seq', greatest(p_number << 40, nextval('transfer_id_seq')))
$$;

ALTER TABLE transfer ATTACH PARTITION transfer_first FOR VALUES FROM (MINVALUE) TO (1099511627776);
ALTER TABLE transfer ADD PRIMARY KEY (id);
CREATE INDEX ix_transfer_by_debit ON transfer (debit_account_id, id DESC);
CREATE INDEX ix_transfer_by_credit ON transfer (credit_account_id, id DESC);
CREATE INDEX ix_transfer_by_pair ON transfer (debit_account_id, credit_account_id, id DESC) WHERE kind = 'payment';
CREATE TRIGGER transfer_is_written_once
    BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_change();
ALTER TABLE transfer ENABLE ALWAYS TRIGGER transfer_is_written_once;
CREATE TRIGGER transfer_names_accounts
    AFTER INSERT ON transfer REFERENCING NEW TABLE AS posted
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_unknown_accounts();

DO $$
DECLARE tie record;
BEGIN
    FOR tie IN SELECT * FROM pg_temp.tie LOOP
        -- A tie of the table to itself goes by the new name, too.
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s',
                       CASE tie.tied::text WHEN 'transfer_first' THEN 'transfer' ELSE tie.tied::text END,
                       tie.name, replace(tie.definition, 'transfer_first', 'transfer'));
    END LOOP;
END $$;
