-- A year of transfers, the newest of this minute, in the order of their numbers. Person 1 has as many in every size,
-- each with one of fifty others; person 2, a merchant, takes part in a tenth of all. The balances are not reckoned:
-- no question looks at more of them than the number.
INSERT INTO transfer (id, reference, kind, debit_account_id, credit_account_id, amount_paise,
                      debit_balance_after_paise, credit_balance_after_paise, note, created_at)
OVERRIDING SYSTEM VALUE
SELECT n, CASE WHEN is_order THEN 'A-' ELSE 'P-' END || upper(left(md5(n::text), 14)),
       CASE WHEN is_order THEN 'onramp' ELSE 'payment' END, debit_id, credit_id, 100 + n * 7919 % 100000,
       CASE WHEN is_order THEN NULL ELSE 5000000 END, 5000000,
       CASE WHEN is_order THEN '' WHEN is_mine AND turn % 100 = 51 THEN 'umbrella'
            ELSE (ARRAY['', 'tea', 'rent', 'lunch', 'cinema tickets', 'thank you', 'milk', 'taxi'])[1 + r_note] END,
       now() - interval '365 days' * (1 - n::float8 / %(transfers)s)
FROM (
    SELECT n, turn, is_mine, r_note,
           (is_mine AND turn % 10 = 3) OR (NOT is_mine AND n % 20 = 7) AS is_order,
           CASE WHEN is_mine AND turn % 10 = 3 THEN bank_id
                WHEN is_mine AND turn % 2 = 0 THEN first_id
                WHEN is_mine THEN first_id + 2 + turn % 50
                WHEN n % 20 = 7 THEN bank_id
                WHEN n % 200 = 1 THEN first_id + 1
                ELSE x_id END AS debit_id,
           CASE WHEN is_mine AND turn % 2 = 0 THEN first_id + 2 + turn % 50
                WHEN is_mine THEN first_id
                WHEN n % 20 = 7 OR n % 200 = 1 THEN x_id
                WHEN n % 10 = 1 THEN first_id + 1
                ELSE first_id + 2 + (x_id - first_id - 2 + r_step) % (%(people)s - 2) END AS credit_id
    FROM (
        SELECT n, n / %(step)s AS turn, n % %(step)s = 0 AS is_mine, first_id, bank_id,
               first_id + 2 + floor(random() * (%(people)s - 2))::bigint AS x_id,
               1 + floor(random() * (%(people)s - 3))::bigint AS r_step,
               floor(random() * 8)::integer AS r_note
        FROM generate_series(1, %(transfers)s::bigint) n,
             (SELECT min(id) FILTER (WHERE kind = 'available') AS first_id,
                     min(id) FILTER (WHERE bank_code = 'HDFC') AS bank_id FROM account) known
    ) drawn
) sides
ORDER BY n;

-- Every credit from a bank has its order.
INSERT INTO onramp (reference, person_id, bank_code, amount_paise, key, inputs_sha256, created_at, expires_at,
                    status, settled_at, transfer_id)
SELECT t.reference, a.person_id, 'HDFC', t.amount_paise, t.reference, sha256('x'), t.created_at, t.created_at,
       'succeeded', t.created_at, t.id
FROM transfer t JOIN account a ON a.id = t.credit_account_id WHERE t.kind = 'onramp';
