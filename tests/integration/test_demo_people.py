"""The demo people: there once however often they are seeded, with money that came the way all money comes."""

import psycopg
import pytest

from tests.books import books_are_right, transfer_count
from wallet_core.config import get_settings
from wallet_core.errors import SettingsError
from wallet_core.ids import new_token
from wallet_core.services import demo
from wallet_core.services.activity import list_activity, read_balance
from wallet_core.services.payments import send_money
from wallet_core.services.people import sign_in
from wallet_core.services.reconciliation import reconcile
from wallet_core.services.requests import block_requester
from wallet_core.views import ActivityStatus, Client

BROWSER = Client(address="192.0.2.1", user_agent="test")


def test_alice_bob_and_charlie_sign_in_and_own_money(database_url: str, superuser: psycopg.Connection) -> None:
    demo.seed_demo_people()
    for phone in ("+91 98765 43210", "+91 98765 43211", "+91 98765 43212"):
        person_id = sign_in(phone=phone, password="demo-wallet-1", client=BROWSER).person_id
        assert read_balance(person_id=person_id).available_paise > 0
    alice = sign_in(phone=demo.ALICE, password=demo.PASSWORD, client=BROWSER).person_id
    rows = list_activity(person_id=alice).rows
    assert {row.status for row in rows} == {ActivityStatus.SUCCEEDED, ActivityStatus.FAILED}
    books_are_right(superuser)
    assert reconcile().is_right
    names = superuser.execute("SELECT name FROM person ORDER BY phone LIMIT 3").fetchall()
    assert names == [("Alice Nair",), ("Bob Verma",), ("Charlie Rao",)]


def test_seeding_twice_is_seeding_once(database_url: str, superuser: psycopg.Connection) -> None:
    demo.seed_demo_people()
    before = superuser.execute("SELECT * FROM person ORDER BY id").fetchall(), transfer_count(superuser)
    ids = dict(superuser.execute("SELECT phone, id FROM person").fetchall())
    balance = read_balance(person_id=ids[demo.ALICE])
    # She gives all of it away: seeding again neither fails nor fills up.
    send_money(
        person_id=ids[demo.ALICE],
        payee_id=ids[demo.CHARLIE],
        amount_paise=balance.available_paise,
        note="",
        key=new_token(),
    )
    demo.seed_demo_people()
    assert superuser.execute("SELECT * FROM person ORDER BY id").fetchall() == before[0]
    assert transfer_count(superuser) == before[1] + 1
    assert superuser.execute("SELECT count(*) FROM onramp").fetchone() == (6,)


def test_a_seed_that_was_killed_is_finished_by_the_next(
    database_url: str, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(demo, "settle_onramp", lambda message: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            demo.seed_demo_people()
    assert transfer_count(superuser) == 0
    demo.seed_demo_people()
    assert transfer_count(superuser) == 11
    books_are_right(superuser)


def test_alice_is_asked_once_and_asks_once(database_url: str, superuser: psycopg.Connection) -> None:
    demo.seed_demo_people()
    demo.seed_demo_people()
    asked = (
        "SELECT requester.name, payer.name FROM payment_request JOIN person requester ON requester.id = requester_id"
    )
    rows = superuser.execute(asked + " JOIN person payer ON payer.id = payer_id ORDER BY 1").fetchall()
    assert rows == [("Alice Nair", "Bob Verma"), ("Dev Patel", "Alice Nair")]


def test_who_was_blocked_before_is_no_reason_not_to_start(database_url: str, superuser: psycopg.Connection) -> None:
    demo.seed_demo_people()
    ids = dict(superuser.execute("SELECT phone, id FROM person").fetchall())
    superuser.execute("DELETE FROM payment_request")
    block_requester(person_id=ids[demo.ALICE], blocked_id=ids[demo.DEV])
    demo.seed_demo_people()
    assert superuser.execute("SELECT count(*) FROM payment_request").fetchone() == (1,)


def test_one_password_hash_is_made_and_none_when_all_are_there(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(demo, "hash_password", lambda password: made.append(password) or "!")
    demo.seed_demo_people()
    demo.seed_demo_people()
    assert made == [demo.PASSWORD]


def test_production_has_no_demo_people(
    database_url: str, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = get_settings().model_copy(update={"env": "production"})
    monkeypatch.setattr(demo, "get_settings", lambda: settings)
    with pytest.raises(SettingsError, match="refused"):
        demo.seed_demo_people()
    assert superuser.execute("SELECT count(*) FROM person").fetchone() == (0,)
