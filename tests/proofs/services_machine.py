"""A state machine over the services, with a plain Python model beside it: after every step both say the same.

People sign up, order, pay, ask each other for money, and repeat themselves; the bank says what it likes, in any order
and number; operators hold and correct; time passes and the sweep runs. What is refused leaves everything as it was.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bank_simulator.faults import Choice
from tests.books import books_are_right
from tests.conftest import add_onramp, add_person
from tests.proofs.services_model import Order, Payment, Request, World
from wallet_core import db
from wallet_core.errors import (
    InsufficientBalance,
    InvalidInput,
    KeyConflict,
    PayeeIsPayer,
    PayeeNotFound,
    PhoneTaken,
    RequestDeclined,
    RequestPaid,
    WalletError,
)
from wallet_core.ids import new_token
from wallet_core.money import MAX_MOVEMENT_PAISE
from wallet_core.services import onramps, operations, payments, people, requests
from wallet_core.views import BankMessage, Client, MessageOutcome

PEOPLE = 3

CLIENT = Client(address="192.0.2.1", user_agent="a proof")

#: Small ones, so that balances run out; the largest; and what no amount may be.
GOOD_AMOUNTS = st.one_of(st.integers(1, 500_00), st.just(MAX_MOVEMENT_PAISE))
AMOUNTS = st.one_of(GOOD_AMOUNTS, st.sampled_from([0, -1, MAX_MOVEMENT_PAISE + 1]))
PLACES = st.integers(0, 1_000_000)

#: Every second message is about one of the two orders that have ended before the first.
ORDERS_OF_MESSAGES = st.one_of(st.sampled_from([0, 1]), PLACES)


class Services(RuleBasedStateMachine):
    """The services on one side, dictionaries of balances and lists of orders on the other."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self._database = world.fresh()
        self.url = self._database.__enter__()
        self.look = psycopg.connect(self.url, autocommit=True)
        self.people: list[UUID] = []
        self.available: dict[UUID, int] = {}
        self.locked: dict[UUID, int] = {}
        self.brought_paise = 0
        self.transfers = 0
        self.orders: list[Order] = []
        self.payments: list[Payment] = []
        self.requests: list[Request] = []
        self.free_keys: list[tuple[UUID, str]] = []
        self.disputes: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        self.look.close()
        self._database.__exit__(None, None, None)

    def _step(self) -> None:
        self.world.steps += 1
        self.world.proof.progress(min(self.world.steps, self.world.wanted_steps), self.world.wanted_steps, "steps")

    def _person(self, place: int) -> UUID:
        return self.people[place % len(self.people)]

    def _is_refused(self, call: Callable[[], object], *errors: type[WalletError]) -> None:
        """The invariants see that nothing changed: the model does not."""
        try:
            call()
        except errors:
            self.world.refusals += 1
            return
        raise AssertionError(f"not refused with {errors}")

    def _move(self, payer: UUID | None, payee: UUID | None, amount_paise: int) -> None:
        """``None``: a bank."""
        self.transfers += 1
        if payer is None:
            self.brought_paise += amount_paise
        else:
            self.available[payer] -= amount_paise
        if payee is None:
            self.brought_paise -= amount_paise
        else:
            self.available[payee] += amount_paise

    @initialize()
    def there_are_people_and_orders_that_have_ended(self) -> None:
        """One order declined and one that nobody decided in time, so that whatever the bank says comes after that."""
        for number in range(PEOPLE):
            self._has_joined(add_person(f"Person {number}", f"+9198765{number:05}"))
        for place, person in enumerate(self.people[:2]):
            self._order(person, amount_paise=100_00 + place)
        self._decide(self.orders[0], approves=False)
        self._close_page(self.orders[1])
        self._sweep()
        assert [order.status for order in self.orders] == ["failed", "expired"]

    # People

    @precondition(lambda self: len(self.people) < PEOPLE + 2)
    @rule()
    def somebody_signs_up(self) -> None:
        self._step()
        phone = f"98766{len(self.people):05}"
        people.sign_up(name="Somebody New", phone=phone, password="correct horse", client=CLIENT)
        row = self.look.execute("SELECT id FROM person WHERE phone = %s", [f"+91{phone}"]).fetchone()
        assert row is not None
        self._has_joined(row[0])
        again = {"name": "Somebody Else", "phone": f"+91 {phone}", "password": "battery staple", "client": CLIENT}
        self._is_refused(lambda: people.sign_up(**again), PhoneTaken)

    def _has_joined(self, person: UUID) -> None:
        self.people.append(person)
        self.available[person] = self.locked[person] = 0

    # Orders, and the bank's word about them

    @rule(person=PLACES, amount_paise=AMOUNTS)
    def order(self, person: int, amount_paise: int) -> None:
        self._step()
        if 0 < amount_paise <= MAX_MOVEMENT_PAISE:
            self._order(self._person(person), amount_paise)
        else:
            self._is_refused(lambda: self._order(self._person(person), amount_paise), InvalidInput)

    def _order(self, person: UUID, amount_paise: int) -> None:
        key = new_token()
        started = onramps.start_onramp(person_id=person, bank_code="HDFC", amount_paise=amount_paise, key=key)
        page = urlsplit(started.bank_page_url).path
        self.orders.append(
            Order(started.reference, person, amount_paise, key, page.rpartition("/")[2], page, word="pending")
        )

    @rule(person=PLACES, amount_paise=GOOD_AMOUNTS)
    def order_that_the_bank_never_heard_of(self, person: int, amount_paise: int) -> None:
        self._step()
        owner = self._person(person)
        reference = add_onramp(owner, amount_paise)
        self.orders.append(Order(reference, owner, amount_paise, "", None, None, word=None))

    @precondition(lambda self: any(order.key for order in self.orders))
    @rule(place=PLACES)
    def order_again(self, place: int) -> None:
        self._step()
        orders = [order for order in self.orders if order.key]
        order = orders[place % len(orders)]
        same = {"person_id": order.person, "bank_code": "HDFC", "amount_paise": order.amount_paise, "key": order.key}
        assert onramps.start_onramp(**same).reference == order.reference
        self._is_refused(lambda: onramps.start_onramp(**{**same, "bank_code": "AXIS"}), KeyConflict)

    @precondition(lambda self: any(order.word == "pending" for order in self.orders))
    @rule(place=PLACES, approves=st.booleans())
    def decide_at_the_bank(self, place: int, approves: bool) -> None:
        """The bank's own message goes elsewhere: which messages reach the wallet is decided below."""
        self._step()
        self._decide(self._pending(place), approves=approves)

    @precondition(lambda self: any(order.word == "pending" for order in self.orders))
    @rule(place=PLACES)
    def nobody_decides_in_time(self, place: int) -> None:
        self._step()
        order = self._pending(place)
        self._close_page(order)
        assert self._choose(order, Choice.APPROVE) == 409

    def _pending(self, place: int) -> Order:
        pending = [order for order in self.orders if order.word == "pending"]
        return pending[place % len(pending)]

    def _decide(self, order: Order, *, approves: bool) -> None:
        assert self._choose(order, Choice.LOSE if approves else Choice.DECLINE) == 303
        order.word = "succeeded" if approves else "failed"

    def _choose(self, order: Order, choice: Choice) -> int:
        assert order.page is not None
        return self.world.bank.http.post(order.page, data={"choice": choice.value}).status_code

    def _close_page(self, order: Order) -> None:
        """As if the time that the bank gives had passed: the moment is written anew, in the bank's own books."""
        with contextlib.closing(sqlite3.connect(self.world.bank.database, isolation_level=None)) as books:
            books.execute("UPDATE payment SET expires_at_ms = 0 WHERE reference = ?", [order.reference])
        order.word = "expired"

    @precondition(lambda self: bool(self.orders))
    @rule(
        said=st.lists(
            st.tuples(
                ORDERS_OF_MESSAGES, st.booleans(), st.sampled_from(["agrees"] * 4 + ["amount", "payment", "reference"])
            ),
            min_size=1,
            max_size=6,
        ),
        together=st.booleans(),
    )
    def messages_of_the_bank(self, said: list[tuple[int, bool, str]], together: bool) -> None:
        self._step()
        messages = [self._message(*one) for one in said]
        if together:
            outcomes = asyncio.run(_settle_together(messages))
            expected = [self._expected(message) for message in messages]
        else:
            outcomes, expected = [], []
            for message in messages:
                outcomes.append(onramps.settle_onramp(message))
                expected.append(self._expected(message))
        assert outcomes == expected

    def _message(self, place: int, succeeded: bool, disagrees_in: str) -> BankMessage:
        order = self.orders[place % len(self.orders)]
        return BankMessage(
            message_id=f"msg_{uuid4().hex}",
            reference="A-NONEOFOURS0000" if disagrees_in == "reference" else order.reference,
            # Whom the order does not know yet, the first message names: then no other name is tried.
            payment_id="another" if disagrees_in == "payment" and order.payment_id else self._payment_id(order),
            amount_paise=order.amount_paise + (disagrees_in == "amount"),
            succeeded=succeeded,
            body="{}",
        )

    def _payment_id(self, order: Order) -> str:
        return order.payment_id or f"pay_{order.reference}"

    def _expected(self, message: BankMessage) -> MessageOutcome:
        order = next((order for order in self.orders if order.reference == message.reference), None)
        status = order.status if order else "unknown"
        outcome = self._judged(order, message)
        self.world.count(f"{outcome}_when_{status}")
        return outcome

    def _judged(self, order: Order | None, message: BankMessage) -> MessageOutcome:
        if order is None or message.amount_paise != order.amount_paise or message.payment_id != self._payment_id(order):
            self.disputes.add((message.message_id, message.reference))
            return MessageOutcome.DISPUTED
        if message.succeeded:
            if order.status == "succeeded":
                return MessageOutcome.DUPLICATE
            self._credit(order)
            return MessageOutcome.CREDITED
        if order.status in ("succeeded", "expired"):
            return MessageOutcome.IGNORED
        if order.status == "processing":
            order.status, order.payment_id = "failed", self._payment_id(order)
            return MessageOutcome.FAILED
        return MessageOutcome.DUPLICATE

    def _credit(self, order: Order) -> None:
        order.status, order.payment_id = "succeeded", self._payment_id(order)
        self._move(None, order.person, order.amount_paise)

    @rule()
    def time_passes(self) -> None:
        self._step()
        self.look.execute("UPDATE onramp SET expires_at = now() - interval '1 minute' WHERE status = 'processing'")
        for order in self.orders:
            order.is_overdue = order.is_overdue or order.status == "processing"

    @rule()
    def sweep(self) -> None:
        self._step()
        self._sweep()

    def _sweep(self) -> None:
        expected = 0
        for order in self.orders:
            if order.status != "processing":
                continue
            if order.word == "succeeded":
                self._credit(order)
            elif order.word == "failed" or (order.word is None and order.is_overdue):
                order.status = "failed"
            elif order.word == "expired":
                order.status = "expired"
            expected += order.status != "processing"
        assert onramps.sweep_onramps() == expected

    # Payments

    @rule(payer=PLACES, payee=PLACES, amount_paise=AMOUNTS, reuses_a_free_key=st.booleans())
    def pay(self, payer: int, payee: int, amount_paise: int, reuses_a_free_key: bool) -> None:
        self._step()
        from_, to = self._person(payer), self._person(payee)
        free = [key for person, key in self.free_keys if person == from_]
        key = free[-1] if reuses_a_free_key and free else new_token()

        def call() -> payments.Receipt:
            return payments.send_money(person_id=from_, payee_id=to, amount_paise=amount_paise, note="", key=key)

        if not 0 < amount_paise <= MAX_MOVEMENT_PAISE:
            self._is_refused(call, InvalidInput)
        elif from_ == to:
            self._is_refused(call, PayeeIsPayer)
        elif self.available[from_] < amount_paise:
            self._is_refused(call, InsufficientBalance)
        else:
            receipt = call()
            self.payments.append(Payment(from_, to, amount_paise, key, receipt.reference))
            self.free_keys = [(person, other) for person, other in self.free_keys if other != key]
            self._move(from_, to, amount_paise)
            return
        if (from_, key) not in self.free_keys:
            self.free_keys.append((from_, key))

    @precondition(lambda self: bool(self.payments))
    @rule(place=PLACES, more_paise=st.integers(1, 100))
    def pay_again(self, place: int, more_paise: int) -> None:
        self._step()
        payment = self.payments[place % len(self.payments)]
        same = {
            "person_id": payment.payer,
            "payee_id": payment.payee,
            "amount_paise": payment.amount_paise,
            "note": "",
            "key": payment.key,
        }
        assert payments.send_money(**same).reference == payment.reference
        other_amount = (payment.amount_paise + more_paise) % MAX_MOVEMENT_PAISE + 1
        if other_amount != payment.amount_paise:
            self._is_refused(lambda: payments.send_money(**{**same, "amount_paise": other_amount}), KeyConflict)
        self._is_refused(lambda: payments.send_money(**{**same, "note": "another"}), KeyConflict)

    @rule(payer=PLACES)
    def pay_nobody(self, payer: int) -> None:
        self._step()
        key, person = new_token(), self._person(payer)
        self._is_refused(
            lambda: payments.send_money(person_id=person, payee_id=uuid4(), amount_paise=1, note="", key=key),
            PayeeNotFound,
        )

    # Requests

    @rule(requester=PLACES, payer=PLACES, amount_paise=GOOD_AMOUNTS)
    def ask(self, requester: int, payer: int, amount_paise: int) -> None:
        self._step()
        who, whom = self._person(requester), self._person(payer)

        def call() -> requests.MoneyRequest:
            return requests.ask_for_money(
                person_id=who, payer_id=whom, amount_paise=amount_paise, note="", key=new_token()
            )

        # Oneself, or too often: the limits have tests of their own, and move nothing.
        try:
            asked = call()
        except WalletError:
            self.world.refusals += 1
            return
        assert who != whom
        self.requests.append(Request(asked.reference, who, whom, amount_paise))

    @precondition(lambda self: bool(self.requests))
    @rule(place=PLACES)
    def pay_what_was_asked(self, place: int) -> None:
        self._step()
        request = self.requests[place % len(self.requests)]
        key = request.key or new_token()

        def call(key: str = key) -> payments.Receipt:
            return requests.pay_request(person_id=request.payer, reference=request.reference, key=key)

        if request.status == "paid":
            assert call().reference == request.receipt
            self._is_refused(lambda: call(new_token()), RequestPaid)
        elif request.status == "declined":
            self._is_refused(call, RequestDeclined)
        elif self.available[request.payer] < request.amount_paise:
            self._is_refused(call, InsufficientBalance)
        else:
            request.status, request.key, request.receipt = "paid", key, call().reference
            self._move(request.payer, request.requester, request.amount_paise)

    @precondition(lambda self: bool(self.requests))
    @rule(place=PLACES)
    def decline_what_was_asked(self, place: int) -> None:
        self._step()
        request = self.requests[place % len(self.requests)]

        def call() -> requests.MoneyRequest:
            return requests.decline_request(person_id=request.payer, reference=request.reference)

        if request.status == "paid":
            self._is_refused(call, RequestPaid)
        else:
            call()
            request.status = "declined"

    # Operators

    @rule(person=PLACES, amount_paise=GOOD_AMOUNTS, holds=st.booleans())
    def hold_or_release(self, person: int, amount_paise: int, holds: bool) -> None:
        self._step()
        whom = self._person(person)
        row = self.look.execute("SELECT phone FROM person WHERE id = %s", [whom]).fetchone()
        assert row is not None
        act = operations.hold_money if holds else operations.release_money
        source, target = (self.available, self.locked) if holds else (self.locked, self.available)

        def call() -> object:
            return act(phone=row[0], amount_paise=amount_paise, reason="a proof")

        if source[whom] < amount_paise:
            self._is_refused(call, InsufficientBalance)
            return
        call()
        source[whom] -= amount_paise
        target[whom] += amount_paise
        self.transfers += 1

    @precondition(lambda self: bool(self.payments))
    @rule(place=PLACES)
    def correct(self, place: int) -> None:
        self._step()
        payment = self.payments[place % len(self.payments)]

        def call() -> object:
            return operations.correct_transfer(reference=payment.reference, reason="a proof")

        if payment.is_corrected:
            call()
        elif self.available[payment.payee] < payment.amount_paise:
            self._is_refused(call, InsufficientBalance)
        else:
            call()
            payment.is_corrected = True
            self._move(payment.payee, payment.payer, payment.amount_paise)

    # What holds after every step

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        rows = self.look.execute("SELECT kind, person_id, balance_paise FROM account WHERE person_id IS NOT NULL")
        stored = {(kind, person): balance for kind, person, balance in rows.fetchall()}
        model = {("available", person): balance for person, balance in self.available.items()}
        model |= {("locked", person): balance for person, balance in self.locked.items()}
        assert stored == model
        assert all(balance >= 0 for balance in stored.values())
        assert sum(stored.values()) == self.brought_paise

    @invariant()
    def rows_are_those_of_the_model(self) -> None:
        row = self.look.execute(
            "SELECT (SELECT count(*) FROM transfer), (SELECT count(*) FROM payment_command), "
            "(SELECT count(*) FROM disputed_message)"
        ).fetchone()
        paid = sum(request.status == "paid" for request in self.requests)
        assert row == (self.transfers, len(self.payments) + paid, len(self.disputes))
        orders = dict(self.look.execute("SELECT reference, status FROM onramp").fetchall())
        assert orders == {order.reference: order.status for order in self.orders}
        asked = dict(self.look.execute("SELECT reference, status FROM payment_request").fetchall())
        assert asked == {request.reference: request.status for request in self.requests}

    @invariant()
    def debits_equal_credits(self) -> None:
        books_are_right(self.look)


async def _settle_together(messages: list[BankMessage]) -> list[MessageOutcome]:
    async with await db.open_async_pool() as pool:
        return await onramps.settle_batch(pool, messages)
