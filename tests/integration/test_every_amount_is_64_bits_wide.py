"""Not only balances: each column and each argument of a function that holds paise is a bigint."""

import psycopg


def test_columns(superuser: psycopg.Connection) -> None:
    rows = superuser.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name LIKE '%paise%'"
    ).fetchall()
    assert {table for table, *_ in rows} >= {"account", "transfer", "onramp"}
    assert [row for row in rows if row[2] != "bigint"] == []


def test_arguments_and_answers_of_functions(superuser: psycopg.Connection) -> None:
    rows = superuser.execute(
        """
        SELECT p.proname, argument.name, format_type(argument.type, NULL)
        FROM pg_proc p
        CROSS JOIN LATERAL unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes)) AS argument (name, type)
        WHERE p.pronamespace = 'public'::regnamespace AND argument.name LIKE '%paise%'
        """
    ).fetchall()
    assert {function for function, *_ in rows} >= {
        "wallet_send_payments",
        "wallet_post_transfer",
    }
    assert [row for row in rows if row[2] not in ("bigint", "bigint[]")] == []
