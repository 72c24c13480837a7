"""Keeps what people typed, and their cookies, out of the log.

Reflex logs an event that fails with its payload and the headers of its connection. Of its records only the words
before such values are kept, and of an exception its kind and place: enough to find the line, nothing to sign in with.
"""

import logging
import re
from pathlib import Path
from typing import Any, Final

#: Where the words of a record of Reflex end and values begin.
_VALUES_BEGIN: Final = re.compile(r"Event\(|[Ee]vent data|with value|[{\[]")

#: The longest sentence of Reflex's has some; a name that a stranger gave to a tab may have thousands.
MAX_WORDS_CHARACTERS: Final = 300

_REFLEX: Final = ("reflex", "socketio", "engineio")


def place_of(error: BaseException) -> str:
    """``KeyError at event_processor.py:861``: the kind of an exception and where it was raised, without its values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"
    return f"{type(error).__name__} at {place}"


def redact(record: logging.LogRecord) -> logging.LogRecord:
    """Takes the values out of a record of Reflex; others stay as they are."""
    # ``logging.makeLogRecord`` makes its records empty, without a name or a level, and fills them afterwards.
    if not record.name or record.levelno < logging.WARNING or not record.name.startswith(_REFLEX):
        return record
    message = record.getMessage()
    found = _VALUES_BEGIN.search(message)
    words = (message[: found.start()].rstrip(" :[(") if found else message)[:MAX_WORDS_CHARACTERS]
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    record.msg = f"{words}: {place_of(error)}" if error else words
    record.args, record.exc_info, record.exc_text = (), None, None
    return record


def redact_reflex() -> None:
    """From now on every record that Reflex makes in this process is redacted."""
    make_record = logging.getLogRecordFactory()

    def make_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        return redact(make_record(*args, **kwargs))

    logging.setLogRecordFactory(make_redacted)
