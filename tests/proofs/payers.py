"""``python -m tests.proofs.payers URL``: a process of people who pay; what to pay comes as JSON on its standard input.

Payments inside one process go together (docs/decisions/0005), so who should truly meet in the database pays from
processes of their own. Input: ``[[payer, payee, amount_paise, count], ...]``, one thread each. Output: JSON, how often
each answer came: ``{"sent": 500, "insufficient-balance": 3}``.
"""

import json
import subprocess
import sys
from collections import Counter
from functools import partial
from uuid import UUID

from tests.at_once import at_once
from wallet_core import db
from wallet_core.errors import WalletError
from wallet_core.ids import new_token
from wallet_core.services.payments import send_money

ROOT_MODULE = "tests.proofs.payers"

#: Payer, payee, amount in paise, how often.
Plan = tuple[str, str, int, int]


def start_payers(database_url: str, plans: list[Plan]) -> "subprocess.Popen[str]":
    """Started and told; it begins at once."""
    process = subprocess.Popen(
        [sys.executable, "-m", ROOT_MODULE, database_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(plans))
    process.stdin.close()
    return process


def answers_of(process: "subprocess.Popen[str]") -> Counter[str]:
    """Waits for its end."""
    assert process.stdout is not None
    with process.stdout as output:
        said = output.read()
    assert process.wait() == 0, said
    return Counter(json.loads(said))


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


def main() -> None:
    db.configure(sys.argv[1])
    plans: list[Plan] = json.load(sys.stdin)
    total: Counter[str] = Counter()
    for answers in at_once([partial(_pay, *plan) for plan in plans]):
        assert not isinstance(answers, Exception), answers
        total += answers
    sys.stdout.write(json.dumps(total))


if __name__ == "__main__":
    main()
