"""People and a little money to look at, in development only. Seeding twice is seeding once."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from wallet_core import db, ledger
from wallet_core.clock import now
from wallet_core.config import get_settings
from wallet_core.errors import (
    PersonBlocked,
    PersonCannotBeAsked,
    PersonFrozen,
    RequestsOfDayUsedUp,
    RequestsToPersonUsedUp,
    SettingsError,
)
from wallet_core.ids import new_reference, sha256
from wallet_core.models import Onramp, OnrampStatus, Person
from wallet_core.passwords import hash_password
from wallet_core.services.onramps import EXPIRES_AFTER, settle_onramp
from wallet_core.services.payments import send_money
from wallet_core.services.requests import ask_for_money
from wallet_core.views import BankMessage

#: Published in the README: nothing but a demo may stand behind it.
PASSWORD: Final = "demo-wallet-1"

#: Of the keys of orders whose money came from no bank, not even the demo bank: its statement cannot name them.
KEY_PREFIX: Final = "demo-people-story-"

ALICE: Final = "+919876543210"
BOB: Final = "+919876543211"
CHARLIE: Final = "+919876543212"
PRIYA: Final = "+919876543213"
DEV: Final = "+919876543214"
MEERA: Final = "+919876543218"

PEOPLE: Final[dict[str, str]] = {
    ALICE: "Alice Nair",
    BOB: "Bob Verma",
    CHARLIE: "Charlie Rao",
    PRIYA: "Priya Nair",
    DEV: "Dev Patel",
    "+919876543215": "Ananya Iyer",
    "+919876543216": "Arjun Singh",
    "+919876543217": "Kavya Reddy",
    MEERA: "Meera Krishnan",
    "+919876543219": "Mohammed Khan",
    "+919876543220": "Neha Gupta",
    "+919876543221": "Rahul Sharma",
    "+919876543222": "Rohan Das",
    "+919876543223": "Sara D'Souza",
    "+919876543224": "Vikram Joshi",
}


@dataclass(frozen=True, slots=True)
class _AddMoney:
    phone: str
    bank_code: str
    amount_paise: int
    succeeds: bool = True


@dataclass(frozen=True, slots=True)
class _Pay:
    payer: str
    payee: str
    amount_paise: int
    note: str


@dataclass(frozen=True, slots=True)
class _Ask:
    requester: str
    payer: str
    amount_paise: int
    note: str


#: In this order. The database sets the moment of each row, so all of it happened when the demo was set up.
STORY: Final[tuple[_AddMoney | _Pay | _Ask, ...]] = (
    _AddMoney(ALICE, "HDFC", 5_000_00),
    _AddMoney(BOB, "AXIS", 2_500_00),
    _AddMoney(CHARLIE, "SBI", 1_200_00),
    _AddMoney(PRIYA, "ICICI", 3_000_00),
    _AddMoney(MEERA, "HDFC", 800_00),
    _Pay(ALICE, BOB, 450_00, "Dinner on Friday"),
    _Pay(BOB, ALICE, 120_50, "Tea and snacks"),
    _Pay(PRIYA, ALICE, 1_000_00, "Rent share"),
    _AddMoney(ALICE, "AXIS", 750_00, succeeds=False),
    _Pay(ALICE, DEV, 249_00, "Cricket tickets"),
    _Pay(MEERA, ALICE, 75_00, "Auto fare"),
    _Pay(ALICE, PRIYA, 310_00, ""),
    _Ask(DEV, ALICE, 180_00, "Badminton court"),
    _Ask(ALICE, BOB, 320_00, "Cinema on Sunday"),
)

#: On a wallet that is older than its demo's requests somebody may have been blocked since, or have asked too much: no
#: reason not to start.
_NOT_ASKED: Final = (PersonBlocked, PersonCannotBeAsked, PersonFrozen, RequestsOfDayUsedUp, RequestsToPersonUsedUp)


def seed_demo_people() -> None:
    """Makes the people that are missing, and whatever of STORY has not happened. Quick when all of it is there.

    Raises: SettingsError in production, where somebody with a published password must not own money.
    """
    if get_settings().is_production:
        raise SettingsError(sentence="Demo people are refused where WALLET_ENV is production.")
    ids = _find_people()
    if len(ids) < len(PEOPLE):
        password_hash = hash_password(PASSWORD)
        db.in_transaction(lambda session: _add_people(session, password_hash))
        ids = _find_people()
    for number, event in enumerate(STORY, start=1):
        key = f"{KEY_PREFIX}{number:02}"
        match event:
            case _AddMoney():
                _add_money(ids[event.phone], event, key)
            case _Pay(payer, payee, amount_paise, note):
                send_money(person_id=ids[payer], payee_id=ids[payee], amount_paise=amount_paise, note=note, key=key)
            case _Ask(requester, payer, amount_paise, note):
                with suppress(*_NOT_ASKED):
                    ask_for_money(
                        person_id=ids[requester], payer_id=ids[payer], amount_paise=amount_paise, note=note, key=key
                    )


def _find_people() -> dict[str, UUID]:
    known = select(Person.phone, Person.id).where(col(Person.phone).in_(PEOPLE))
    return dict(db.read(lambda session: session.exec(known).all()))


def _add_people(session: Session, password_hash: str) -> None:
    """One hash for all: it takes a quarter of a second, and the password is no secret."""
    for phone, name in PEOPLE.items():
        person = insert(Person).values(name=name, phone=phone, password_hash=password_hash)
        added = session.execute(person.on_conflict_do_nothing(index_elements=["phone"]).returning(col(Person.id)))
        person_id = added.scalar()
        if person_id is not None:
            ledger.open_accounts(session, person_id)


def _add_money(person_id: UUID, event: _AddMoney, key: str) -> None:
    """An order, and the bank's word about it, through the same door as every other."""
    order = db.in_transaction(lambda session: _write_order(session, person_id, event, key))
    if order.status != OnrampStatus.PROCESSING:
        return
    message = BankMessage(
        message_id=f"msg_{key}",
        reference=order.reference,
        payment_id=f"pay_{key}",
        amount_paise=order.amount_paise,
        succeeded=event.succeeds,
        body="{}",
    )
    settle_onramp(message)


def _write_order(session: Session, person_id: UUID, event: _AddMoney, key: str) -> Onramp:
    created_at = now()
    order = insert(Onramp).values(
        reference=new_reference("A"),
        person_id=person_id,
        bank_code=event.bank_code,
        amount_paise=event.amount_paise,
        key=key,
        inputs_sha256=sha256(key),
        created_at=created_at,
        expires_at=created_at + EXPIRES_AFTER,
    )
    session.execute(order.on_conflict_do_nothing(index_elements=["person_id", "key"]))
    return session.exec(select(Onramp).where(col(Onramp.person_id) == person_id, col(Onramp.key) == key)).one()
