"""Money that came, requests, on-ramps, sign-ins: told to whom they concern, newest first, each once."""

from functools import partial
from uuid import UUID, uuid4

import psycopg

from tests.asked import asked, let_time_pass
from tests.conftest import Fund, add_onramp, bank_message
from wallet_core.db import in_transaction
from wallet_core.ids import new_token
from wallet_core.services.notifications import MAX_UNREAD, list_notifications, mark_seen, unread_count
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.payments import send_money
from wallet_core.services.people import sign_up
from wallet_core.services.requests import EXPIRES_AFTER, cancel_request, decline_request, pay_request
from wallet_core.sessions import open_session, resolve_session
from wallet_core.views import Client, Notification, NotificationKind

CLIENT = Client(address="198.51.100.7", user_agent="Firefox on Linux")

#: A session that is none of the tested person's: everybody asks from some browser.
BROWSER = uuid4()


def told(person_id: UUID, session_id: UUID = BROWSER) -> list[Notification]:
    return list_notifications(person_id=person_id, session_id=session_id).notifications


def unread(person_id: UUID) -> int:
    return unread_count(person_id=person_id, session_id=BROWSER)


def pay(payer: UUID, payee: UUID, amount_paise: int = 1_00) -> str:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note="tea", key=new_token()).reference


def test_money_from_a_person_and_from_a_bank(alice: UUID, bob: UUID, fund: Fund) -> None:
    added = fund(alice, 10_00)
    sent = pay(alice, bob, 4_00)
    (received,) = told(bob)
    assert (received.kind, received.counterparty, received.amount_paise, received.note, received.reference) == (
        NotificationKind.MONEY_RECEIVED,
        "Alice Nair",
        4_00,
        "tea",
        sent,
    )
    (credited,) = told(alice)
    assert (credited.kind, credited.counterparty, credited.amount_paise, credited.reference) == (
        NotificationKind.MONEY_ADDED,
        "HDFC Bank",
        10_00,
        added,
    )


def test_an_onramp_that_failed(alice: UUID) -> None:
    reference = add_onramp(alice, 5_00)
    assert told(alice) == []
    settle_onramp(bank_message(reference, 5_00, succeeded=False))
    (failed,) = told(alice)
    assert (failed.kind, failed.counterparty, failed.amount_paise, failed.reference) == (
        NotificationKind.ONRAMP_FAILED,
        "HDFC Bank",
        5_00,
        reference,
    )


def test_a_request_and_how_it_ended(alice: UUID, bob: UUID, fund: Fund) -> None:
    fund(alice, 100_00)
    paid, declined, taken_back = asked(bob, alice, 40_00), asked(bob, alice, 5_00), asked(bob, alice, 6_00)
    received = told(alice)[:3]
    assert [(one.kind, one.counterparty, one.amount_paise, one.reference) for one in received] == [
        (NotificationKind.REQUEST_RECEIVED, "Bob Verma", 6_00, taken_back),
        (NotificationKind.REQUEST_RECEIVED, "Bob Verma", 5_00, declined),
        (NotificationKind.REQUEST_RECEIVED, "Bob Verma", 40_00, paid),
    ]
    assert told(bob) == []
    receipt = pay_request(person_id=alice, reference=paid, key=new_token())
    decline_request(person_id=alice, reference=declined)
    cancel_request(person_id=bob, reference=taken_back)
    # The money that came with the request is told once, as the request.
    assert [(one.kind, one.counterparty, one.amount_paise, one.reference) for one in told(bob)] == [
        (NotificationKind.REQUEST_DECLINED, "Alice Nair", 5_00, declined),
        (NotificationKind.REQUEST_PAID, "Alice Nair", 40_00, receipt.reference),
    ]


def test_a_sign_in_on_another_browser(database_url: str) -> None:
    first = sign_up(name="Alice Nair", phone="+919876543210", password="correct horse", client=CLIENT)
    person_id = first.person_id
    assert told(person_id) == []  # the sign-up itself is no news
    second = in_transaction(lambda session: open_session(session, person_id, CLIENT))
    signed_in = resolve_session(second.token)
    assert signed_in is not None
    (seen,) = told(person_id)
    assert (seen.kind, seen.counterparty) == (NotificationKind.SIGNED_IN, "Firefox on Linux")
    assert told(person_id, signed_in.session_id) == []
    assert unread_count(person_id=person_id, session_id=signed_in.session_id) == 0


def test_charlie_is_told_nothing(alice: UUID, bob: UUID, charlie: UUID, fund: Fund) -> None:
    fund(alice, 100_00)
    pay(alice, bob)
    pay_request(person_id=alice, reference=asked(bob, alice), key=new_token())
    assert told(charlie) == []
    assert unread(charlie) == 0


def test_what_was_looked_at_is_not_new(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 100_00)
    pay(alice, bob)
    (first,) = told(bob)
    assert (first.is_new, unread(bob)) == (True, 1)
    pay(alice, bob)
    superuser.execute("LISTEN wallet_changes")
    mark_seen(person_id=bob, until=first.at)
    assert [one.is_new for one in told(bob)] == [True, False]
    assert unread(bob) == 1
    assert {notice.payload for notice in superuser.notifies(timeout=5, stop_after=1)} == {str(bob)}
    mark_seen(person_id=bob, until=told(bob)[0].at)
    mark_seen(person_id=bob, until=first.at)
    assert unread(bob) == 0


def test_nobody_marks_what_has_not_come_yet(alice: UUID, bob: UUID, fund: Fund) -> None:
    fund(alice, 100_00)
    pay(alice, bob)
    (seen,) = told(bob)
    mark_seen(person_id=bob, until=seen.at.replace(year=seen.at.year + 1))
    pay(alice, bob)
    assert unread(bob) == 1


def test_a_request_that_has_ended_is_not_new_to_the_asked_one(
    alice: UUID, bob: UUID, superuser: psycopg.Connection
) -> None:
    declined = asked(bob, alice)
    asked(bob, alice)
    assert unread(alice) == 2
    decline_request(person_id=alice, reference=declined)
    assert unread(alice) == 1
    superuser.execute("UPDATE person SET notifications_seen_until = '1970-01-01'")
    let_time_pass(superuser, EXPIRES_AFTER.days)
    assert unread(alice) == 0
    assert len(told(alice)) == 2


def test_counting_ends_at_a_bound(alice: UUID, bob: UUID, fund: Fund) -> None:
    fund(alice, 200_00)
    for _ in range(MAX_UNREAD + 5):
        pay(alice, bob)
    assert unread(bob) == MAX_UNREAD + 1


def test_a_shorter_list_is_the_beginning_of_the_longer_one(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 100_00)
    for number in range(3):
        pay(bob if number == 1 else alice, alice if number == 1 else bob)
        asked(bob, alice)
        settle_onramp(bank_message(add_onramp(alice, 5_00), 5_00, succeeded=False))
        in_transaction(partial(open_session, person_id=alice, client=CLIENT))
    # Of one moment: where a list could lose one, or turn two around.
    superuser.execute("UPDATE onramp SET settled_at = (SELECT max(created_at) FROM session) WHERE status = 'failed'")
    superuser.execute("UPDATE session SET created_at = (SELECT max(created_at) FROM session)")
    whole = told(alice)
    assert len(whole) == 11
    for limit in (1, 2, 3, 5, 10, 11):
        page = list_notifications(person_id=alice, session_id=BROWSER, limit=limit)
        assert (page.notifications, page.has_more) == (whole[:limit], limit < len(whole))
