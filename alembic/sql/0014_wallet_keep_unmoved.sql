-- Keep onramp_unmoved, the orders that have moved no money, whoever writes an order. With the rights of whoever owns the tables,
-- so that who serves need not write there; "public" is named, for a temporary table of the same name would be found first.
CREATE FUNCTION wallet_add_unmoved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO public.onramp_unmoved (reference, person_id, created_at, ended_at)
    SELECT a.reference, a.person_id, a.created_at, a.settled_at FROM added a WHERE a.status <> 'succeeded';
    RETURN NULL;
END
$$;

CREATE TRIGGER onramp_is_unmoved
    AFTER INSERT ON onramp REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_add_unmoved();

CREATE FUNCTION wallet_change_unmoved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.status = 'succeeded' THEN
        DELETE FROM public.onramp_unmoved u WHERE u.reference = NEW.reference;
    ELSE
        INSERT INTO public.onramp_unmoved AS u (reference, person_id, created_at, ended_at)
        VALUES (NEW.reference, NEW.person_id, NEW.created_at, NEW.settled_at)
        ON CONFLICT (reference) DO UPDATE SET created_at = EXCLUDED.created_at, ended_at = EXCLUDED.ended_at;
    END IF;
    RETURN NULL;
END
$$;

-- Not where a waiting order succeeds, as nearly all do: looking for its row would cost what this table saves. The sweep does
-- that for many at once (wallet_core/services/onramps.py).
CREATE TRIGGER onramp_stays_unmoved
    AFTER UPDATE OF status, created_at ON onramp
    FOR EACH ROW WHEN (
        NEW.created_at <> OLD.created_at
        OR NEW.status <> OLD.status AND NOT (OLD.status = 'processing' AND NEW.status = 'succeeded')
    )
    EXECUTE FUNCTION wallet_change_unmoved();

CREATE FUNCTION wallet_remove_unmoved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM public.onramp_unmoved u USING removed r WHERE u.reference = r.reference;
    RETURN NULL;
END
$$;

CREATE TRIGGER onramp_is_gone
    AFTER DELETE ON onramp REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_remove_unmoved();
