"""Payments a second: ``services.payments.send_money`` beside pgbench on the same tables, with the same rule."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Final

from bench.ground import PEOPLE, ROUND_S, Ground, ground, pgbench
from bench.ratio import Figure, Ratio, alternate
from launcher.parts import ROOT

SQL: Final = Path(__file__).resolve().parents[1] / "sql"
UNIT: Final = "payments/s"

ONE_FUNCTION_FILE: Final = ROOT / "alembic" / "sql" / "0002_wallet_send_money.sql"

#: Both choose a payer and somebody else, or the merchant (person 1).
ANYBODY: Final = f"\\set a random(1, {PEOPLE})\n\\set b 1 + (:a + random(0, {PEOPLE - 2})) % {PEOPLE}\n"
MERCHANT: Final = f"\\set a random(2, {PEOPLE})\n\\set b 1\n"

ONE_CALL: Final = (
    "SELECT * FROM bench_send_money(bench_person(:a), bench_person(:b), 1, 'tea', gen_random_uuid()::text, "
    "sha256('x'), gen_random_uuid()::text);\n"
)

#: One, a few, many at once.
CLIENTS: Final = (1, 8, 32)
CLIENTS_OF_FUNCTION: Final = (8, 32)
HOT_CLIENTS: Final = 32


def measure() -> list[Ratio | Figure]:
    """send_vs_pgbench_*, send_vs_function_*, hot_account_vs_row_locks_32."""
    with ground() as ready:
        ready.execute(_one_function())
        first = ready.number("SELECT min(id) FROM account WHERE kind = 'available'")
        transaction = f"\\set first {first}\n" + (SQL / "locked_transaction.pgbench").read_text(encoding="utf-8")
        measured: list[Ratio | Figure] = []
        for clients in CLIENTS:
            name, what = f"send_vs_pgbench_{clients}", f"the same locked transaction from pgbench, {clients} at once"
            measured.append(_compare(ready, name, what, ANYBODY + transaction, clients, target=1.0))
        for clients in CLIENTS_OF_FUNCTION:
            name, what = f"send_vs_function_{clients}", f"one function called by pgbench, {clients} at once"
            measured.append(_compare(ready, name, what, ANYBODY + ONE_CALL, clients, target=0.8))
        name, what = "hot_account_vs_row_locks_32", f"everybody pays one merchant, {HOT_CLIENTS} at once, row by row"
        measured.append(_compare(ready, name, what, MERCHANT + transaction, HOT_CLIENTS, target=4.0, hot=True))
        ready.check_books()
    return measured


def _one_function() -> str:
    """The yardstick: one payment, one call, nobody notified; otherwise word for word the function of the wallet's first
    release, whose callers nobody gathered.
    """
    lines = ONE_FUNCTION_FILE.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if "pg_notify" not in line]
    text = "\n".join(kept).replace("FUNCTION wallet_send_money(", "FUNCTION bench_send_money(")
    if len(lines) - len(kept) != 1 or "bench_send_money" not in text:
        raise RuntimeError(f"{ONE_FUNCTION_FILE.name} is not the function that is measured against")
    return text


def _compare(
    ready: Ground, name: str, what: str, script: str, clients: int, *, target: float, hot: bool = False
) -> Ratio:
    ours, theirs = alternate(
        partial(_send, ready, clients, hot=hot), partial(_pgbench, ready, script, clients), what=name
    )
    return Ratio(name, f"send_money over {what}", UNIT, ours, theirs, target)


def _send(ready: Ground, clients: int, *, hot: bool) -> float:
    ready.rest()
    command = [sys.executable, "-m", "bench.payers", ready.url, str(clients), str(ROUND_S), *(["hot"] if hot else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"The payers failed:\n{done.stderr}")
    return float(done.stdout)


def _pgbench(ready: Ground, script: str, clients: int) -> float:
    ready.rest()
    return pgbench(ready, script, clients, ROUND_S)
