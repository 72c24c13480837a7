"""Limits on attempts: token buckets in the database, so that all processes and machines count together.

A bucket holds ``capacity`` tokens and gets one back every ``refill_every_s``. Each attempt takes one. A bucket
always fills again: a limit slows everybody down and locks nobody out for ever.
"""

import ipaddress
import math
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import TextClause, text
from sqlmodel import Session

from wallet_core.db import in_transaction
from wallet_core.errors import TooManyAttempts

#: A subject longer than any phone, id or address together is cut: it names a bucket, nothing more.
MAX_SUBJECT_CHARACTERS: Final = 200

#: Who has one IPv6 address has all 2^64 of its network: they count as one.
IPV6_NETWORK_BITS: Final = 64

#: Buckets whose name begins so also say that somebody was welcome there once (see ``remember``); they are kept longer.
KNOWN_PREFIX: Final = "known-"
KNOWN_KEPT_DAYS: Final = 90

#: Every limit is full again after a day untouched, and a full bucket is as good as none.
KEPT_DAYS: Final = 1

#: One take in so many clears old buckets away, a bounded number at a time, so that no take is slow.
CLEAR_ONE_IN: Final = 200
CLEARED_AT_ONCE: Final = 1000

_TAKE = text("""
    INSERT INTO rate_limit_bucket AS held (bucket, subject, tokens, updated_at)
    VALUES (:bucket, :subject, CAST(:capacity AS integer) - 1, now())
    ON CONFLICT (bucket, subject) DO UPDATE SET
        tokens = least(CAST(:capacity AS integer), held.tokens
            + greatest(0, extract(epoch FROM now() - held.updated_at)) / CAST(:refill_every_s AS integer)) - 1,
        updated_at = greatest(now(), held.updated_at)
    WHERE held.tokens
        + greatest(0, extract(epoch FROM now() - held.updated_at)) / CAST(:refill_every_s AS integer) >= 1
    RETURNING tokens
""")

#: The time until one token is whole. The row is there: it refused.
_WAIT = text("""
    SELECT (1 - tokens) * CAST(:refill_every_s AS integer) - greatest(0, extract(epoch FROM now() - updated_at))
    FROM rate_limit_bucket WHERE bucket = :bucket AND subject = :subject
""")

_GIVE_BACK = text("""
    UPDATE rate_limit_bucket SET tokens = tokens + 1 WHERE bucket = :bucket AND subject = :subject
""")

_REMEMBER = text("""
    INSERT INTO rate_limit_bucket (bucket, subject, tokens, updated_at) VALUES (:bucket, :subject, :tokens, now())
    ON CONFLICT (bucket, subject) DO NOTHING
""")

_IS_KNOWN = text("SELECT 1 FROM rate_limit_bucket WHERE bucket = :bucket AND subject = :subject")

_CLEAR = text("""
    DELETE FROM rate_limit_bucket WHERE (bucket, subject) IN (
        SELECT bucket, subject FROM rate_limit_bucket
        WHERE updated_at < now() - make_interval(days => CAST(:kept_days AS integer))
          AND (NOT starts_with(bucket, :known_prefix)
               OR updated_at < now() - make_interval(days => CAST(:known_kept_days AS integer)))
        ORDER BY updated_at LIMIT :cleared_at_once FOR UPDATE SKIP LOCKED
    )
""")


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket for each subject (a phone, a person's id, an address): so many attempts at once, then one each
    ``refill_every_s``.
    """

    bucket: str
    capacity: int
    refill_every_s: int

    def take(self, subject: str) -> None:
        """Takes one token and commits that, whatever comes after.

        Raises: TooManyAttempts, with whole seconds until the next attempt (at least 1); then nothing was taken.
        """
        limits = self._names(subject) | {"capacity": self.capacity, "refill_every_s": self.refill_every_s}

        def work(session: Session) -> int | None:
            connection = session.connection()
            if connection.execute(_TAKE, limits).first() is not None:
                return None
            wait_s: Decimal | None = connection.execute(_WAIT, limits).scalar()
            return max(1, math.ceil(wait_s or 0))

        retry_after_s = in_transaction(work)
        if random.randrange(CLEAR_ONE_IN) == 0:
            clear_old_buckets()
        if retry_after_s is not None:
            raise TooManyAttempts(retry_after_s=retry_after_s)

    def give_back(self, subject: str) -> None:
        """Once the attempt proved right, so that only failures count; ``take`` keeps the capacity."""
        _execute(_GIVE_BACK, self._names(subject))

    def remember(self, subject: str) -> None:
        """Opens a bucket, full, that only exists where somebody proved right once. It begins with KNOWN_PREFIX."""
        _execute(_REMEMBER, self._names(subject) | {"tokens": self.capacity})

    def is_known(self, subject: str) -> bool:
        """Whether ``remember`` was called for this subject, not too long ago."""
        names = self._names(subject)
        return in_transaction(lambda session: session.connection().execute(_IS_KNOWN, names).first() is not None)

    def _names(self, subject: str) -> dict[str, object]:
        return {"bucket": self.bucket, "subject": subject.replace("\0", "")[:MAX_SUBJECT_CHARACTERS]}


def clear_old_buckets() -> None:
    """Removes buckets that are full again, so that a flood of made-up subjects leaves nothing behind."""
    values: dict[str, object] = {
        "kept_days": KEPT_DAYS,
        "known_kept_days": KNOWN_KEPT_DAYS,
        "known_prefix": KNOWN_PREFIX,
        "cleared_at_once": CLEARED_AT_ONCE,
    }
    _execute(_CLEAR, values)


def address_subject(address: str) -> str:
    """The subject for a client's address: an IPv4 address, or the network that one IPv6 customer owns."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False))
    return str(parsed)


def _execute(statement: TextClause, values: dict[str, object]) -> None:
    def work(session: Session) -> None:
        session.connection().execute(statement, values)

    in_transaction(work)
