"""The log of every process of ours: a line an event, JSON in production and readable in development.

Records of our own and of every library go through one chain, so none can say what the others must not: cookies,
tokens, passwords, secrets and whole phone numbers are taken out of each line, wherever they stand in it.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from functools import lru_cache
from random import getrandbits
from typing import Any, Final, TextIO

import structlog
from structlog.types import Processor

#: What every line of one call carries: its request id, and what becomes known of it meanwhile. A dictionary that the
#: caller may go on filling: binding a new one for each field would cost the bank's door a part of its rate.
call_fields: ContextVar[Mapping[str, object]] = ContextVar("call_fields", default={})  # noqa: B039 - read only

HIDDEN: Final = "[hidden]"

#: Of fields, of which there are some dozens.
NAMES_REMEMBERED: Final = 256

#: Names of fields whose values are never written, whatever they hold.
_SECRET_NAME: Final = re.compile(r"cookie|authorization|password|secret|token|signature", re.IGNORECASE)

#: The same in running text (``Cookie: x``, ``password=x``, ``'token': 'x'``, ``(b'cookie', b'x')``), for libraries that
#: write values out; quotes may be escaped, where it is a text within a text. It
#: begins with the word itself and not with what may stand before it: to look for that from each place of a long name
#: that a stranger chose (a tab's token, which Reflex logs) took seconds, in which nobody was answered.
_SECRET_PAIR: Final = re.compile(
    r"""(?P<name>(?:cookie|authorization|password|passwd|secret|token|signature|wallet_session|wallet_flash)"""
    r"""(?:\\{0,3}["']?\s?[:=]|\\{0,3}["'],)\s?)"""
    r"""(?P<value>b?\\{0,3}"[^"]*"|b?\\{0,3}'[^']*'|(?:Bearer |Basic )?[^\s,;&)}\]]+)""",
    re.IGNORECASE,
)

#: What gives itself away by its form: signing secrets, bearer tokens, passwords inside an address.
_SECRET_FORM: Final = re.compile(r"whsec_[A-Za-z0-9+/=]+|(?<=Bearer )\S+|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)")

#: A phone in E.164 (the plus as in an address, too) or an Indian mobile number by itself, with or without a gap in the
#: middle, as people write it; its last two digits stay, to know it by.
_PHONE: Final = re.compile(
    r"(?:(?<![\w.-])|(?<=%2B)|(?<=%2b))"
    r"(?:\+[1-9]\d{7,12}|(?:\+?91[ -]?)?[6-9]\d{4}[ -]?\d{3})(\d{2})(?![\w-]|\.\d)"
)

#: Of our own processes, what they tell; of libraries, what went wrong: what they tell holds addresses and queries.
_TOLD: Final = ("wallet", "wallet_app", "wallet_core", "webhook")

#: The pool warns of each attempt to reach a database that is away; /readyz and the 503 answers tell it.
_QUIET: Final = {"psycopg.pool": logging.ERROR}

#: They bring handlers of their own, past the chain.
_SERVERS: Final = ("uvicorn", "uvicorn.error", "uvicorn.access")


class Known(tuple[object, ...]):
    """Values of which none can be a secret or a phone (our own references, ids that were checked): they are written
    as they are. To look through those of a whole batch took the bank's door 15 us of each credit.
    """


def new_request_id() -> str:
    """Ours and not the caller's, who could make two calls look like one. No secret, so no system call for it."""
    return f"{getrandbits(64):016x}"


def hide(text: str) -> str:
    """The text without secrets and whole phone numbers."""
    text = _SECRET_FORM.sub(HIDDEN, text)
    text = _SECRET_PAIR.sub(lambda found: found["name"] + HIDDEN, text)
    return _PHONE.sub(r"••\1", text)


def set_up_logs(process: str, *, as_json: bool, stream: TextIO | None = None) -> None:
    """For the process as a whole, whatever was configured before."""
    chain: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _add_call,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(),
                _Named(process),
                _hide_fields,
                structlog.processors.JSONRenderer(default=str) if as_json else _readable(),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in _TOLD:
        logging.getLogger(name).setLevel(logging.INFO)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    for name in _SERVERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True


#: What the chain itself writes into each line, whatever else was there.
_OF_THE_CHAIN: Final = frozenset({"at", "process"})


class _Named:
    """Says which process speaks, and puts what one looks for first."""

    def __init__(self, process: str) -> None:
        self._process: Final = process

    def __call__(self, _logger: Any, _method: str, fields: MutableMapping[str, Any]) -> dict[str, Any]:
        first = {name: fields.pop(name) for name in ("at", "level") if name in fields}
        rest = {"traceback" if name == "exception" else name: value for name, value in fields.items()}
        return {**first, "process": self._process, **rest}


def _add_call(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in call_fields.get().items():
        fields.setdefault(name, value)
    return fields


def _hide_fields(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if name in _OF_THE_CHAIN else HIDDEN if _is_secret(name) else _hidden(value)
        for name, value in fields.items()
    }


@lru_cache(NAMES_REMEMBERED)
def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _hidden(value: Any) -> Any:
    match value:
        case str():
            return hide(value) if value else value
        case bool() | int() | None | Known():
            return value
        case Mapping():
            return {name: HIDDEN if _is_secret(str(name)) else _hidden(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_hidden(inner) for inner in value]
        case _:
            return hide(str(value))


def _readable() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=False, timestamp_key="at", event_key="event", exception_formatter=structlog.dev.plain_traceback
    )
