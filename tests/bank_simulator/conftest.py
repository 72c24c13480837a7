"""A bank with an empty file, and somebody who receives its messages."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bank_simulator.process import BankProcess
from tests.bank_simulator.receiver import Receiver

StartBank = Callable[..., BankProcess]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def start_bank(receiver: Receiver, tmp_path: Path) -> Iterator[StartBank]:
    """Starts a bank with changes of its environment."""
    started: list[BankProcess] = []

    def start(**changes: str) -> BankProcess:
        bank = BankProcess(tmp_path, changes.pop("BANK_WEBHOOK_URL", receiver.url), **changes)
        started.append(bank)
        return bank.start()

    yield start
    for bank in started:
        bank.stop()


@pytest.fixture(scope="module")
def shared_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcess]:
    """One bank for the tests of a file that only look, or only add payments of their own."""
    receiver = Receiver()
    bank = BankProcess(tmp_path_factory.mktemp("bank"), receiver.url)
    try:
        yield bank.start()
    finally:
        bank.stop()
        receiver.close()


@pytest.fixture
def bank(start_bank: StartBank) -> BankProcess:
    return start_bank()
