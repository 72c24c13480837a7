"""Credits without a line in the statement cost a question each: what has been answered is kept, whatever comes next."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import psycopg
import pytest

from tests.conftest import add_onramp, bank_message
from tests.operating import operator
from wallet_app.operators import lines
from wallet_core import bank_client
from wallet_core.bank_client import BankPayment, StatementPage
from wallet_core.errors import BankUnavailable
from wallet_core.services import bank_audit
from wallet_core.services.auditor import BANK_LOCK, BankRound, audit_balances, audit_bank
from wallet_core.services.figures import read_figures
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.oversight import look

Answer = Callable[[str], BankPayment | None]


@pytest.fixture(autouse=True)
def _statement(monkeypatch: pytest.MonkeyPatch) -> None:
    """The statement lags: there is nothing on it yet."""
    monkeypatch.setattr(bank_client, "read_statement", lambda after: StatementPage([], after, has_more=False))
    monkeypatch.setattr(bank_audit, "SETTLED_AFTER", timedelta())


@pytest.fixture
def orders(alice: UUID, database_url: str) -> list[str]:
    references = [add_onramp(alice, 7_00) for _ in range(3)]
    for reference in references:
        settle_onramp(bank_message(reference, 7_00))
    return references


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the bank was asked about. It took every payment."""
    references: list[str] = []
    answers(monkeypatch, lambda reference: references.append(reference) or taken(reference))
    return references


def answers(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    monkeypatch.setattr(bank_client, "find_payment", answer)


def taken(reference: str) -> BankPayment:
    return BankPayment(f"pay_{reference}", "https://bank.example/", "succeeded", 7_00)


def test_a_round_ends_between_two_questions_and_the_next_one_goes_on(
    orders: list[str], asked: list[str], superuser: psycopg.Connection
) -> None:
    for compared in (1, 2, 3):
        audit_bank(every_s=0, is_stopped=lambda until=compared: len(asked) >= until)  # type: ignore[misc]
        assert asked == orders[:compared]
        books = superuser.execute("SELECT credited_count, credited_paise FROM bank_book").fetchall()
        assert books == [(compared, compared * 7_00)]


def test_time_that_is_over_ends_it_too(orders: list[str], asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As slow as the bank may be (wallet_core/bank_client.py BUDGET_S)."""
    clock = SimpleNamespace(monotonic=lambda: float(len(asked) * bank_client.BUDGET_S))
    monkeypatch.setattr(bank_audit, "time", clock)
    audit_bank(every_s=0)
    assert asked == orders[:1]


def test_a_bank_that_falls_silent_is_asked_again_from_there(
    orders: list[str], asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall_silent(reference: str) -> BankPayment:
        if reference == orders[1]:
            raise BankUnavailable
        return taken(reference)

    with monkeypatch.context() as silent:
        answers(silent, fall_silent)
        assert audit_bank(every_s=0) == BankRound(found=0, bank_answered=False)
    audit_bank(every_s=0)
    assert asked == orders[1:]


def test_what_the_bank_sent_is_looked_at_though_it_has_no_answer_about_one_order(
    orders: list[str], superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(reference: str) -> BankPayment:
        raise BankUnavailable

    answers(monkeypatch, gone)
    superuser.execute("INSERT INTO statement_line VALUES ('pay_1', 'A-UNKNOWN', 'HDFC', 30000, now())")
    for _ in range(2):
        assert audit_bank(every_s=0) == BankRound(found=0, bank_answered=False)
        assert superuser.execute("SELECT kind, subject FROM drift").fetchall() == [("unknown-order", "A-UNKNOWN")]


def test_operators_read_since_when_nothing_was_compared(
    orders: list[str], asked: list[str], charlie: UUID, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = operator(superuser, charlie)

    def statement() -> tuple[str, str]:
        (fact,) = [fact for fact in lines.facts(look(asking)) if fact.label == "Bank statement"]
        return fact.hint, fact.tone

    row = superuser.execute("SELECT min(created_at) FROM transfer").fetchone()
    assert row is not None
    audit_bank(every_s=0, is_stopped=lambda: True)
    assert statement()[0] == "Read and compared"
    monkeypatch.setattr(lines, "COMPARED_LATE_S", 0)
    assert statement() == (f"Not compared since {lines.moment(row[0])}", "warn")
    audit_bank(every_s=0)
    assert statement()[0] == "Read and compared"


def test_what_was_found_is_open_at_once_whatever_becomes_of_the_round(
    orders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alert is made of this number."""

    def never_heard_of_the_first(reference: str) -> BankPayment | None:
        if reference == orders[0]:
            return None
        raise ArithmeticError

    answers(monkeypatch, never_heard_of_the_first)
    with pytest.raises(ArithmeticError):
        audit_bank(every_s=0)
    assert read_figures().audit.open_drifts == 1


def test_two_that_compare_at_once_count_nothing_twice(
    orders: list[str], superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection that holds the lock may be lost while the bank is asked, and another process begins."""

    def meanwhile_another_one_is_done(reference: str) -> BankPayment:
        answers(monkeypatch, taken)
        bank_audit.compare_with_bank(lambda suspicion: False, lambda: False)
        return taken(reference)

    answers(monkeypatch, meanwhile_another_one_is_done)
    audit_bank(every_s=0)
    assert superuser.execute("SELECT credited_count, credited_paise FROM bank_book").fetchall() == [(3, 21_00)]


def test_balances_are_looked_at_while_the_bank_is_asked(
    orders: list[str], superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []

    def meanwhile(reference: str) -> BankPayment:
        superuser.execute("UPDATE account SET balance_paise = balance_paise + 1 WHERE kind = 'available'")
        done = audit_balances(every_s=0)
        found.append(done.found if done is not None else 0)
        return taken(reference)

    answers(monkeypatch, meanwhile)
    audit_bank(every_s=0)
    assert found[0] == 1


def test_one_compares_at_a_time(orders: list[str], asked: list[str], database_url: str) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [BANK_LOCK])
        assert audit_bank(every_s=0) is None
    assert audit_bank(every_s=20) is not None
    assert audit_bank(every_s=20) is None
