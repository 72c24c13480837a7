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
    UPDATE public.onramp_unmoved u SET created_at = NEW.created_at, ended_at = NEW.settled_at
    WHERE u.reference = NEW.reference;
    RETURN NULL;
END
$$;

-- Not where an order succeeds: wallet_credit_orders, which alone may say so, takes the rows of its whole batch away at once.
CREATE TRIGGER onramp_stays_unmoved
    AFTER UPDATE OF status, created_at ON onramp
    FOR EACH ROW WHEN (
        NEW.status <> 'succeeded' AND (NEW.created_at <> OLD.created_at OR NEW.status <> OLD.status)
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
