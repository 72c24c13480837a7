"""``python -m tests.proofs.payers URL``: a process of people who pay; what to pay comes as JSON on its standard input.

Payments inside one process go together (docs/decisions/0005), so who should truly meet in the database pays from
processes of their own. A line in: ``[[payer, payee, amount_paise, count], ...]``, one thread each. A line out: how
often each answer came, ``{"sent": 500, "balance-insufficient": 3}``; and an empty one at the start, when it is ready.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from tests.at_once import at_once
from wallet_core import db
from wallet_core.errors import WalletError
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

#: Payer, payee, amount in paise, how often.
Plan = tuple[str, str, int, int]


class Payers:
    """Such a process, seen from the one that started it."""

    def __init__(self, database_url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.proofs.payers", database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def pay(self, plans: list[Plan]) -> None:
        """Told, and not waited for."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(plans)}\n")
        self._process.stdin.flush()

    def answers(self) -> Counter[str]:
        """To the plans that it was told last; waits for them."""
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, f"the payers ended ({self._process.poll()})"
        return Counter(json.loads(said))

    def end(self) -> None:
        self._process.communicate()


@contextmanager
def started_payers(database_url: str, processes: int) -> Iterator[list[Payers]]:
    """So many of them, ready."""
    started = [Payers(database_url) for _ in range(processes)]
    try:
        for one in started:
            one.answers()
        yield started
    finally:
        for one in started:
            one.end()


def all_answers(payers: list[Payers]) -> Counter[str]:
    return sum((one.answers() for one in payers), Counter[str]())


def _pay(payer: str, payee: str, amount_paise: int, count: int) -> Counter[str]:
    answers: Counter[str] = Counter()
    for _ in range(count):
        try:
            send_money(person_id=UUID(payer), payee_id=UUID(payee), amount_paise=amount_paise, note="", key=new_token())
            answers["sent"] += 1
        except WalletError as refused:
            answers[refused.code] += 1
        except Exception as defect:  # noqa: BLE001 - the test counts it
            answers[type(defect).__name__] += 1
    return answers


def _say(answers: Counter[str]) -> None:
    sys.stdout.write(f"{json.dumps(answers)}\n")
    sys.stdout.flush()


def main() -> None:
    db.configure(sys.argv[1])
    _say(Counter())
    for line in sys.stdin:
        plans: list[Plan] = json.loads(line)
        total: Counter[str] = Counter()
        for answers in at_once([partial(_pay, *plan) for plan in plans]):
            assert not isinstance(answers, Exception), answers
            total += answers
        _say(total)


if __name__ == "__main__":
    main()
