"""Event handlers called as Reflex calls them, in this process and without a browser."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

import reflex as rx
from reflex.istate.data import RouterData

from wallet_app.asking import person_asking
from wallet_core.views import SignedIn

S = TypeVar("S", bound=rx.State)

ORIGIN = "http://localhost:3000"
ALICE = SignedIn(person_id=uuid4(), session_id=uuid4(), name="Alice Nair", phone="+919876543210")


def state_at(state_class: type[S], address: str) -> S:
    """A state as it is right after a reload of this address: nothing in it but what the browser has told."""
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    root.router = RouterData.from_router_data({"asPath": address, "headers": {"origin": ORIGIN}})
    state = root.get_substate(state_class.get_full_name().split("."))
    assert isinstance(state, state_class)
    return state


def call(state: rx.State, handler: str, *arguments: Any) -> list[Any]:
    """Runs one handler to its end, as Alice's event. Answers all that it yielded or returned, but nothings."""

    async def run() -> list[Any]:
        person_asking.set(ALICE)
        answer = state.event_handlers[handler].fn(state, *arguments)
        if inspect.isasyncgen(answer):
            return [part async for part in answer]
        return [await answer if inspect.isawaitable(answer) else answer]

    return [part for part in asyncio.run(run()) if part is not None]


def refuse(error: Exception) -> Callable[..., Any]:
    """A service that refuses whatever it is asked."""

    def refusing(**_: object) -> Any:
        raise error

    return refusing
