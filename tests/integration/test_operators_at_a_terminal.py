"""What operators do, from Python and from a terminal: JSON, sentences, and an exit status that can be relied on."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.books import available_paise, books_are_right, transfer_count
from tests.conftest import CAST, ROOT, Fund, add_onramp, bank_message
from wallet_core.__main__ import main
from wallet_core.errors import InsufficientBalance, InvalidNote, PayeeNotFound, TransferNotFound
from wallet_core.ids import new_token
from wallet_core.services.onramps import settle_onramp
from wallet_core.services.operations import correct_transfer, hold_money, list_disputed_messages, release_money
from wallet_core.services.payments import send_money
from wallet_core.services.reconciliation import reconcile


def pay(payer: UUID, payee: UUID, amount_paise: int) -> str:
    return send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note="", key=new_token()).reference


def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_hold_and_release_move_money_between_the_two_accounts(
    alice: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    held = hold_money(phone="98765 43210", amount_paise=6_00, reason=" court order ")
    assert (held.amount_paise, held.reason) == (6_00, "court order")
    assert [available_paise(superuser, alice, kind) for kind in ("available", "locked")] == [4_00, 6_00]
    release_money(phone=CAST["alice"], amount_paise=5_00, reason="cleared")
    assert [available_paise(superuser, alice, kind) for kind in ("available", "locked")] == [9_00, 1_00]
    books_are_right(superuser)


def test_more_than_there_is_is_refused_and_moves_nothing(
    alice: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    with pytest.raises(InsufficientBalance) as refused:
        hold_money(phone=CAST["alice"], amount_paise=10_01, reason="court order")
    assert refused.value.details == {"available_paise": 10_00}
    with pytest.raises(InsufficientBalance) as refused:
        release_money(phone=CAST["alice"], amount_paise=1, reason="cleared")
    assert refused.value.details == {"available_paise": 0}
    assert transfer_count(superuser) == 1


def test_somebody_who_is_not_there_and_a_reason_that_is_none(alice: UUID) -> None:
    with pytest.raises(PayeeNotFound):
        hold_money(phone=CAST["bob"], amount_paise=1, reason="court order")
    for reason in ("", "   ", "x" * 61, "two\nlines"):
        with pytest.raises(InvalidNote):
            hold_money(phone=CAST["alice"], amount_paise=1, reason=reason)


def test_a_correction_is_another_transfer_that_names_the_first(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    wrong = pay(alice, bob, 4_00)
    mended = correct_transfer(reference=wrong, reason="sent by mistake")
    assert (mended.amount_paise, mended.corrects_reference) == (4_00, wrong)
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (10_00, 0)
    assert transfer_count(superuser) == 3
    books_are_right(superuser)


def test_correcting_twice_is_correcting_once(alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    fund(alice, 10_00)
    wrong = pay(alice, bob, 4_00)
    pay(alice, bob, 4_00)
    first = correct_transfer(reference=wrong, reason="sent by mistake")
    assert correct_transfer(reference=wrong, reason="again") == first
    assert available_paise(superuser, bob) == 4_00


def test_added_money_can_be_corrected_back_to_its_bank(alice: UUID, fund: Fund, superuser: psycopg.Connection) -> None:
    reference = fund(alice, 10_00)
    correct_transfer(reference=reference, reason="the bank took it back")
    assert available_paise(superuser, alice) == 0
    assert reconcile().is_right


def test_money_that_is_spent_cannot_be_corrected_away(
    alice: UUID, bob: UUID, charlie: UUID, fund: Fund, superuser: psycopg.Connection
) -> None:
    fund(alice, 10_00)
    wrong = pay(alice, bob, 4_00)
    pay(bob, charlie, 1_00)
    with pytest.raises(InsufficientBalance):
        correct_transfer(reference=wrong, reason="sent by mistake")
    assert available_paise(superuser, bob) == 3_00


@pytest.mark.parametrize("reference", ["", "P-00000000000000", "\x00", "\ud800", "x" * 10_000])
def test_no_such_transfer(database_url: str, reference: str) -> None:
    with pytest.raises(TransferNotFound):
        correct_transfer(reference=reference, reason="sent by mistake")


def test_an_order_that_moved_nothing_is_no_transfer(alice: UUID) -> None:
    with pytest.raises(TransferNotFound):
        correct_transfer(reference=add_onramp(alice, 1_00), reason="sent by mistake")


def test_disputes_are_listed_newest_first(alice: UUID) -> None:
    reference = add_onramp(alice, 1_00)
    settle_onramp(bank_message(reference, 2_00, message_id="msg_first"))
    settle_onramp(bank_message("A-NOT-OURS", 2_00, message_id="msg_second"))
    second, first = list_disputed_messages()
    assert (first.message_id, first.reason, first.reference) == ("msg_first", "wrong-amount", reference)
    assert (second.message_id, second.reason) == ("msg_second", "unknown-reference")


def test_reconcile_prints_json_and_answers_0_or_1(
    alice: UUID, fund: Fund, superuser: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    fund(alice, 10_00)
    assert main(["reconcile"]) == 0
    found = answer(capsys)
    assert (found["people"], found["transfers"], found["onramps"]) == (1, 1, 1)
    assert (found["sum_of_books_paise"], found["differences"], found["is_right"]) == (0, [], True)
    superuser.execute("UPDATE account SET balance_paise = 999999 WHERE person_id = %s AND kind = 'locked'", [alice])
    assert main(["reconcile"]) == 1
    found = answer(capsys)
    (difference,) = found["differences"]
    assert (difference["person_id"], difference["stored_paise"], difference["rows_paise"]) == (str(alice), 999999, 0)
    assert found["sum_of_books_paise"] == 999999


def test_hold_release_correct_block_and_disputes_print_json(
    alice: UUID, bob: UUID, fund: Fund, superuser: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    fund(alice, 10_00)
    assert main(["hold", CAST["alice"], "2.50", "court order"]) == 0
    assert answer(capsys)["amount_paise"] == 2_50
    assert main(["release", CAST["alice"], "₹1", "cleared"]) == 0
    assert answer(capsys)["kind"] == "release"
    wrong = pay(alice, bob, 1_00)
    assert main(["correct", wrong, "sent by mistake"]) == 0
    assert answer(capsys)["corrects_reference"] == wrong
    assert main(["block", CAST["bob"]]) == 0
    answer(capsys)
    assert superuser.execute("SELECT blocked_at IS NOT NULL FROM person WHERE id = %s", [bob]).fetchone() == (True,)
    assert main(["unblock", CAST["bob"]]) == 0
    answer(capsys)
    assert superuser.execute("SELECT blocked_at IS NOT NULL FROM person WHERE id = %s", [bob]).fetchone() == (False,)
    settle_onramp(bank_message("A-NOT-OURS", 2_00))
    assert main(["disputes"]) == 0
    assert [dispute["reason"] for dispute in answer(capsys)] == ["unknown-reference"]
    assert main(["sweep"]) == 0
    assert answer(capsys) == {"ended": 0}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["hold", CAST["alice"], "a lot", "court order"], "The amount is no number of rupees."),
        (["hold", CAST["alice"], "0", "court order"], "The amount must be above zero."),
        (["hold", CAST["alice"], "1.005", "court order"], "An amount has at most two decimals."),
        (["hold", CAST["alice"], "1000000", "court order"], "One movement carries at most ₹1,00,000.00."),
        (["hold", CAST["alice"], "1", ""], "The reason must be there and have at most 60 characters"),
        (["hold", CAST["alice"], "1", "\u200d"], "The reason shows nothing."),
        (["hold", CAST["alice"], "1", "court order"], "There is only ₹0.00 to move."),
        (["hold", "12", "1", "court order"], "The phone number is none."),
        (["block", CAST["bob"]], "Nobody has this phone number."),
        (["correct", "P-00000000000000", "sent by mistake"], "There is no transfer with this reference."),
    ],
)
def test_a_refusal_is_a_sentence_and_status_2(
    alice: UUID, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(sentence)
    assert printed.err.count("\n") == 1


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | settings
    return subprocess.run(
        [sys.executable, "-m", "wallet_core", *arguments],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_as_a_process(database_url: str, alice: UUID, superuser: psycopg.Connection, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": database_url, "WALLET_DATA_DIR": str(tmp_path)}
    done = run("reconcile", **settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["is_right"] is True
    superuser.execute("UPDATE account SET balance_paise = 1 WHERE kind = 'available'")
    assert run("reconcile", **settings).returncode == 1


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://127.0.0.1:1/wallet", "The database cannot be reached. Start the wallet with make run"),
        ("", "DATABASE_URL is not set. Start the wallet with make run, or set DATABASE_URL."),
        ("mysql://127.0.0.1/wallet", "DATABASE_URL"),
    ],
)
def test_a_database_that_is_away_is_a_sentence_and_status_2(url: str, sentence: str, tmp_path: Path) -> None:
    done = run("reconcile", DATABASE_URL=url, WALLET_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


def test_a_database_without_tables_is_a_sentence_and_status_2(
    database_url: str, superuser: psycopg.Connection, tmp_path: Path
) -> None:
    superuser.execute("DROP TABLE onramp CASCADE")
    done = run("reconcile", DATABASE_URL=database_url, WALLET_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("The database has not the tables")


def test_no_command_is_a_usage_line_and_status_2(tmp_path: Path) -> None:
    done = run(WALLET_DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("usage: python -m wallet_core")
