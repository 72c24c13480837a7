"""After every step of a state machine over the services, they and a plain model say the same (services_machine.py)."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.bank_simulator.process import BankProcess
from tests.bank_simulator.receiver import SECRET
from tests.proofs.conftest import Proof
from tests.proofs.services_machine import Services
from tests.proofs.services_model import World
from wallet_core import bank_client, passwords
from wallet_core.config import get_settings
from wallet_core.services import onramps

STEPS_OF_A_RUN = 50

#: What the bank says of orders that have ended already.
LATE_MESSAGES = {f"{outcome}_when_{status}" for outcome in ("credited", "disputed") for status in ("failed", "expired")}

#: bcrypt's least: how passwords are kept is tried elsewhere, and here thousands sign up.
CHEAP_BCRYPT_COST = 4


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BankProcess]:
    """The real one. Its messages go to itself, which answers them with a 404: the machine decides what is said."""
    bank = BankProcess(tmp_path, "http://127.0.0.1:1/", BANK_WEBHOOK_SECRET=SECRET, BANK_RETRY_BASE_S="600")
    try:
        bank.start()
        monkeypatch.setenv("WALLET_ENV", "development")
        monkeypatch.setenv("WALLET_BANK_WEBHOOK_SECRETS", SECRET)
        monkeypatch.setenv("WALLET_BANK_URL", str(bank.http.base_url).rstrip("/"))
        monkeypatch.setattr(onramps, "SWEEP_AFTER_S", 0)
        # A few people order for many.
        monkeypatch.setattr(onramps, "MAX_ORDERS", sys.maxsize)
        monkeypatch.setattr(passwords, "BCRYPT_COST", CHEAP_BCRYPT_COST)
        bank_client.close()
        get_settings.cache_clear()
        yield bank
    finally:
        bank.stop()
        bank_client.close()
        get_settings.cache_clear()


@pytest.mark.promise(2)
def test_the_services_and_a_model_say_the_same_after_every_step(
    proof: Proof, bank: BankProcess, fresh_database: Callable[[], AbstractContextManager[str]]
) -> None:
    steps = proof.size(small=250, full=10_000)
    world = World(fresh_database, bank, proof, steps)
    runs = 0
    while world.steps < steps:
        run_state_machine_as_test(
            seed(proof.random.randrange(2**32))(lambda: Services(world)),
            settings=settings(
                max_examples=max(1, (steps - world.steps) // STEPS_OF_A_RUN + 1),
                stateful_step_count=STEPS_OF_A_RUN,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink] if proof.full else [Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
        runs += 1
    proof.found(
        "a state machine over the services beside a plain model, all invariants after every step",
        steps=world.steps,
        refused_calls=world.refusals,
        **{f"messages_{outcome}": count for outcome, count in sorted(world.outcomes.items())},
    )
    assert world.refusals > 0
    # At full size nobody needs luck to meet these.
    assert not proof.full or world.outcomes.keys() >= LATE_MESSAGES
