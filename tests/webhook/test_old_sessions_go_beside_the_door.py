"""The webhook's sweeper forgets old sessions, too: at its start, then every hour, whatever goes wrong."""

import asyncio

import pytest

from wallet_core.errors import DatabaseUnavailable
from webhook import sweeping
from webhook.sweeping import Sweeping

PATIENCE_S = 5


def run_rounds(monkeypatch: pytest.MonkeyPatch, rounds: int) -> int:
    """How often it pruned in so many rounds; the first time the database is away."""
    pruned, swept = [], 0

    def prune(**_: object) -> int:
        pruned.append(1)
        raise DatabaseUnavailable

    async def run() -> None:
        done, loop = asyncio.Event(), asyncio.get_running_loop()

        def sweep(**_: object) -> int:
            nonlocal swept
            swept += 1
            if swept > rounds:
                loop.call_soon_threadsafe(done.set)
            return 0

        monkeypatch.setattr(sweeping, "sweep_onramps", sweep)
        beside = Sweeping(every_s=0)
        beside.start()
        await asyncio.wait_for(done.wait(), PATIENCE_S)
        await beside.close()

    monkeypatch.setattr(sweeping, "prune_sessions", prune)
    monkeypatch.setattr(sweeping, "expire_requests", lambda: 0)
    asyncio.run(run())
    return len(pruned)


def test_once_in_an_hour_however_often_it_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_rounds(monkeypatch, 5) == 1


def test_again_when_the_hour_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "PRUNE_EVERY_S", 0)
    assert run_rounds(monkeypatch, 5) == 5
