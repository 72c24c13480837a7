"""What every event handler uses: who is asking, and how to ask the core without holding up the event loop."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from wallet_core.errors import NotSignedIn
from wallet_core.views import SignedIn

P = ParamSpec("P")
T = TypeVar("T")

#: Set by the guard at the start of every event, from the cookie, and read by the handler of the same event.
person_asking: ContextVar[SignedIn | None] = ContextVar("person_asking", default=None)


def signed_in() -> SignedIn:
    """The person whose event this is. Raises: NotSignedIn."""
    person = person_asking.get()
    if person is None:
        raise NotSignedIn
    return person


async def ask(service: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a service of the core in a thread: it waits for the database, the event loop must not."""
    return await asyncio.to_thread(service, *args, **kwargs)
