"""What every event handler and route uses: who is asking, and how to ask the core without holding up the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Final, ParamSpec, TypeVar

from wallet_app.cookies import read_session_token
from wallet_core.db import POOL_CONNECTIONS
from wallet_core.errors import NotSignedIn
from wallet_core.sessions import resolve_session
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


#: Sessions, pages, and whatever is over in a few milliseconds. As many as each pool has connections: more threads would
#: only wait for these.
READERS: Final = ThreadPoolExecutor(POOL_CONNECTIONS, thread_name_prefix="readers")

#: What takes long, or waits for somebody, has threads of its own, so that nobody who reads a balance stands behind it:
#: a hundred sign-ups from one address, or a bank that hangs while ten people add money, took all threads there were
#: for a quarter of a minute.
#:
#: Payments wait for locked accounts, for seconds at worst. Those that wait together go together, over one connection
#: (wallet_core/combining.py): so many threads, which only wait, are so many in a batch.
PAYMENTS: Final = ThreadPoolExecutor(32, thread_name_prefix="payments")

#: Paying a request goes alone, and holds a connection of the pool that sessions are read with while it waits: the
#: other half is theirs.
PAID_REQUESTS: Final = ThreadPoolExecutor(POOL_CONNECTIONS // 2, thread_name_prefix="paid-requests")

#: What may take minutes: one reconciliation in five of them, and two statements at a moment (statements/download.py).
LASTING: Final = ThreadPoolExecutor(4, thread_name_prefix="lasting")

#: A password costs a quarter of a second of one core. New accounts, which anybody may ask for, wait behind each other
#: and hold up no sign-in.
PASSWORDS: Final = ThreadPoolExecutor(2, thread_name_prefix="passwords")
NEW_ACCOUNTS: Final = ThreadPoolExecutor(1, thread_name_prefix="new-accounts")

#: A bank that does not answer costs twelve seconds of a thread, which only waits.
AT_THE_BANK: Final = ThreadPoolExecutor(32, thread_name_prefix="at-the-bank")


async def person_of(cookie_header: str) -> SignedIn | None:
    """Whom the session of a Cookie header belongs to, read anew; None for nobody. Raises: DatabaseUnavailable."""
    token = read_session_token(cookie_header)
    return await ask(resolve_session, token) if token else None


async def ask(service: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a service of the core in a thread: it waits for the database, the event loop must not."""
    return await ask_in(READERS, service, *args, **kwargs)


async def ask_in(room: ThreadPoolExecutor, service: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The same in threads of another kind."""
    work = partial(copy_context().run, service, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(room, work)
