"""The states of tabs, as Reflex keeps them in this process: of nobody's tabs only those that are connected."""

import asyncio

from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from wallet_app.live import forget_strangers, session_of


def token(name: str) -> BaseStateToken:
    return BaseStateToken(ident=name, cls=State)


def test_of_those_that_are_gone_only_the_states_of_people_stay() -> None:
    async def run() -> set[str]:
        manager = StateManagerMemory()
        for name in ("gone stranger", "connected stranger", "alice, gone for a moment"):
            root = await manager.get_state(token(name))
            assert isinstance(root, State)
            session_of(root)._owner = "a session" if name.startswith("alice") else ""
        async with manager.modify_state(token("stranger at work")):
            forget_strangers(manager, {"connected stranger"})
        left = {each.ident for _, each in manager._token_expires_at.values()}
        assert {token(name).cache_key for name in left} == set(manager.states)
        await manager.close()
        return left

    assert asyncio.run(run()) == {"connected stranger", "alice, gone for a moment", "stranger at work"}
