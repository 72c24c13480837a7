"""The bank's own memory: payments, the queue of messages, and the log of every attempt, in one SQLite file.

WAL mode with synchronous FULL: what a method has answered is on disk, and survives a kill or a power cut. One
connection behind one lock: a demo has no need for more, and two choices can never interleave. Every method blocks
for some milliseconds, so the server calls them in threads.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from bank_simulator.faults import Choice, Event, Fault, PlannedMessage
from bank_simulator.payments import (
    Attempt,
    Message,
    Payment,
    PaymentRequest,
    message_body,
    new_payment_id,
    new_webhook_id,
)

#: How long to wait for another program that looks into the file.
BUSY_TIMEOUT_S: Final = 5

#: The log keeps this much of an answer: enough to read a reason, not a page of HTML.
ANSWER_MAX_CHARACTERS: Final = 200

#: Messages and their attempts are shown for this long after their payment was asked for; payments are kept for ever, as
#: a bank keeps its books.
LOG_KEPT_DAYS: Final = 30

#: Messages removed in one transaction: whoever chooses meanwhile waits some milliseconds.
PRUNED_AT_ONCE: Final = 500

_DAY_MS: Final = 24 * 60 * 60 * 1000

#: Raised with every change of the tables; a file of another version is refused, not guessed at.
SCHEMA_VERSION: Final = 1

_SCHEMA: Final = """
CREATE TABLE payment (
    payment_id TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    amount_paise INTEGER NOT NULL CHECK (amount_paise > 0),
    currency TEXT NOT NULL,
    bank TEXT NOT NULL,
    return_url TEXT NOT NULL,
    choice TEXT,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    decided_at_ms INTEGER,
    CHECK ((choice IS NULL) = (decided_at_ms IS NULL))
) STRICT;
CREATE INDEX payment_created ON payment (created_at_ms);
CREATE TABLE message (
    number INTEGER PRIMARY KEY,
    webhook_id TEXT NOT NULL UNIQUE,
    payment_id TEXT NOT NULL REFERENCES payment,
    event TEXT NOT NULL,
    fault TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given-up')),
    attempts INTEGER NOT NULL DEFAULT 0,
    refusals INTEGER NOT NULL DEFAULT 0,
    due_at_ms INTEGER NOT NULL,
    follows_id TEXT
) STRICT;
CREATE INDEX message_payment ON message (payment_id);
CREATE INDEX message_waiting ON message (due_at_ms) WHERE state = 'waiting';
CREATE TABLE attempt (
    attempt_id INTEGER PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES message (webhook_id),
    fault TEXT NOT NULL,
    started_at_ms INTEGER NOT NULL,
    status_code INTEGER,
    answer TEXT NOT NULL DEFAULT '',
    duration_ms INTEGER
) STRICT;
CREATE INDEX attempt_message ON attempt (webhook_id);
"""

#: Of no version of its own: a file without it only answers more slowly.
_STATEMENT_INDEX: Final = (
    "CREATE INDEX IF NOT EXISTS payment_decided ON payment (decided_at_ms, payment_id) WHERE decided_at_ms IS NOT NULL"
)

_MESSAGE_COLUMNS: Final = "webhook_id, payment_id, event, fault, body, state, attempts, refusals, due_at_ms, follows_id"


class StorageError(Exception):
    """The file cannot be used. Its text is one sentence for the person who starts the bank."""


class Storage:
    """Opens the file, and makes it where there is none."""

    def __init__(self, path: Path) -> None:
        """Raises: StorageError."""
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._make_tables()
            self._connection.execute(_STATEMENT_INDEX)
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"The bank's file {path} cannot be used: {error}.") from None

    def close(self) -> None:
        """Folds the write-ahead log into the file."""
        with self._lock:
            self._connection.close()

    def check(self) -> None:
        """Raises: sqlite3.Error when the file cannot be read."""
        with self._lock:
            self._connection.execute("SELECT 1 FROM payment LIMIT 1").fetchone()

    def create_payment(self, request: PaymentRequest, *, now_ms: int, expires_at_ms: int) -> tuple[Payment, bool]:
        """Answers the payment of this reference, and whether it is new. The caller compares an old one's request."""
        with self._transaction() as cursor:
            row = cursor.execute("SELECT * FROM payment WHERE reference = ?", (request.reference,)).fetchone()
            if row is not None:
                return _payment(row), False
            payment = Payment(new_payment_id(), request, None, now_ms, expires_at_ms, None)
            cursor.execute(
                "INSERT INTO payment (payment_id, reference, amount_paise, currency, bank, return_url, created_at_ms,"
                " expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    payment.payment_id,
                    request.reference,
                    request.amount_paise,
                    request.currency,
                    request.bank,
                    request.return_url,
                    now_ms,
                    expires_at_ms,
                ),
            )
            return payment, True

    def find_payment(self, payment_id: str) -> Payment | None:
        with self._lock:
            row = self._connection.execute("SELECT * FROM payment WHERE payment_id = ?", (payment_id,)).fetchone()
        return None if row is None else _payment(row)

    def find_by_reference(self, reference: str) -> Payment | None:
        with self._lock:
            row = self._connection.execute("SELECT * FROM payment WHERE reference = ?", (reference,)).fetchone()
        return None if row is None else _payment(row)

    def latest_payments(self, limit: int) -> list[Payment]:
        """Newest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT * FROM payment ORDER BY created_at_ms DESC, rowid DESC LIMIT ?", (limit,)
            ).fetchall()
        return [_payment(row) for row in rows]

    def statement(self, after: tuple[int, str], *, decided_before_ms: int, limit: int) -> list[Payment]:
        """Payments that succeeded, in the order in which they did, after this moment and payment."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT * FROM payment WHERE (decided_at_ms, payment_id) > (?, ?) AND decided_at_ms < ? AND choice <> ?"
                " ORDER BY decided_at_ms, payment_id LIMIT ?",
                (*after, decided_before_ms, Choice.DECLINE.value, limit),
            ).fetchall()
        return [_payment(row) for row in rows]

    def choose(self, payment: Payment, choice: Choice, planned: Iterable[PlannedMessage], *, now_ms: int) -> Payment:
        """Writes the choice and queues its messages in one transaction, unless there was a choice or time is up.

        Answers the payment as it then is: the caller sees from its choice whether this one counted.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE payment SET choice = ?, decided_at_ms = ?"
                " WHERE payment_id = ? AND choice IS NULL AND expires_at_ms > ?",
                (choice.value, now_ms, payment.payment_id, now_ms),
            )
            if cursor.rowcount != 1:
                row = cursor.execute("SELECT * FROM payment WHERE payment_id = ?", (payment.payment_id,)).fetchone()
                return _payment(row)
            previous_id = None
            for message in planned:
                previous_id = _queue(cursor, payment, message, previous_id, now_ms)
        return replace(payment, choice=choice, decided_at_ms=now_ms)

    def waiting_messages(self, limit: int) -> list[Message]:
        """What is still to be delivered, the first due first; without those that wait for another message."""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_MESSAGE_COLUMNS} FROM message WHERE state = 'waiting' AND NOT EXISTS"  # noqa: S608
                " (SELECT 1 FROM message AS before WHERE before.webhook_id = message.follows_id"
                " AND before.state = 'waiting') ORDER BY due_at_ms, number LIMIT ?",
                (limit,),
            ).fetchall()
        return [_message(row) for row in rows]

    def begin_attempt(self, message: Message, fault: Fault, *, now_ms: int) -> int:
        """Writes the line of the log before anything is sent, so that a kill in between leaves its trace."""
        with self._transaction() as cursor:
            cursor.execute("UPDATE message SET attempts = attempts + 1 WHERE webhook_id = ?", (message.webhook_id,))
            cursor.execute(
                "INSERT INTO attempt (webhook_id, fault, started_at_ms) VALUES (?, ?, ?)",
                (message.webhook_id, fault.value, now_ms),
            )
            assert cursor.lastrowid is not None  # noqa: S101  an INSERT always has one
            return cursor.lastrowid

    def finish_attempt(
        self,
        message: Message,
        attempt_id: int,
        *,
        status_code: int | None,
        answer: str,
        duration_ms: int,
        state: str,
        due_at_ms: int,
        refused: bool,
    ) -> None:
        """Writes how the attempt ended, and with it what becomes of the message."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE attempt SET status_code = ?, answer = ?, duration_ms = ? WHERE attempt_id = ?",
                (status_code, answer[:ANSWER_MAX_CHARACTERS], duration_ms, attempt_id),
            )
            cursor.execute(
                "UPDATE message SET state = ?, due_at_ms = ?, refusals = refusals + ? WHERE webhook_id = ?",
                (state, due_at_ms, int(refused), message.webhook_id),
            )

    def messages_of(self, payment_id: str) -> list[Message]:
        """In the order in which they were planned."""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_MESSAGE_COLUMNS} FROM message WHERE payment_id = ? ORDER BY number",  # noqa: S608
                (payment_id,),
            ).fetchall()
        return [_message(row) for row in rows]

    def attempts_of(self, payment_id: str) -> list[Attempt]:
        """The log of a payment, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT attempt.* FROM attempt JOIN message USING (webhook_id) WHERE payment_id = ?"
                " ORDER BY started_at_ms, attempt_id",
                (payment_id,),
            ).fetchall()
        return [Attempt(**{**dict(row), "fault": Fault(row["fault"])}) for row in rows]

    def prune_log(self, *, now_ms: int) -> int:
        """Removes old messages with their attempts, unless one of their payment still waits. Answers how many."""
        pruned = 0
        while removed := self._prune_some(now_ms - LOG_KEPT_DAYS * _DAY_MS):
            pruned += removed
        return pruned

    def _prune_some(self, created_before_ms: int) -> int:
        with self._transaction() as cursor:
            found = cursor.execute(
                "SELECT webhook_id FROM payment JOIN message USING (payment_id) WHERE created_at_ms < ? AND NOT EXISTS"
                " (SELECT 1 FROM message AS other WHERE other.payment_id = payment.payment_id"
                " AND other.state = 'waiting') LIMIT ?",
                (created_before_ms, PRUNED_AT_ONCE),
            ).fetchall()
            ids = [(row["webhook_id"],) for row in found]
            cursor.executemany("DELETE FROM attempt WHERE webhook_id = ?", ids)
            cursor.executemany("DELETE FROM message WHERE webhook_id = ?", ids)
        return len(ids)

    def _make_tables(self) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            return
        if version != 0:
            raise sqlite3.DatabaseError(f"it has version {version}, this bank reads version {SCHEMA_VERSION}")
        self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        """All or nothing, and on disk at its end."""
        with self._lock:
            cursor = self._connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise
            finally:
                cursor.close()


def _queue(
    cursor: sqlite3.Cursor, payment: Payment, message: PlannedMessage, previous_id: str | None, now_ms: int
) -> str:
    """Answers the new message's id."""
    webhook_id = new_webhook_id()
    # A message about something that failed before the success says so in its own moment.
    happened_at_ms = payment.created_at_ms if message.fault is Fault.OUT_OF_ORDER else now_ms
    body = message_body(payment.payment_id, payment.request, message.event, message.amount_paise, happened_at_ms)
    cursor.execute(
        "INSERT INTO message (webhook_id, payment_id, event, fault, body, state, due_at_ms, follows_id)"
        " VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)",
        (
            webhook_id,
            payment.payment_id,
            message.event.value,
            message.fault.value,
            body,
            now_ms + int(message.delay_s * 1000),
            previous_id if message.follows else None,
        ),
    )
    return webhook_id


def _payment(row: sqlite3.Row) -> Payment:
    request = PaymentRequest(row["reference"], row["amount_paise"], row["currency"], row["bank"], row["return_url"])
    choice = None if row["choice"] is None else Choice(row["choice"])
    return Payment(row["payment_id"], request, choice, row["created_at_ms"], row["expires_at_ms"], row["decided_at_ms"])


def _message(row: sqlite3.Row) -> Message:
    return Message(**{**dict(row), "event": Event(row["event"]), "fault": Fault(row["fault"])})
