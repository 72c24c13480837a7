"""What the state machine (tests/proofs/services_machine.py) knows: plain Python, and nothing of the wallet's."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from uuid import UUID

from tests.bank_simulator.process import BankProcess
from tests.proofs.conftest import Proof


@dataclass
class Order:
    """``word``: what the bank would answer, or None where it never heard of it. ``page``: where its page is there."""

    reference: str
    person: UUID
    amount_paise: int
    key: str
    payment_id: str | None
    page: str | None
    word: str | None
    status: str = "processing"
    is_overdue: bool = False


@dataclass
class Payment:
    payer: UUID
    payee: UUID
    amount_paise: int
    key: str
    reference: str
    is_corrected: bool = False


@dataclass
class Request:
    reference: str
    requester: UUID
    payer: UUID
    amount_paise: int
    status: str = "open"
    key: str = ""
    receipt: str = ""


@dataclass
class World:
    """What a run of the machine stands on. ``fresh``: an empty database for each run. ``outcomes``: how often a message
    had this one when its order had that status.
    """

    fresh: Callable[[], AbstractContextManager[str]]
    bank: BankProcess
    proof: Proof
    wanted_steps: int
    steps: int = 0
    refusals: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    def count(self, outcome: str) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
