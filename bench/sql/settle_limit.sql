-- What the database alone can do: the webhook's own function, its own batches, nothing before or behind it. Each call takes
-- the next orders of the round; bench_next counts batches.
CREATE SEQUENCE bench_next;
CREATE FUNCTION bench_settle(p_round text, p_batch integer, p_amount_paise bigint) RETURNS bigint LANGUAGE sql AS $$
    SELECT CASE WHEN wallet_settle_successes(m.orders, m.payments, m.amounts_paise, m.calls, m.turns) THEN p_batch ELSE 0 END
    FROM (SELECT array_agg('A-' || o.suffix ORDER BY n) AS orders, array_agg('pay_A-' || o.suffix ORDER BY n) AS payments,
                 array_agg(p_amount_paise) AS amounts_paise, array_agg(left(md5(n::text), 16)) AS calls,
                 array_agg(n::bigint) AS turns
          FROM (SELECT nextval('bench_next') AS batch) b, generate_series(1, p_batch) n,
               LATERAL (SELECT p_round || lpad(((b.batch - 1) * p_batch + n)::text, 9, '0') AS suffix) o) m
$$;
