"""The auditor: again and again, every stored balance against its rows, and our books against the bank's statement.

These are two rounds, each under a lock of its own: however long the bank takes, the balances are looked at in time.

A balance is compared with the sum of its rows as the last look left it, plus the rows that came since: cheap, however
long the history is. A second, slow pass works every sum out from nothing. Whatever disagrees is looked at once more
with the account locked; if it still does, the debits of that account are frozen, and operators are told.

Nothing here can freeze a healthy account: balance and rows are read in one statement, and change in one commit.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from wallet_core import account_locks, db, ledger
from wallet_core.alone import while_alone
from wallet_core.errors import BankUnavailable, DatabaseUnavailable
from wallet_core.models import AccountCheckpoint, AuditState, Drift, Transfer
from wallet_core.notifications import notify_person
from wallet_core.services.audit_book import write_entry
from wallet_core.services.bank_audit import Suspicion, compare_with_bank
from wallet_core.services.operators import operator_ids
from wallet_core.views import AuditAction, AuditActor, DriftKind

log = logging.getLogger("wallet.auditor")

#: Whoever looks at the balances holds the first, whoever compares them with the bank's the second ("books" and "audit"
#: in ASCII). A release that did both in one round took the second one: while it is replaced no credit is counted twice.
BALANCES_LOCK: Final = 0x626F6F6B73
BANK_LOCK: Final = 0x6175646974

#: A round is over in seconds; a first one, which sums everything, may take long.
ROUND_AT_MOST_S: Final = 15 * 60
STATEMENT_TIMEOUT_MS: Final = 5 * 60 * 1000

#: Accounts in one statement: some ten milliseconds where nothing has moved.
PAGE_ACCOUNTS: Final = 5_000

#: The slow pass comes round in about so long, a part of it in each round, where a second of each round is enough for
#: that. To begin again at once took a second of every round in a wallet of 20,000 accounts, and the bank's door waited.
FULL_PASS_EVERY_S: Final = 30 * 60
FULL_PAGE_ACCOUNTS: Final = 200
FULL_PASS_S: Final = 1

#: One statement, hence one moment. Numbers of an account's rows grow in the order of its commits (they are given under
#: its lock), so what came since is what has a greater number. That is looked for also where the balance is still what
#: the checkpoint says: a row that somebody made up changes no balance.
#: The first checkpoint of an account locks its row, as foreign keys do: who is held has it in a later round.
#: The account is said twice: where one bank is on a side of nearly every transfer the planner takes the primary key for
#: as good as the index of that side, and looks through everybody's transfers for each account (400 times as long).
_COMPARE_PAGE: Final = text("""
    WITH page AS (
        SELECT a.id, a.balance_paise, a.debits_frozen_at, c.account_id IS NULL AS is_first,
               CASE WHEN NOT :from_nothing THEN c.sum_paise END AS sum_paise,
               CASE WHEN :from_nothing THEN 0 ELSE coalesce(c.upto_transfer_id, 0) END AS upto
        FROM account a LEFT JOIN account_checkpoint c ON c.account_id = a.id
        WHERE a.id > :after AND a.balance_paise IS NOT NULL ORDER BY a.id LIMIT :accounts
    ),
    summed AS MATERIALIZED (
        SELECT p.id, p.balance_paise, coalesce(p.sum_paise, 0) + since.sum_paise AS rows_paise, since.upto, p.is_first,
               p.sum_paise IS NULL OR since.upto > p.upto AS is_news
        FROM page p CROSS JOIN LATERAL (
            SELECT CAST(coalesce(sum(moved.paise), 0) AS bigint) AS sum_paise, coalesce(max(moved.id), p.upto) AS upto
            FROM (
                SELECT t.id, t.amount_paise AS paise FROM transfer t
                WHERE t.credit_account_id = p.id AND t.credit_account_id BETWEEN p.id AND p.id AND t.id > p.upto
                UNION ALL
                SELECT t.id, -t.amount_paise FROM transfer t
                WHERE t.debit_account_id = p.id AND t.debit_account_id BETWEEN p.id AND p.id AND t.id > p.upto
            ) moved
        ) since
        WHERE p.debits_frozen_at IS NULL
    ),
    kept AS (
        INSERT INTO account_checkpoint (account_id, sum_paise, upto_transfer_id)
        SELECT id, rows_paise, upto FROM summed WHERE rows_paise = balance_paise AND is_news
          AND (NOT is_first OR EXISTS (SELECT FROM account a WHERE a.id = summed.id FOR KEY SHARE SKIP LOCKED))
        ON CONFLICT (account_id) DO UPDATE
        SET sum_paise = excluded.sum_paise, upto_transfer_id = excluded.upto_transfer_id
    )
    SELECT (SELECT max(id) FROM page), (SELECT count(*) FROM page),
           ARRAY(SELECT id FROM summed WHERE rows_paise <> balance_paise ORDER BY id)
""")


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at the balances saw."""

    accounts: int
    found: int  # what is wrong and was not known


@dataclass(frozen=True, slots=True)
class BankRound:
    """What one comparison with the bank saw."""

    found: int  # what disagrees and was not known
    bank_answered: bool


@dataclass(frozen=True, slots=True)
class Audited:
    """When the auditor looked last, and what is open: two rows, for the page, for alerts and for metrics."""

    round_at: datetime | None
    round_ms: int
    accounts: int
    open_drifts: int
    full_at: datetime | None
    statement_at: datetime | None  # when the bank gave one last
    uncompared_since: datetime | None  # when the oldest transfer was made that waits to be compared with it


def audited(session: Session) -> Audited:
    state = session.get_one(AuditState, 1)
    # By number, and not by moment: there is an index for it, and numbers are given nearly in order.
    waiting = select(col(Transfer.created_at)).where(col(Transfer.id) > state.walked_transfer_id)
    since = session.scalars(waiting.order_by(col(Transfer.id)).limit(1)).first()
    return Audited(
        state.round_at, state.round_ms, state.accounts, state.open_drifts, state.full_at, state.statement_at, since
    )


def audit_balances(*, every_s: int, is_stopped: Callable[[], bool] = lambda: False) -> Round | None:
    """One look at every balance, unless another process is at it or has just been: then None.

    Raises: DatabaseUnavailable (the next round goes on where this one ended).
    """

    def work() -> Round | None:
        if _was_just_done(col(AuditState.round_at), every_s):
            return None
        started_s = time.monotonic()
        accounts, found = _compare_all(is_stopped)
        found += _full_pass(accounts * every_s // FULL_PASS_EVERY_S, is_stopped)
        _write_round(accounts, round_ms=int((time.monotonic() - started_s) * 1000))
        return Round(accounts, found)

    return while_alone(BALANCES_LOCK, work, at_most_s=ROUND_AT_MOST_S)


def audit_bank(*, every_s: int, is_stopped: Callable[[], bool] = lambda: False) -> BankRound | None:
    """One comparison of our books with the bank's, unless another process is at it or has just been: then None.

    Raises: DatabaseUnavailable (the next round goes on where this one ended).
    """

    def work() -> BankRound | None:
        # A bank that gave no statement may be asked again by whoever comes first.
        if _was_just_done(col(AuditState.statement_at), every_s):
            return None
        try:
            return BankRound(compare_with_bank(_look_into, is_stopped), bank_answered=True)
        except BankUnavailable:
            log.warning("the bank gives no answer, its books are compared later")
            return BankRound(found=0, bank_answered=False)

    return while_alone(BANK_LOCK, work, at_most_s=ROUND_AT_MOST_S)


def _was_just_done(at: Mapped[datetime | None], every_s: int) -> bool:
    since = func.extract("epoch", func.clock_timestamp() - at)
    # Half of it: clocks and timers are not that exact, and two processes shall not do the work of one.
    return bool(db.read(lambda session: session.connection().execute(select(since * 2 < every_s)).scalar()))


def _compare_all(is_stopped: Callable[[], bool]) -> tuple[int, int]:
    """Every account once. Answers how many there are, and how much was found."""
    after, accounts, found = 0, 0, 0
    while not is_stopped():
        last, count, suspects = _compare_page(after, PAGE_ACCOUNTS, from_nothing=False)
        if last is None:
            break
        after, accounts = last, accounts + count
        found += _freeze_those_wrong(suspects)
    return accounts, found


def _full_pass(accounts: int, is_stopped: Callable[[], bool]) -> int:
    """Goes on with the slow pass, by one page or so many accounts. Answers how much was found."""
    after = db.read(lambda session: session.get_one(AuditState, 1).full_account_id)
    found, seen, deadline_s = 0, 0, time.monotonic() + FULL_PASS_S
    while not is_stopped() and seen <= accounts and time.monotonic() < deadline_s:
        last, count, suspects = _compare_page(after, FULL_PAGE_ACCOUNTS, from_nothing=True)
        found += _freeze_those_wrong(suspects)
        seen += count
        if last is None or count < FULL_PAGE_ACCOUNTS:
            _set_state(full_account_id=0, full_at=func.clock_timestamp())
            return found
        after = last
    _set_state(full_account_id=after)
    return found


def _compare_page(after: int, accounts: int, *, from_nothing: bool) -> tuple[int | None, int, list[int]]:
    """The number of the page's last account, how many there were, and those that seem wrong."""

    def work(session: Session) -> tuple[int | None, int, list[int]]:
        connection = session.connection()
        limit = {"limit": str(STATEMENT_TIMEOUT_MS)}
        connection.execute(text("SELECT set_config('statement_timeout', :limit, true)"), limit)
        page = {"after": after, "accounts": accounts, "from_nothing": from_nothing}
        last, count, suspects = connection.execute(_COMPARE_PAGE, page).one()
        return last, count, suspects

    return db.in_transaction(work)


def _freeze_those_wrong(account_ids: Iterable[int]) -> int:
    """Answers how many they were. One that somebody holds is summed from nothing in the next round."""
    found = 0
    for account_id in account_ids:
        try:
            found += _freeze_if_wrong(account_id)
        except DatabaseUnavailable as error:
            if not _is_held(error, account_id):
                raise
            _forget_checkpoint(account_id)
    return found


def _is_held(error: DatabaseUnavailable, account_id: int | None) -> bool:
    """Whether somebody holds that account for longer than we wait; whoever reads the log is told."""
    is_held = db.is_held_up(error)
    if is_held:
        log.error("account held", extra={"account_id": account_id})
    return is_held


def _forget_checkpoint(account_id: int) -> None:
    def work(session: Session) -> None:
        checkpoint = update(AccountCheckpoint).where(col(AccountCheckpoint.account_id) == account_id)
        session.connection().execute(checkpoint.values(sum_paise=0, upto_transfer_id=0))

    db.in_transaction(work)


def _freeze_if_wrong(account_id: int) -> bool:
    """Looks again while nobody can move anything. Answers whether it was wrong, and now is frozen."""

    def work(session: Session) -> bool:
        book = account_locks.lock_book(session, account_id)
        if book is None or book.stored_paise == book.rows_paise:
            return False
        return _record(
            session,
            DriftKind.BALANCE,
            str(account_id),
            ours_paise=book.stored_paise,
            theirs_paise=book.rows_paise,
            account_id=account_id,
            person_id=book.person_id,
        )

    return db.in_transaction(work)


def _look_into(suspicion: Suspicion) -> bool:
    def work(session: Session) -> bool:
        book = account_locks.lock_book(session, suspicion.account_id) if suspicion.account_id else None
        return _record(
            session,
            suspicion.kind,
            suspicion.reference,
            ours_paise=suspicion.ours_paise,
            theirs_paise=suspicion.theirs_paise,
            account_id=suspicion.account_id if book else None,
            person_id=book.person_id if book else None,
        )

    try:
        return db.in_transaction(work)
    except DatabaseUnavailable as error:
        _is_held(error, suspicion.account_id)
        raise


def _record(
    session: Session,
    kind: DriftKind,
    subject: str,
    *,
    ours_paise: int,
    theirs_paise: int,
    account_id: int | None,
    person_id: UUID | None,
) -> bool:
    """Writes a finding down, once while it is open, freezes its account, and tells. Answers whether it is new."""
    finding = insert(Drift).values(
        kind=kind, subject=subject, account_id=account_id, ours_paise=ours_paise, theirs_paise=theirs_paise
    )
    finding = finding.on_conflict_do_nothing(
        index_elements=["kind", "subject"], index_where=col(Drift.cleared_at).is_(None)
    )
    written = session.connection().execute(finding.returning(col(Drift.id)))
    if account_id is not None:
        ledger.set_debits_frozen(session, account_id, frozen=True)
    if written.scalar() is None:
        return False
    # In this commit: an alert on it waits for no end of a round.
    session.connection().execute(update(AuditState).values(open_drifts=_open_drifts()))
    what = {"person_id": person_id, "account_id": account_id, "reference": subject, "reason": kind.value}
    write_entry(session, AuditAction.DRIFT_FOUND, actor=AuditActor.AUDITOR, **what)  # type: ignore[arg-type]
    if account_id is not None:
        write_entry(session, AuditAction.FROZE_ACCOUNT, actor=AuditActor.AUDITOR, **what)  # type: ignore[arg-type]
    for waking in {*operator_ids(session), *([person_id] if person_id else [])}:
        notify_person(session, waking)
    log.error(
        "drift",
        extra={
            "kind": kind.value,
            "subject": subject,
            "account_id": account_id,
            "ours_paise": ours_paise,
            "theirs_paise": theirs_paise,
        },
    )
    return True


def _write_round(accounts: int, *, round_ms: int) -> None:
    # Counted anew, for operators close findings meanwhile.
    _set_state(round_at=func.clock_timestamp(), round_ms=round_ms, accounts=accounts, open_drifts=_open_drifts())


def _open_drifts() -> ScalarSelect[int]:
    return select(func.count()).select_from(Drift).where(col(Drift.cleared_at).is_(None)).scalar_subquery()


def _set_state(**values: object) -> None:
    def work(session: Session) -> None:
        session.connection().execute(update(AuditState).values(**values))

    db.in_transaction(work)
