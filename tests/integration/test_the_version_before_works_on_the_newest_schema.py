"""While a release migrates, and after a rollback, the version before serves on the newest schema (docs/operating.md).

Its code is not here to be run, for a checkout may hold one commit alone. What it said to the database is: every
statement below was written down while the last commit before the newest migration signed a person up and in, ordered,
credited and sent money. They are kept as they were sent, but for the ends of their lines, whatever today's code says.

Who adds a migration writes them down anew, at the commit before it: a hook around ``psycopg.Cursor.execute`` is all.
"""

import json
from datetime import timedelta
from typing import Any, Final, LiteralString
from uuid import UUID, uuid4

import psycopg
from alembic.script import ScriptDirectory
from psycopg.rows import dict_row

from tests.books import available_paise, books_are_right
from tests.conftest import CAST, add_onramp, alembic_config, bank_message
from wallet_core.clock import now
from wallet_core.ids import new_reference, new_token, sha256
from wallet_core.passwords import hash_password, verify_password
from wallet_core.services.onramps import settle_onramp

#: The newest migration. The statements were written down before 0011, which came with it.
NEWEST: Final = "0014"

PASSWORD = "correct horse battery"
PATIENCE_S = 10

TAKE: Final[LiteralString] = """
    INSERT INTO rate_limit_bucket AS held (bucket, subject, tokens, updated_at)
    VALUES (%(bucket)s, %(subject)s, CAST(%(capacity)s AS integer) - 1, now())
    ON CONFLICT (bucket, subject) DO UPDATE SET
        tokens = least(CAST(%(capacity)s AS integer), held.tokens
            + greatest(0, extract(epoch FROM now() - held.updated_at)) / CAST(%(refill_every_s)s AS integer)) - 1,
        updated_at = greatest(now(), held.updated_at)
    WHERE held.tokens
        + greatest(0, extract(epoch FROM now() - held.updated_at)) / CAST(%(refill_every_s)s AS integer) >= 1
    RETURNING tokens
"""

ADD_PERSON: Final[LiteralString] = """
    INSERT INTO person (id, name, phone, password_hash, blocked_at, frozen_at, operator_since)
    VALUES (%(id)s::UUID, %(name)s::VARCHAR, %(phone)s::VARCHAR, %(password_hash)s::VARCHAR,
            %(blocked_at)s::TIMESTAMP WITH TIME ZONE, %(frozen_at)s::TIMESTAMP WITH TIME ZONE,
            %(operator_since)s::TIMESTAMP WITH TIME ZONE)
    RETURNING person.created_at, person.notifications_seen_until
"""

ADD_ACCOUNTS: Final[LiteralString] = """
    INSERT INTO account (kind, person_id, bank_code, balance_paise, debits_frozen_at)
    SELECT p0::VARCHAR, p1::UUID, p2::VARCHAR, p3::BIGINT, p4::TIMESTAMP WITH TIME ZONE FROM (VALUES
        (%(kind__0)s::VARCHAR, %(person_id__0)s::UUID, %(bank_code__0)s::VARCHAR, %(balance_paise__0)s::BIGINT,
         %(debits_frozen_at__0)s::TIMESTAMP WITH TIME ZONE, 0),
        (%(kind__1)s::VARCHAR, %(person_id__1)s::UUID, %(bank_code__1)s::VARCHAR, %(balance_paise__1)s::BIGINT,
         %(debits_frozen_at__1)s::TIMESTAMP WITH TIME ZONE, 1)
    ) AS imp_sen(p0, p1, p2, p3, p4, sen_counter) ORDER BY sen_counter RETURNING account.id, account.id AS id__1
"""

ADD_SESSION: Final[LiteralString] = """
    INSERT INTO session (id, token_sha256, person_id, created_at, last_seen_at, expires_at, user_agent, address)
    VALUES (%(id)s::UUID, %(token_sha256)s, %(person_id)s::UUID, now(), now(), (now() + %(now_1)s),
            %(user_agent)s::VARCHAR, %(address)s::VARCHAR)
    RETURNING session.expires_at
"""

END_SURPLUS: Final[LiteralString] = """
    UPDATE session SET revoked_at=now() WHERE session.id IN (
        SELECT session.id FROM session
        WHERE session.person_id = %(person_id_1)s::UUID AND session.revoked_at IS NULL
        ORDER BY session.last_seen_at DESC, session.id LIMIT ALL OFFSET %(param_1)s::INTEGER
    ) AND session.revoked_at IS NULL RETURNING session.person_id
"""

FIND_CREDENTIALS: Final[LiteralString] = """
    SELECT person.id, person.password_hash FROM person WHERE person.phone = %(phone_1)s::VARCHAR
"""

LOCK_CREDENTIALS: Final[LiteralString] = """
    SELECT person.password_hash, person.blocked_at FROM person WHERE person.id = %(id_1)s::UUID FOR NO KEY UPDATE
"""

RESOLVE: Final[LiteralString] = """
    SELECT session.id AS session_id, person.id AS person_id, person.name, person.phone,
           session.last_seen_at < now() - %(last_seen_every)s AS is_stale
    FROM session JOIN person ON person.id = session.person_id
    WHERE session.token_sha256 = %(token_sha256)s
      AND session.revoked_at IS NULL
      AND session.expires_at > now()
      AND session.last_seen_at > now() - %(idle_expiry)s
      AND person.blocked_at IS NULL
"""

ADD_ORDER: Final[LiteralString] = """
    INSERT INTO onramp (reference, person_id, bank_code, amount_paise, status, failure_code, key, inputs_sha256,
                        created_at, expires_at)
    VALUES (%(reference)s::VARCHAR, %(person_id)s::UUID, %(bank_code)s::VARCHAR, %(amount_paise)s::BIGINT,
            %(status)s::VARCHAR, %(failure_code)s::VARCHAR, %(key)s::VARCHAR, %(inputs_sha256)s,
            %(created_at)s::TIMESTAMP WITH TIME ZONE, %(expires_at)s::TIMESTAMP WITH TIME ZONE)
    ON CONFLICT (person_id, key) DO NOTHING
"""

READ_ORDER: Final[LiteralString] = """
    SELECT onramp.reference, onramp.person_id, onramp.bank_code, onramp.amount_paise, onramp.status,
           onramp.failure_code, onramp.payment_id, onramp.page_url, onramp.key, onramp.inputs_sha256,
           onramp.created_at, onramp.expires_at, onramp.settled_at, onramp.transfer_id
    FROM onramp WHERE onramp.person_id = %(person_id_1)s::UUID AND onramp.key = %(key_1)s::VARCHAR
"""

SETTLE: Final[LiteralString] = "SELECT outcome FROM wallet_settle_messages(%(messages)s::json)"

SEND: Final[LiteralString] = """
    SELECT * FROM wallet_send_payments(
        %(payer_ids)s::uuid[], %(payee_ids)s::uuid[], %(amounts_paise)s::bigint[], %(notes)s::text[], %(keys)s::text[],
        %(inputs_sha256)s::bytea[], %(references)s::text[]
    )
"""

#: What it reads a payment's answer into; a name more or less would be its TypeError.
SENT_FIELDS = [
    "outcome",
    "reference",
    "amount_paise",
    "note",
    "created_at",
    "payer_balance_paise",
    "payee_id",
    "payee_name",
    "payee_phone",
]


class Before:
    """The version before, as the database hears it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._cursor = connection.cursor(row_factory=dict_row)

    def _say(self, statement: LiteralString, **parameters: object) -> list[dict[str, Any]]:
        self._cursor.execute(statement, parameters)
        return self._cursor.fetchall() if self._cursor.description else []

    def sign_up(self, name: str, phone: str) -> UUID:
        person_id = uuid4()
        nothing = dict.fromkeys(("blocked_at", "frozen_at", "operator_since"))
        password_hash = hash_password(PASSWORD)
        self._say(ADD_PERSON, id=person_id, name=name, phone=phone, password_hash=password_hash, **nothing)
        accounts: dict[str, object] = {}
        for place, kind in enumerate(("available", "locked")):
            accounts |= {f"kind__{place}": kind, f"person_id__{place}": person_id, f"bank_code__{place}": None}
            accounts |= {f"balance_paise__{place}": 0, f"debits_frozen_at__{place}": None}
        assert len(self._say(ADD_ACCOUNTS, **accounts)) == 2
        return person_id

    def sign_in(self, phone: str) -> UUID:
        assert self._say(TAKE, bucket="sign-in-address", subject="127.0.0.1", capacity=30, refill_every_s=6)
        (found,) = self._say(FIND_CREDENTIALS, phone_1=phone)
        assert verify_password(PASSWORD, found["password_hash"])
        assert self._say(LOCK_CREDENTIALS, id_1=found["id"]) == [
            {"password_hash": found["password_hash"], "blocked_at": None}
        ]
        token_sha256 = sha256(new_token())
        values = {"token_sha256": token_sha256, "person_id": found["id"], "user_agent": "", "address": "127.0.0.1"}
        self._say(ADD_SESSION, id=uuid4(), now_1=timedelta(days=30), **values)
        assert self._say(END_SURPLUS, person_id_1=found["id"], param_1=100) == []
        times = {"idle_expiry": timedelta(hours=12), "last_seen_every": timedelta(minutes=1)}
        (signed_in,) = self._say(RESOLVE, token_sha256=token_sha256, **times)
        assert not signed_in["is_stale"]
        return UUID(str(signed_in["person_id"]))

    def order(self, person_id: UUID, amount_paise: int) -> str:
        key = new_token()
        self._say(
            ADD_ORDER,
            reference=new_reference("A"),
            person_id=person_id,
            bank_code="HDFC",
            amount_paise=amount_paise,
            status="processing",
            failure_code="",
            key=key,
            inputs_sha256=sha256(key),
            created_at=now(),
            expires_at=now() + timedelta(minutes=15),
        )
        (order,) = self._say(READ_ORDER, person_id_1=person_id, key_1=key)
        return str(order["reference"])

    def settle(self, reference: str, amount_paise: int) -> list[str]:
        message = {
            "message_id": f"msg_{reference}",
            "reference": reference,
            "payment_id": f"pay_{reference}",
            "amount_paise": amount_paise,
            "succeeded": True,
            "body": "{}",
        }
        return [row["outcome"] for row in self._say(SETTLE, messages=json.dumps([message]))]

    def send(self, payer_id: UUID, payee_id: UUID, amount_paise: int, key: str) -> dict[str, Any]:
        (answer,) = self._say(
            SEND,
            payer_ids=[payer_id],
            payee_ids=[payee_id],
            amounts_paise=[amount_paise],
            notes=["tea"],
            keys=[key],
            inputs_sha256=[sha256(key)],
            references=[new_reference("P")],
        )
        assert list(answer) == SENT_FIELDS
        return answer


def test_the_statements_are_those_of_before_the_newest_migration(database_url: str) -> None:
    newest = ScriptDirectory.from_config(alembic_config(database_url)).get_current_head()
    assert newest == NEWEST, "Write the statements down anew, as the text above says."


def test_people_sign_in_are_credited_and_pay(superuser: psycopg.Connection) -> None:
    before = Before(superuser)
    alice, bob = before.sign_up("Alice Nair", CAST["alice"]), before.sign_up("Bob Verma", CAST["bob"])
    assert before.sign_in(CAST["alice"]) == alice
    reference = before.order(alice, 20_00)
    assert before.settle(reference, 20_00) == ["credited"]
    assert before.settle(reference, 20_00) == ["duplicate"]
    key = new_token()
    sent = before.send(alice, bob, 5_00, key)
    assert (sent["outcome"], sent["payer_balance_paise"], sent["payee_name"]) == ("sent", 15_00, "Bob Verma")
    assert before.send(alice, bob, 5_00, key)["outcome"] == "replayed"
    assert before.send(bob, alice, 5_01, new_token())["outcome"] == "balance-insufficient"
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (15_00, 5_00)
    books_are_right(superuser)


def test_its_tabs_hear_what_the_new_one_does(database_url: str, superuser: psycopg.Connection, alice: UUID) -> None:
    """One channel tells it whose page to read again, the other which orders of whom were credited."""
    with psycopg.connect(database_url, autocommit=True) as listening:
        listening.execute("LISTEN wallet_changes")
        listening.execute("LISTEN wallet_credits")
        reference = add_onramp(alice, 20_00)
        settle_onramp(bank_message(reference, 20_00))
        # Notifications come in the order of their commits: what is before this one is all.
        superuser.execute("SELECT pg_notify('wallet_changes', 'the end')")
        heard = [told.payload for told in listening.notifies(timeout=PATIENCE_S, stop_after=3)]
    assert heard == [str(alice), f"{alice} {reference}", "the end"]
