-- The people of every size, and their accounts in the order of their numbers. Names of 40 first and 25 last ones.
INSERT INTO person (id, name, phone, password_hash, created_at)
SELECT md5('person ' || n)::uuid,
       (ARRAY['Asha', 'Bimal', 'Chitra', 'Deepak', 'Esha', 'Farhan', 'Gita', 'Hari', 'Indira', 'Jatin',
              'Kavya', 'Lalit', 'Meera', 'Nikhil', 'Ojas', 'Priya', 'Qasim', 'Rohan', 'Sunita', 'Tarun',
              'Uma', 'Varun', 'Wasim', 'Yamini', 'Zoya', 'Arjun', 'Bhavna', 'Dinesh', 'Farida', 'Gopal',
              'Hema', 'Ishaan', 'Jyoti', 'Kiran', 'Leela', 'Mohan', 'Neha', 'Omkar', 'Pooja', 'Ravi'])[1 + n % 40]
       || ' ' ||
       (ARRAY['Agarwal', 'Banerjee', 'Chopra', 'Desai', 'Fernandes', 'Gupta', 'Iyer', 'Jain', 'Kapoor', 'Lal',
              'Mehta', 'Nair', 'Oberoi', 'Patel', 'Qureshi', 'Rao', 'Sharma', 'Thomas', 'Usman', 'Varma',
              'Walia', 'Xavier', 'Yadav', 'Zaidi', 'Bose'])[1 + n / 40 % 25],
       '+9190' || lpad(n::text, 8, '0'), '!', now() - interval '400 days'
FROM generate_series(1, %(people)s) n;

INSERT INTO account (kind, person_id, balance_paise)
SELECT kind, md5('person ' || n)::uuid, 5000000
FROM unnest(ARRAY['available', 'locked']) kind, generate_series(1, %(people)s) n ORDER BY kind, n;

-- A hundred orders of person 1 that moved no money, all the year round.
INSERT INTO onramp (reference, person_id, bank_code, amount_paise, key, inputs_sha256, created_at, expires_at,
                    status, failure_code, settled_at)
SELECT 'A-F' || upper(left(md5('order ' || n), 13)), md5('person 1')::uuid, 'HDFC', 50000, 'key-of-failed-order-' || n,
       sha256('x'), moment, moment + interval '15 minutes', 'failed', 'declined', moment
FROM generate_series(1, 100) n, LATERAL (SELECT now() - n * interval '3.65 days' AS moment) at;
