"""Blocked between two people: neither asks the other, what was asked is declined, and payments go on. Reports reach an
operator.
"""

import json
from functools import partial
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.asked import OPEN, asked, stored
from tests.at_once import at_once
from tests.conftest import Fund
from wallet_core.__main__ import main
from wallet_core.errors import InvalidInput, PersonCannotBeAsked, PersonIsOneself, PersonNotFound, RequestNotFound
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money
from wallet_core.services.request_lists import list_blocked
from wallet_core.services.requests import block_requester, report_request, unblock_requester
from wallet_core.views import ReportReason


def test_neither_asks_the_other_until_it_is_lifted(
    alice: UUID, bob: UUID, charlie: UUID, superuser: psycopg.Connection
) -> None:
    block_requester(person_id=alice, blocked_id=bob)
    block_requester(person_id=alice, blocked_id=bob)
    for requester, payer in ((bob, alice), (alice, bob)):
        with pytest.raises(PersonCannotBeAsked):
            asked(requester, payer)
    assert stored(superuser) == []
    asked(charlie, alice)
    (blocked,) = list_blocked(person_id=alice)
    assert (blocked.person_id, blocked.name, blocked.masked_phone) == (bob, "Bob Verma", "+91 98••• ••211")
    assert list_blocked(person_id=bob) == []
    unblock_requester(person_id=bob, blocked_id=alice)
    assert len(list_blocked(person_id=alice)) == 1
    unblock_requester(person_id=alice, blocked_id=bob)
    unblock_requester(person_id=alice, blocked_id=bob)
    assert list_blocked(person_id=alice) == []
    asked(bob, alice)


def test_what_the_blocked_one_asked_for_is_declined(
    alice: UUID, bob: UUID, charlie: UUID, superuser: psycopg.Connection
) -> None:
    asked(bob, alice)
    asked(charlie, alice)
    asked(alice, bob)
    superuser.execute("LISTEN wallet_changes")
    block_requester(person_id=alice, blocked_id=bob)
    assert stored(superuser) == [("declined", True, False), OPEN, OPEN]
    told = {notice.payload for notice in superuser.notifies(timeout=5, stop_after=2)}
    assert told == {str(alice), str(bob)}


def test_asking_and_blocking_at_the_same_moment_leaves_nothing_open(
    alice: UUID, bob: UUID, superuser: psycopg.Connection
) -> None:
    for _ in range(10):
        superuser.execute("TRUNCATE payment_request, person_block CASCADE")
        at_once([partial(asked, bob, alice)] * 2 + [partial(block_requester, person_id=alice, blocked_id=bob)])
        assert [status for status, *_ in stored(superuser) if status == "open"] == []


def test_payments_are_no_part_of_it(alice: UUID, bob: UUID, fund: Fund) -> None:
    fund(bob, 10_00)
    block_requester(person_id=alice, blocked_id=bob)
    assert (
        send_money(person_id=bob, payee_id=alice, amount_paise=10_00, note="", key=new_token()).amount_paise == -10_00
    )


def test_nobody_blocks_themselves_or_nobody(alice: UUID) -> None:
    with pytest.raises(PersonIsOneself):
        block_requester(person_id=alice, blocked_id=alice)
    for blocked_id in (uuid4(), None, "bob"):
        with pytest.raises(PersonNotFound):
            block_requester(person_id=alice, blocked_id=blocked_id)  # type: ignore[arg-type]
    assert list_blocked(person_id=alice) == []


def test_an_operator_reads_what_was_reported_once(alice: UUID, bob: UUID, capsys: pytest.CaptureFixture[str]) -> None:
    reference = asked(bob, alice, 40_00, "pay now")
    report_request(person_id=alice, reference=reference, reason=ReportReason.FRAUD)
    report_request(person_id=alice, reference=reference, reason=ReportReason.OTHER)
    assert main(["reports"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    report.pop("reported_at")
    assert report == {
        "reason": "fraud",
        "reference": reference,
        "amount_paise": 40_00,
        "note": "pay now",
        "requester_phone": "+919876543211",
        "reporter_phone": "+919876543210",
    }


def test_only_the_asked_one_reports_and_for_a_reason(
    alice: UUID, bob: UUID, charlie: UUID, superuser: psycopg.Connection
) -> None:
    reference = asked(bob, alice)
    for person_id in (bob, charlie):
        with pytest.raises(RequestNotFound):
            report_request(person_id=person_id, reference=reference, reason=ReportReason.FRAUD)
    with pytest.raises(InvalidInput):
        report_request(person_id=alice, reference=reference, reason="<img onerror>")  # type: ignore[arg-type]
    assert superuser.execute("SELECT count(*) FROM request_report").fetchone() == (0,)
