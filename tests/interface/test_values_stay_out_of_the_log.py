import logging

from wallet_app.logs import MAX_WORDS_CHARACTERS, redact


def _record(name: str, message: str, error: Exception | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, "file.py", 1, message, (), exc_info)


def _raised() -> Exception:
    try:
        raise KeyError("a secret")
    except KeyError as error:
        return error


def test_the_words_of_reflex_stay_and_its_values_go() -> None:
    message = "Error processing event queue entry for Event(name='x', payload={'password': 'a secret'})"
    record = redact(_record("reflex_base.event.processor", message, _raised()))
    said = logging.Formatter().format(record)
    assert said.startswith("Error processing event queue entry for: KeyError at test_values_stay_out")
    assert "a secret" not in said


def test_a_name_that_a_stranger_gave_fills_no_log() -> None:
    record = redact(_record("reflex.app", f"Attempting to send delta to disconnected client '{'a-' * 4000}'"))
    assert record.getMessage().startswith("Attempting to send delta")
    assert len(record.getMessage()) <= MAX_WORDS_CHARACTERS


def test_our_own_records_stay_whole() -> None:
    record = redact(_record("wallet_core.services.onramps", "sweep {ended}"))
    assert record.getMessage() == "sweep {ended}"


def test_a_record_made_empty_is_left_alone() -> None:
    """``logging.makeLogRecord`` asks for a record without a name or a level, and fills it afterwards."""
    empty = logging.LogRecord(None, None, "", 0, "", (), None, None)  # type: ignore[arg-type]
    assert redact(empty) is empty
