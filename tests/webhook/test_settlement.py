"""What waits together is settled together; everybody is answered after it, and nobody is forgotten."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.conftest import bank_message
from wallet_core.errors import DatabaseUnavailable
from wallet_core.views import BankMessage, MessageOutcome
from webhook import settlement as settlement_module
from webhook.settlement import BATCH_MAX_MESSAGES, QUEUE_MAX_MESSAGES, Settlement

OUTCOMES = list(MessageOutcome)

#: Where patience is a tenth of a second, and the machine busy; not the whole second more that it once was.
TOLD_S = 0.8


class Database:
    """Stands for the database: batches are settled when the gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.batches: list[list[BankMessage]] = []
        self.running = 0
        self.most_running = 0
        self.error: BaseException | None = None

    async def settle(self, messages: list[BankMessage]) -> list[MessageOutcome | None]:
        self.batches.append(messages)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self.gate.wait()
            if self.error is not None:
                raise self.error
            return [OUTCOMES[message.amount_paise % len(OUTCOMES)] for message in messages]
        finally:
            self.running -= 1


def run(scenario: Callable[[Settlement, Database], Awaitable[None]]) -> Database:
    async def inside() -> Database:
        database = Database()
        settlement = Settlement(database.settle)
        settlement.start()
        await scenario(settlement, database)
        await settlement.close()
        return database

    return asyncio.run(inside())


async def settled(settlement: Settlement, message: BankMessage) -> MessageOutcome:
    """As a sender that waits. Raises: DatabaseUnavailable where it is told to repeat."""
    told: asyncio.Future[MessageOutcome | None] = asyncio.get_running_loop().create_future()
    settlement.take(message, lambda outcome: None if told.done() else told.set_result(outcome))
    outcome = await told
    if outcome is None:
        raise DatabaseUnavailable
    return outcome


def _message(number: int) -> BankMessage:
    return bank_message(f"A-{number}", number)


def test_what_comes_while_a_batch_is_in_flight_is_settled_together_and_in_order() -> None:
    async def scenario(settlement: Settlement, database: Database) -> None:
        database.gate.clear()
        waiting = [asyncio.create_task(settled(settlement, _message(number))) for number in range(300)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in waiting)
        database.gate.set()
        outcomes = await asyncio.gather(*waiting)
        assert outcomes == [OUTCOMES[number % len(OUTCOMES)] for number in range(300)]

    database = run(scenario)
    assert [message.amount_paise for batch in database.batches for message in batch] == list(range(300))
    assert len(database.batches) <= 4
    assert max(len(batch) for batch in database.batches) == BATCH_MAX_MESSAGES
    assert database.most_running == 1


def test_who_needs_a_locked_row_is_told_to_repeat_and_the_neighbours_are_answered() -> None:
    async def settle(messages: list[BankMessage]) -> list[MessageOutcome | None]:
        return [None if message.amount_paise == 1 else MessageOutcome.CREDITED for message in messages]

    async def inside() -> list[MessageOutcome | BaseException]:
        settlement = Settlement(settle)
        settlement.start()
        waiting = [settled(settlement, _message(number)) for number in range(3)]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        await settlement.close()
        return outcomes

    first, second, third = asyncio.run(inside())
    assert (first, third) == (MessageOutcome.CREDITED, MessageOutcome.CREDITED)
    assert isinstance(second, DatabaseUnavailable)


def test_a_lone_message_does_not_wait() -> None:
    async def scenario(settlement: Settlement, database: Database) -> None:
        async with asyncio.timeout(1):
            assert await settled(settlement, _message(1)) is OUTCOMES[1]

    run(scenario)


def test_nobody_is_answered_before_the_batch_is_settled() -> None:
    async def scenario(settlement: Settlement, database: Database) -> None:
        database.gate.clear()
        waiting = asyncio.create_task(settled(settlement, _message(1)))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        database.gate.set()
        await waiting

    run(scenario)


@pytest.mark.parametrize("error", [DatabaseUnavailable(), TimeoutError(), ValueError("a defect")])
def test_after_an_error_everybody_is_told_at_once_and_the_next_batch_is_settled(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(settlement: Settlement, database: Database) -> None:
        database.error = error
        async with asyncio.timeout(1):
            answers = await asyncio.gather(
                *(settled(settlement, _message(number)) for number in range(10)), return_exceptions=True
            )
        assert [type(answer) for answer in answers] == [DatabaseUnavailable] * 10
        database.error = None
        assert await settled(settlement, _message(2)) is OUTCOMES[2]

    run(scenario)
    # A database that is away is a line in the log; only a defect of ours is worth a traceback.
    assert {bool(record.exc_info) for record in caplog.records} == {isinstance(error, ValueError)}


def test_too_few_outcomes_are_a_defect_and_credit_nobody_by_mistake() -> None:
    async def settle(messages: list[BankMessage]) -> list[MessageOutcome]:
        return []

    async def inside() -> None:
        settlement = Settlement(settle)
        settlement.start()
        with pytest.raises(DatabaseUnavailable):
            await settled(settlement, _message(1))
        await settlement.close()

    asyncio.run(inside())


def test_a_full_queue_takes_nothing_more() -> None:
    async def scenario(settlement: Settlement, database: Database) -> None:
        database.gate.clear()
        first = asyncio.create_task(settled(settlement, _message(1)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(settled(settlement, _message(1))) for _ in range(QUEUE_MAX_MESSAGES)]
        await asyncio.sleep(0.01)
        with pytest.raises(DatabaseUnavailable):
            await settled(settlement, _message(1))
        database.gate.set()
        assert set(await asyncio.gather(first, *waiting)) == {OUTCOMES[1]}

    run(scenario)


def test_a_database_that_hangs_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement_module, "BATCH_S", 0.05)
    monkeypatch.setattr(settlement_module, "WAIT_S", 0.2)

    async def scenario(settlement: Settlement, database: Database) -> None:
        database.gate.clear()
        with pytest.raises(DatabaseUnavailable):
            await settled(settlement, _message(1))
        database.gate.set()
        assert await settled(settlement, _message(2)) is OUTCOMES[2]

    run(scenario)


def test_who_waits_behind_a_batch_that_hangs_is_told_in_time_and_not_settled_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settlement_module, "WAIT_S", 0.1)

    async def scenario(settlement: Settlement, database: Database) -> None:
        database.gate.clear()
        waiting = [asyncio.create_task(settled(settlement, _message(1)))]
        await asyncio.sleep(0.02)
        waiting += [asyncio.create_task(settled(settlement, _message(number))) for number in range(2, 6)]
        async with asyncio.timeout(TOLD_S):
            answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(answer) for answer in answers] == [DatabaseUnavailable] * 5
        database.gate.set()
        assert await settled(settlement, _message(7)) is OUTCOMES[7 % len(OUTCOMES)]

    # The four behind it were told to repeat: their repetitions are settled instead.
    assert [[message.amount_paise for message in batch] for batch in run(scenario).batches] == [[1], [7]]


def test_a_shutdown_settles_what_waits_and_takes_nothing_more() -> None:
    async def scenario(settlement: Settlement, database: Database) -> None:
        database.gate.clear()
        waiting = [asyncio.create_task(settled(settlement, _message(number))) for number in range(200)]
        await asyncio.sleep(0.01)
        closing = asyncio.create_task(settlement.close())
        await asyncio.sleep(0.01)
        with pytest.raises(DatabaseUnavailable):
            await settled(settlement, _message(1))
        database.gate.set()
        await closing
        assert await asyncio.gather(*waiting) == [OUTCOMES[number % len(OUTCOMES)] for number in range(200)]

    run(scenario)


def test_a_shutdown_ends_even_where_the_database_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement_module, "DRAIN_S", 0.05)

    async def scenario(settlement: Settlement, database: Database) -> None:
        database.gate.clear()
        waiting = [asyncio.create_task(settled(settlement, _message(1))) for _ in range(200)]
        await asyncio.sleep(0.01)
        await settlement.close()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(answer) for answer in answers} == {DatabaseUnavailable}

    run(scenario)
