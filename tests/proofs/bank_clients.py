"""``python -m tests.proofs.bank_clients URL SEED THREADS TRANSFERS PERSON...``: a process of the bank test's clients.

Each thread moves money between people at random, and reads everybody's balances in one snapshot now and then. What the
database could not answer is asked again with the same key, as a person does. Output: a JSON object with ``sent`` (keys
that were acknowledged), ``refused`` (how many had too little), ``asked_again``, ``reads`` and ``errors`` (sentences).
"""

import json
import random
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from functools import partial
from uuid import UUID

from sqlmodel import Session, text

from tests.at_once import at_once
from wallet_core import db
from wallet_core.errors import DatabaseUnavailable, InsufficientBalance
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

#: Up to a third of what a person has on average: few are refused, and balances get near zero.
LARGEST_PAISE = 3_000

#: A full read after so many transfers.
READ_EVERY = 5


@dataclass
class Seen:
    """What one client was answered. ``reads``: sum and least of all balances in a snapshot, in paise."""

    sent: list[str] = field(default_factory=list)
    refused: int = 0
    asked_again: int = 0
    reads: list[tuple[int, int]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def add(self, other: "Seen") -> None:
        self.sent += other.sent
        self.refused += other.refused
        self.asked_again += other.asked_again
        self.reads += other.reads
        self.errors += other.errors


class Clients:
    """Such a process. Its output goes to a file: a pipe holds little, and who starts it looks at other things first."""

    def __init__(self, database_url: str, seed: int, threads: int, transfers: int, people: list[UUID]) -> None:
        """``transfers``: of each thread."""
        arguments = [database_url, str(seed), str(threads), str(transfers), *map(str, people)]
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed when it was read
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.proofs.bank_clients", *arguments], stdout=self._output
        )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def seen(self) -> Seen:
        """Waits for its end."""
        status = self._process.wait()
        with self._output as output:
            output.seek(0)
            said = output.read()
        assert status == 0, said
        seen = Seen(**json.loads(said))
        seen.reads = [(total, least) for total, least in seen.reads]
        return seen


def _balances(session: Session) -> tuple[int, int]:
    row = session.exec(
        text("SELECT sum(balance_paise)::bigint, min(balance_paise) FROM account WHERE person_id IS NOT NULL")
    ).one()
    return int(row[0]), int(row[1])


def _run(seed: int, transfers: int, people: list[UUID]) -> Seen:
    chance, seen = random.Random(seed), Seen()
    for number in range(transfers):
        payer, payee = chance.sample(people, 2)
        _send(seen, payer, payee, chance.randint(1, LARGEST_PAISE))
        if number % READ_EVERY == 0:
            _read(seen)
    return seen


def _send(seen: Seen, payer: UUID, payee: UUID, amount_paise: int) -> None:
    key = new_token()
    while True:
        try:
            send_money(person_id=payer, payee_id=payee, amount_paise=amount_paise, note="", key=key)
            seen.sent.append(key)
        except InsufficientBalance:
            seen.refused += 1
        except DatabaseUnavailable:
            seen.asked_again += 1
            continue
        except Exception as error:  # noqa: BLE001 - the test shows it
            seen.errors.append(repr(error))
        return


def _read(seen: Seen) -> None:
    while True:
        try:
            seen.reads.append(db.read(_balances))
        except DatabaseUnavailable:
            seen.asked_again += 1
            continue
        return


def main(arguments: list[str]) -> None:
    url, seed, threads, transfers, *people = arguments
    db.configure(url)
    ids = [UUID(person) for person in people]
    total = Seen()
    clients = [partial(_run, int(seed) * 1_000 + number, int(transfers), ids) for number in range(int(threads))]
    for seen in at_once(clients):
        if isinstance(seen, Exception):
            raise seen
        total.add(seen)
    sys.stdout.write(json.dumps(asdict(total)))


if __name__ == "__main__":
    main(sys.argv[1:])
