-- What the database alone can do: the webhook's own function, its own batches, nothing before or behind it. Each call takes
-- the next orders of the round; bench_next counts batches.
CREATE SEQUENCE bench_next;
CREATE FUNCTION bench_settle(p_round text, p_batch integer, p_amount_paise bigint) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM wallet_settle_messages((
        SELECT json_agg(json_build_object(
            'message_id', 'msg_' || m.reference, 'reference', m.reference, 'payment_id', 'pay_' || m.reference,
            'amount_paise', p_amount_paise, 'succeeded', true, 'body', repeat('x', 180)))
        FROM (SELECT 'A-' || p_round || lpad(((b.batch - 1) * p_batch + n)::text, 9, '0') AS reference
              FROM (SELECT nextval('bench_next') AS batch) b, generate_series(1, p_batch) n) m
    )) settled WHERE settled.outcome = 'credited'
$$;
