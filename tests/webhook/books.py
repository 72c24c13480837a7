"""What the database says after the webhook has answered, read past all code of ours."""

from dataclasses import dataclass
from uuid import UUID

import psycopg


@dataclass(frozen=True)
class Books:
    """Amounts in paise."""

    balance_paise: int
    credits: int
    credited_paise: int
    disputes: int


def read_books(database_url: str, person_id: UUID) -> Books:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            """
            SELECT (SELECT balance_paise FROM account WHERE person_id = %(person)s AND kind = 'available'),
                   (SELECT count(*) FROM transfer t JOIN account a ON a.id = t.credit_account_id
                    WHERE a.person_id = %(person)s),
                   (SELECT coalesce(sum(t.amount_paise), 0)::bigint FROM transfer t
                    JOIN account a ON a.id = t.credit_account_id WHERE a.person_id = %(person)s),
                   (SELECT count(*) FROM disputed_message)
            """,
            {"person": person_id},
        ).fetchone()
    assert row is not None
    return Books(*row)


def credited_references(database_url: str) -> list[str]:
    """Of every credit of the bank; a reference that was credited twice stands here twice."""
    with psycopg.connect(database_url) as connection:
        return [
            reference for (reference,) in connection.execute("SELECT reference FROM transfer WHERE kind = 'onramp'")
        ]
