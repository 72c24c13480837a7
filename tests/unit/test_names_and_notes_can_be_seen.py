"""What is stored under somebody's name, or beside a payment, can be seen by whoever looks at it."""

import pytest

from tests.hostile import ALLOWED, INVISIBLE
from wallet_app.sentences import sentence, sentence_for
from wallet_app.words.books import Language
from wallet_core.errors import InvalidName, InvalidNote, InvalidReason, InvisibleName, InvisibleNote
from wallet_core.services.operators import check_reason
from wallet_core.services.payments import check_note
from wallet_core.services.people import check_name

every_invisible_text = pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE)


@every_invisible_text
def test_a_name_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvisibleName):
        check_name(text)


@every_invisible_text
def test_a_note_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidNote):
        check_note(text)


@pytest.mark.parametrize("text", [INVISIBLE[name] for name in list(INVISIBLE)[:7]], ids=list(INVISIBLE)[:7])
def test_the_refusal_says_that_there_is_nothing_to_see(text: str) -> None:
    with pytest.raises(InvisibleNote) as refused:
        check_note(text)
    assert refused.value.code == "note-invisible"
    assert sentence(refused.value).startswith("There is nothing to see in this note.")
    for code in ("note-invisible", "name-invisible"):
        assert "कुछ दिखता नहीं" in sentence_for(code, language=Language.HINDI)


@every_invisible_text
def test_a_reason_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidReason):
        check_reason(text * 4)


@pytest.mark.parametrize("text", [*ALLOWED, "क्\u200dष", "👨\u200d👩\u200d👧", "❤\ufe0f", "é", "!", "क्षि"], ids=ascii)
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert check_note(text) == text


def test_a_note_may_be_left_out_and_a_name_may_not() -> None:
    assert check_note("") == check_note("  ") == ""
    with pytest.raises(InvalidName) as refused:
        check_name("  ")
    assert refused.value.code == "name-invalid"
