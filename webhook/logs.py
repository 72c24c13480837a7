"""One line of JSON for each event, on standard error. No secret, signature, body, query or unverified header."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

#: What a record has of its own; everything beside it was given as ``extra`` and is written out.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonFormatter(logging.Formatter):
    """``{"at": ..., "level": ..., "event": ..., further fields}``; a traceback stays inside its line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": "webhook",
            "event": record.getMessage(),
        }
        line.update((name, value) for name, value in vars(record).items() if name not in _OWN)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def set_up_logs() -> None:
    """For the process as a whole; uvicorn's own configuration is switched off."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # What uvicorn has to say of its start is said in __main__; what a client did wrong is a warning.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # The pool warns of each attempt to reach a database that is away; /readyz and the 503 answers tell it.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
