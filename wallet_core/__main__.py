"""The operators' door: ``python -m wallet_core <command>``. JSON on stdout, sentences on stderr.

Exit status: 0 done, 1 ``reconcile`` found a difference, 2 refused (nothing changed).
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy.exc

from wallet_core import db
from wallet_core.config import get_settings
from wallet_core.errors import (
    AccountFrozen,
    AccountMissing,
    AmountAboveLimit,
    AmountNotPositive,
    AmountTooPrecise,
    DatabaseUnavailable,
    InsufficientBalance,
    InvalidAmount,
    InvalidNote,
    InvalidPhone,
    InvisibleNote,
    PayeeNotFound,
    PersonNotFound,
    SettingsError,
    TransferNotFound,
    WalletError,
)
from wallet_core.money import format_rupees, parse_amount_paise
from wallet_core.services.demo import seed_demo_people
from wallet_core.services.onramps import sweep_onramps
from wallet_core.services.operations import (
    correct_transfer,
    hold_money,
    list_disputed_messages,
    list_reports,
    release_money,
)
from wallet_core.services.operators import grant_operator, revoke_operator
from wallet_core.services.oversight import record_reconciliation
from wallet_core.services.people import block_person, unblock_person
from wallet_core.services.reconciliation import reconcile

DONE: Final = 0
FOUND_A_DIFFERENCE: Final = 1
REFUSED: Final = 2

_SENTENCES: Final[dict[str, str]] = {
    InvalidAmount.code: "The amount is no number of rupees. Write it like 500 or 500.50.",
    AmountTooPrecise.code: "An amount has at most two decimals.",
    AmountNotPositive.code: "The amount must be above zero.",
    AmountAboveLimit.code: "One movement carries at most {limit}.",
    InvalidPhone.code: "The phone number is none. Write it like +919876543210.",
    InvalidNote.code: "The reason must be there and have at most {max_characters} characters; the person reads it.",
    InvisibleNote.code: "The reason shows nothing. Write what the person shall read.",
    PayeeNotFound.code: "Nobody has this phone number.",
    TransferNotFound.code: "There is no transfer with this reference.",
    PersonNotFound.code: "Nobody has this phone number.",
    AccountFrozen.code: "The books of this account disagree, so it gives nothing. See /operator.",
    InsufficientBalance.code: "There is only {available} to move.",
    DatabaseUnavailable.code: (
        "The database cannot be reached. Start the wallet with make run, or set DATABASE_URL to a PostgreSQL that runs."
    ),
}

_NOT_MIGRATED: Final = "The database has not the tables of this version. Run alembic upgrade head first."
_BOOKS_BROKEN: Final = "An account is missing, so nothing was moved. Run python -m wallet_core reconcile."


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and answers its exit status."""
    asked = _parser().parse_args(arguments)
    try:
        _find_database()
        status: int = asked.run(asked)
    except WalletError as error:
        print(_sentence(error), file=sys.stderr)
        return REFUSED
    except AccountMissing:
        print(_BOOKS_BROKEN, file=sys.stderr)
        return REFUSED
    except sqlalchemy.exc.ProgrammingError:
        print(_NOT_MIGRATED, file=sys.stderr)
        return REFUSED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m wallet_core", description="For those who run the wallet.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, words: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=words, description=words)
        command.set_defaults(run=run)
        return command

    add("reconcile", "prove that every balance equals its rows; status 1 where one does not", _reconcile)
    add("disputes", "messages of the bank that disagreed with our books", _disputes)
    add("reports", "requests for money that people reported", _reports)
    add("sweep", "ask the bank about orders that wait for long", _sweep)
    add("seed-demo", "make the demo people (development only)", _seed_demo)
    for name, words, move in (
        ("hold", "lock money of a person", hold_money),
        ("release", "give locked money back", release_money),
    ):
        command = add(name, words, _posting(move))
        command.add_argument("phone", help="such as +919876543210")
        command.add_argument("amount", help="in rupees, such as 500.50")
        command.add_argument("reason", help="the person reads it in the history")
    command = add("correct", "move a transfer's amount back, by another transfer that names it", _correct)
    command.add_argument("reference", help="of the transfer that was wrong")
    command.add_argument("reason", help="both people read it in the history")
    for name, words, change in (
        ("block", "sign a person out everywhere and keep them out", block_person),
        ("unblock", "let a blocked person in again", unblock_person),
    ):
        add(name, words, _phone_change(change)).add_argument("phone", help="such as +919876543210")
    for name, words, change in (
        ("grant-operator", "let a person use /operator", grant_operator),
        ("revoke-operator", "take that away, at once", revoke_operator),
    ):
        add(name, words, _phone_change(change)).add_argument("phone", help="such as +919876543210")
    return parser


def _reconcile(_: argparse.Namespace) -> int:
    found = reconcile()
    # A copy that may only be read is reconciled all the same.
    with suppress(DatabaseUnavailable):
        record_reconciliation(found)
    _print({**dataclasses.asdict(found), "is_right": found.is_right})
    return DONE if found.is_right else FOUND_A_DIFFERENCE


def _disputes(_: argparse.Namespace) -> int:
    _print([dataclasses.asdict(dispute) for dispute in list_disputed_messages()])
    return DONE


def _reports(_: argparse.Namespace) -> int:
    _print([dataclasses.asdict(report) for report in list_reports()])
    return DONE


def _sweep(_: argparse.Namespace) -> int:
    _print({"ended": sweep_onramps()})
    return DONE


def _seed_demo(_: argparse.Namespace) -> int:
    seed_demo_people()
    _print({"seeded": True})
    return DONE


def _posting(move: Callable[..., Any]) -> Callable[[argparse.Namespace], int]:
    def run(asked: argparse.Namespace) -> int:
        posting = move(phone=asked.phone, amount_paise=parse_amount_paise(asked.amount), reason=asked.reason)
        _print(dataclasses.asdict(posting))
        return DONE

    return run


def _correct(asked: argparse.Namespace) -> int:
    _print(dataclasses.asdict(correct_transfer(reference=asked.reference, reason=asked.reason)))
    return DONE


def _phone_change(change: Callable[..., None]) -> Callable[[argparse.Namespace], int]:
    def run(asked: argparse.Namespace) -> int:
        change(phone=asked.phone)
        _print({"phone": asked.phone, "done": change.__name__})
        return DONE

    return run


def _find_database() -> None:
    """Without DATABASE_URL the wallet keeps its own PostgreSQL: the one that ``make run`` has started, if it has."""
    settings = get_settings()
    folder = settings.data_dir / "postgres"
    if not settings.database_url and (folder / "PG_VERSION").exists():
        from wallet_core.embedded_postgres import EmbeddedPostgres  # only here: no other command of ours needs it

        db.configure(EmbeddedPostgres(folder).url())


def _sentence(error: WalletError) -> str:
    if isinstance(error, SettingsError):
        return str(error)
    details = {**error.details}
    if "limit_paise" in details:
        details["limit"] = format_rupees(int(details["limit_paise"]))
    if "available_paise" in details:
        details["available"] = format_rupees(int(details["available_paise"]))
    return _SENTENCES.get(error.code, f"Refused: {error.code}.").format(**details)


def _print(answer: object) -> None:
    print(json.dumps(answer, indent=2, ensure_ascii=False, default=_as_text))


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


if __name__ == "__main__":
    sys.exit(main())
