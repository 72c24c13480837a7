"""Orders end without a message: the webhook's own process asks the bank, again and again, whatever goes wrong."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

import webhook.app
from tests.webhook.bank import SECRET
from tests.webhook.test_nothing_before_the_signature import Pool, started
from wallet_core import metrics
from wallet_core.config import Settings
from wallet_core.errors import DatabaseUnavailable
from webhook import sweeping
from webhook.sweeping import Sweeping

PATIENCE_S = 5


def failing_at_first(done: Callable[[], object]) -> Callable[[], int]:
    """A sweep whose database is away at the first call, and which has a defect at the second."""
    failures = [DatabaseUnavailable(), ValueError("a defect")]

    def sweep(**_: object) -> int:
        if failures:
            raise failures.pop(0)
        done()
        return 1

    return sweep


def test_it_begins_with_the_process_and_outlives_its_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_pool() -> Pool:
        return Pool()

    monkeypatch.setattr(webhook.app, "open_async_pool", open_pool)
    monkeypatch.setattr(webhook.app, "Sweeping", partial(Sweeping, every_s=0))
    monkeypatch.setenv("WALLET_BANK_WEBHOOK_SECRETS", SECRET)

    async def run() -> None:
        swept, loop = asyncio.Event(), asyncio.get_running_loop()
        monkeypatch.setattr(sweeping, "sweep_onramps", failing_at_first(lambda: loop.call_soon_threadsafe(swept.set)))
        async with started(webhook.app.make_app(Settings())):
            await asyncio.wait_for(swept.wait(), PATIENCE_S)

    asyncio.run(run())


@pytest.mark.parametrize("fails", [False, True])
def test_the_moment_of_the_last_one_is_that_of_orders(monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    """An alert looks at it: what else time brings about may go well while no order ends."""

    def sweep(**_: object) -> int:
        if fails:
            raise ValueError("a defect")
        return 0

    async def run() -> None:
        rounds, loop = asyncio.Semaphore(0), asyncio.get_running_loop()

        def expire() -> int:
            loop.call_soon_threadsafe(rounds.release)
            return 0

        monkeypatch.setattr(sweeping, "sweep_onramps", sweep)
        monkeypatch.setattr(sweeping, "expire_requests", expire)
        monkeypatch.setattr(sweeping, "prune_sessions", lambda **_: 0)
        beside = Sweeping(every_s=0)
        beside.start()
        async with asyncio.timeout(PATIENCE_S):
            # The second round begins when all of the first one is over.
            for _ in range(2):
                await rounds.acquire()
        await beside.close()

    metrics.SWEPT_AT.set(0)
    asyncio.run(run())
    (figure,) = metrics.SWEPT_AT.collect()
    (sample,) = figure.samples
    assert (sample.value == 0) is fails


def test_a_person_does_not_wait_long() -> None:
    assert sweeping.SWEEP_EVERY_S <= 60
