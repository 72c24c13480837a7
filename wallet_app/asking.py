"""What every event handler uses: who is asking, and how to ask the core without holding up the event loop."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from wallet_core.errors import NotSignedIn
from wallet_core.views import OperatorAsking, SignedIn

P = ParamSpec("P")
T = TypeVar("T")

#: Set by the guard at the start of every event, from the cookie, and read by the handler of the same event.
person_asking: ContextVar[SignedIn | None] = ContextVar("person_asking", default=None)


#: Where the connection of this event comes from, set beside it.
address_asking: ContextVar[str] = ContextVar("address_asking", default="")


def signed_in() -> SignedIn:
    """The person whose event this is. Raises: NotSignedIn."""
    person = person_asking.get()
    if person is None:
        raise NotSignedIn
    return person


def operator_asking() -> OperatorAsking:
    """The same person, as somebody who wants to act as an operator. Whether they may, the core decides.

    Raises: NotSignedIn.
    """
    person = signed_in()
    return OperatorAsking(person.person_id, person.session_id, address_asking.get())


async def ask(service: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a service of the core in a thread: it waits for the database, the event loop must not."""
    return await asyncio.to_thread(service, *args, **kwargs)
