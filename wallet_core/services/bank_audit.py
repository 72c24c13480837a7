"""Our credits against the bank's statement, in both directions.

The statement is read from where the last look ended, and kept. Every credit of ours must have its line, with the same
amount and bank; where it has none, the bank is asked about that order before anything is said to be wrong. Every line
must have its order, credited within a time. Money that no order took from a bank came from nowhere.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from wallet_core import bank_client, db
from wallet_core.bank_client import StatementPage
from wallet_core.config import get_settings
from wallet_core.ids import is_reference
from wallet_core.models import AuditState, BankBook, StatementLine
from wallet_core.money import MAX_BIGINT
from wallet_core.services.demo import KEY_PREFIX
from wallet_core.views import DriftKind

#: Credits younger than this are compared in the next round: the bank's line may lag, and a lower number may still be
#: on its way to its commit (no statement of ours may take longer than ten seconds).
SETTLED_AFTER: Final = timedelta(seconds=25)

#: By then the message came, or the sweep has asked.
CREDITED_WITHIN: Final = timedelta(minutes=10)

#: Transfers in one look; in each round as many as this time allows, and the same time for the statement. The clock is
#: looked at before each transfer, for the bank may have to be asked about it.
PAGE_TRANSFERS: Final = 2_000
WALK_S: Final = 10

#: Lines without a credit that are looked at in one round, the oldest first.
MAX_UNMATCHED: Final = 500

#: Credits with what the bank says of them, and corrections that gave money back to a bank. A bank and suspense store no
#: balance that could tell what was made up: money leaves them by an order, or by the mirror of what it corrects.
#: The page ends before the first transfer that is too young, so that none is passed over.
_WALK: Final = text("""
    WITH page AS MATERIALIZED (
        SELECT t.*, t.created_at BETWEEN clock_timestamp() - :settled_after AND clock_timestamp() AS is_young
        FROM transfer t WHERE t.id > :after ORDER BY t.id LIMIT :transfers
    )
    SELECT p.id, p.reference, p.kind, p.amount_paise, p.credit_account_id,
           coalesce(debit.bank_code, credit.bank_code) AS bank_code, line.payment_id, line.amount_paise AS stated_paise,
           line.bank_code AS stated_bank_code,
           debit.bank_code IS NOT NULL AS is_from_bank, o.reference IS NOT NULL AS is_ordered,
           o.key LIKE :demo_keys AS is_demo,
           p.kind <> 'onramp' AND debit.balance_paise IS NULL AND NOT EXISTS (
               SELECT FROM transfer wrong
               WHERE wrong.id = p.corrects_transfer_id
                 AND (wrong.debit_account_id, wrong.credit_account_id, wrong.amount_paise)
                   = (p.credit_account_id, p.debit_account_id, p.amount_paise)
           ) AS is_made_up
    FROM page p
    LEFT JOIN account debit ON debit.id = p.debit_account_id
    LEFT JOIN account credit ON credit.id = p.credit_account_id
    LEFT JOIN onramp o ON p.kind = 'onramp' AND o.reference = p.reference
    LEFT JOIN LATERAL (
        SELECT l.payment_id, l.amount_paise, l.bank_code FROM statement_line l
        -- If the bank took it twice, the other one is no payment of ours.
        WHERE p.kind = 'onramp' AND l.reference = p.reference AND l.payment_id = coalesce(o.payment_id, l.payment_id)
        ORDER BY l.payment_id LIMIT 1
    ) line ON true
    WHERE p.id < coalesce((SELECT min(young.id) FROM page young WHERE young.is_young), :no_end)
    ORDER BY p.id
""")

_UNMATCHED: Final = text("""
    SELECT l.payment_id, l.reference, l.amount_paise, o.reference IS NOT NULL AS is_known,
           coalesce(o.amount_paise, 0) AS ordered_paise, o.status,
           o.amount_paise = l.amount_paise AND o.bank_code = l.bank_code
               AND coalesce(o.payment_id, l.payment_id) = l.payment_id AS agrees,
           coalesce(o.transfer_id <= (SELECT s.walked_transfer_id FROM audit_state s), false) AS is_walked,
           l.paid_at < now() - :credited_within AS is_late
    FROM statement_line l LEFT JOIN onramp o ON o.reference = l.reference
    WHERE NOT l.is_matched AND l.paid_at < now() - :settled_after
      AND NOT EXISTS (SELECT FROM drift d WHERE d.subject = l.reference)
    ORDER BY l.paid_at LIMIT :max_unmatched
""")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something between us and the bank that does not agree."""

    kind: DriftKind
    reference: str
    ours_paise: int
    theirs_paise: int
    account_id: int | None  # whose debits are to be frozen


@dataclass(frozen=True, slots=True)
class _Page:
    """The next transfers, from where the walk has come."""

    after: int
    rows: Sequence[Any]


#: Writes a suspicion down and answers whether it is new.
Report = Callable[[Suspicion], bool]


def compare_with_bank(report: Report, is_stopped: Callable[[], bool]) -> int:
    """Reads the bank's statement on, and compares what is new on both sides. Answers how much was found.

    ``report`` comes before anything is marked as compared: what is lost in between is found again.
    Raises: BankUnavailable (what was compared before stays so), DatabaseUnavailable.
    """
    if not _read_statement(is_stopped):
        return 0
    found, deadline_s = 0, time.monotonic() + WALK_S

    def is_over() -> bool:
        return is_stopped() or time.monotonic() > deadline_s

    try:
        while not is_over() and (page := db.read(_next_transfers)).rows:
            found += _compare(page, report, is_over)
    finally:
        # Also where the bank has no answer about one order, and the walk stands there.
        found += sum(report(suspicion) for suspicion in db.in_transaction(_unmatched))
    return found


def _compare(page: _Page, report: Report, is_over: Callable[[], bool]) -> int:
    """As many of them as there is time for; the rest comes in the next round. Answers how much was found."""
    found = compared = 0
    try:
        for row in page.rows:
            if is_over():
                break
            suspicion = _suspect(row)
            found += suspicion is not None and report(suspicion)
            compared += 1
    finally:
        # Also where the bank has no answer about the next one: it is asked about none of these again.
        if compared:
            db.in_transaction(partial(_keep_walk, after=page.after, rows=page.rows[:compared]))
    return found


def _read_statement(is_stopped: Callable[[], bool]) -> bool:
    """Answers whether all of it is read: before that, a missing line says nothing."""
    deadline_s = time.monotonic() + WALK_S
    while not is_stopped() and time.monotonic() < deadline_s:
        position = db.read(lambda session: session.get_one(AuditState, 1).statement_cursor)
        page = bank_client.read_statement(position)
        db.in_transaction(partial(_keep_statement, page=page))
        if not page.has_more or page.next_position == position:
            return True
    return False


def _keep_statement(session: Session, page: StatementPage) -> None:
    connection = session.connection()
    lines = [
        {
            "payment_id": line.payment_id,
            "reference": line.reference,
            "bank_code": line.bank_code,
            "amount_paise": line.amount_paise,
            "paid_at": line.paid_at,
        }
        for line in page.lines
    ]
    if lines:
        new = insert(StatementLine).values(lines).on_conflict_do_nothing(index_elements=["payment_id"])
        added = connection.execute(new.returning(col(StatementLine.bank_code), col(StatementLine.amount_paise))).all()
        for bank_code in {row.bank_code for row in added}:
            paise = [row.amount_paise for row in added if row.bank_code == bank_code]
            _add_to_book(session, bank_code, stated_count=len(paise), stated_paise=sum(paise))
    connection.execute(
        update(AuditState).values(statement_cursor=page.next_position, statement_at=func.clock_timestamp())
    )


def _next_transfers(session: Session) -> _Page:
    after = session.get_one(AuditState, 1).walked_transfer_id
    limits = {
        "after": after,
        "transfers": PAGE_TRANSFERS,
        "settled_after": SETTLED_AFTER,
        "demo_keys": f"{KEY_PREFIX}%",
        "no_end": MAX_BIGINT,
    }
    return _Page(after, session.connection().execute(_WALK, limits).all())


def _suspect(row: Any) -> Suspicion | None:
    """What is wrong with a credit of ours; None where nothing is.

    Raises: BankUnavailable.
    """
    if row.is_made_up:
        return Suspicion(DriftKind.NOT_AT_BANK, row.reference, row.amount_paise, 0, row.credit_account_id)
    if row.kind != "onramp" or (row.stated_paise, row.stated_bank_code) == (row.amount_paise, row.bank_code):
        return None
    if row.payment_id is not None:
        return Suspicion(
            DriftKind.WRONG_AT_BANK, row.reference, row.amount_paise, row.stated_paise, row.credit_account_id
        )
    if row.is_demo and not get_settings().is_production:
        return None
    # What we never asked the bank for, nor could have, it need not be asked about.
    is_asked = row.is_ordered and is_reference(row.reference)
    payment = bank_client.find_payment(row.reference) if is_asked else None
    if payment is not None and payment.status == "succeeded" and payment.amount_paise == row.amount_paise:
        return None
    theirs_paise = payment.amount_paise if payment is not None and payment.status == "succeeded" else 0
    return Suspicion(DriftKind.NOT_AT_BANK, row.reference, row.amount_paise, theirs_paise, row.credit_account_id)


def _keep_walk(session: Session, after: int, rows: Sequence[Any]) -> None:
    """The sums of our side, which lines have their credit, and how far this went."""
    connection = session.connection()
    walk = update(AuditState).where(col(AuditState.walked_transfer_id) == after)
    if connection.execute(walk.values(walked_transfer_id=rows[-1].id)).rowcount == 0:
        # The connection that held the lock was lost, and another process has been here: nothing is counted twice.
        return
    credited = [row for row in rows if row.is_from_bank and (row.kind == "onramp" or row.is_made_up)]
    returned = [row for row in rows if row.bank_code is not None and row.kind == "correction" and not row.is_made_up]
    for bank_code in {row.bank_code for row in credited + returned}:
        paise = [row.amount_paise for row in credited if row.bank_code == bank_code]
        # What corrects a correction takes the money from the bank again.
        back_paise = sum(
            -row.amount_paise if row.is_from_bank else row.amount_paise
            for row in returned
            if row.bank_code == bank_code
        )
        _add_to_book(
            session, bank_code, credited_count=len(paise), credited_paise=sum(paise), returned_paise=back_paise
        )
    matched = [row.payment_id for row in credited if row.payment_id is not None]
    _mark_matched(session, matched)


def _unmatched(session: Session) -> list[Suspicion]:
    """Lines without a credit. What disagrees was never credited, by the wallet's own rules: nothing is to be frozen."""
    limits = {"settled_after": SETTLED_AFTER, "credited_within": CREDITED_WITHIN, "max_unmatched": MAX_UNMATCHED}
    found, matched = [], []
    for row in session.connection().execute(_UNMATCHED, limits):
        if not row.is_known:
            found.append(Suspicion(DriftKind.UNKNOWN_ORDER, row.reference, 0, row.amount_paise, None))
        elif not row.agrees:
            ours_paise = row.ordered_paise if row.status == "succeeded" else 0
            found.append(Suspicion(DriftKind.WRONG_AT_BANK, row.reference, ours_paise, row.amount_paise, None))
        elif row.is_walked:
            # The bank was asked about it when its line was not there yet.
            matched.append(row.payment_id)
        elif row.status != "succeeded" and row.is_late:
            found.append(Suspicion(DriftKind.NOT_CREDITED, row.reference, 0, row.amount_paise, None))
    _mark_matched(session, matched)
    return found


def _mark_matched(session: Session, payment_ids: Sequence[str]) -> None:
    these = update(StatementLine).where(col(StatementLine.payment_id).in_(payment_ids))
    session.connection().execute(these.values(is_matched=True))


def _add_to_book(session: Session, bank_code: str, **added: int) -> None:
    new = insert(BankBook).values(bank_code=bank_code, **added)
    more = {name: getattr(BankBook, name) + value for name, value in added.items()}
    session.connection().execute(new.on_conflict_do_update(index_elements=["bank_code"], set_=more))
