"""Fields report their text a moment after it was typed. What was typed just before a form was sent comes after it, and
takes neither the refusal away nor anything else.
"""

from dataclasses import replace
from uuid import UUID

import pytest

from tests.interface.handlers import ALICE, call, refuse, state_at
from wallet_app.paths import ADD_MONEY, ASK, HISTORY, SEND, SETTINGS
from wallet_app.state import ask, p2ptransfer, transactions, transfer
from wallet_app.state.ask import AskState
from wallet_app.state.p2ptransfer import P2PTransferState
from wallet_app.state.settings import SettingsState
from wallet_app.state.transactions import TransactionsState
from wallet_app.state.transfer import TransferState
from wallet_core.errors import BankUnavailable, InsufficientBalance, InvalidNote, PersonFrozen
from wallet_core.views import ActivityPage

FIELDS = {"amount": "500", "note": "tea"}


@pytest.fixture
def send_form() -> P2PTransferState:
    state = state_at(P2PTransferState, SEND)
    state.person = replace(state.person, id=str(UUID(int=2)), name="Bob Verma")
    return state


@pytest.fixture
def ask_form() -> AskState:
    state = state_at(AskState, ASK)
    state.person = replace(state.person, id=str(UUID(int=2)), name="Bob Verma")
    return state


def test_a_name_that_is_being_typed_is_not_overwritten() -> None:
    """The page is opened again after each lost connection."""
    (fills,) = call(state_at(SettingsState, SETTINGS), "open")
    (code,) = [str(value) for name, value in fills.args if str(name) == "javascript_code"]
    assert ALICE.name in code
    assert "!field.value" in code


def type_all_again(state: P2PTransferState | AskState) -> None:
    call(state, "type_note", FIELDS["note"])
    call(state, "type_amount", FIELDS["amount"])
    call(state, "take_fields", FIELDS)


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (InvalidNote(max_characters=60), "note_error"),
        (InsufficientBalance(available_paise=1_00), "amount_error"),
        (PersonFrozen(), "form_error"),
    ],
)
def test_the_refusal_of_a_payment_stays(
    send_form: P2PTransferState, error: Exception, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(p2ptransfer, "preview_payment", refuse(error))
    call(send_form, "review", FIELDS)
    words = getattr(send_form, place)
    assert words
    type_all_again(send_form)
    assert (getattr(send_form, place), send_form.amount) == (words, "500")


@pytest.mark.parametrize(
    ("error", "place"), [(InvalidNote(max_characters=60), "note_error"), (PersonFrozen(), "form_error")]
)
def test_the_refusal_of_a_request_stays(
    ask_form: AskState, error: Exception, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "ask_for_money", refuse(error))
    call(ask_form, "send", FIELDS)
    words = getattr(ask_form, place)
    assert words
    type_all_again(ask_form)
    assert (getattr(ask_form, place), ask_form.amount) == (words, "500")


def test_what_is_wrong_with_an_amount_stays(ask_form: AskState) -> None:
    """Nothing is wrong yet with what somebody has only begun to type; sent, it is."""
    call(ask_form, "send", {"amount": "0", "note": ""})
    words = ask_form.amount_error
    assert words
    call(ask_form, "type_amount", "0")
    assert ask_form.amount_error == words


def test_the_refusal_of_adding_money_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "start_onramp", refuse(BankUnavailable()))
    state = state_at(TransferState, ADD_MONEY)
    call(state, "start", {"amount": "500", "bank": "HDFC"})
    words = state.form_error
    assert words
    call(state, "type_amount", "500")
    call(state, "take_fields", {"amount": "500", "bank": "HDFC"})
    assert (state.form_error, state.amount) == (words, "500")


def test_other_words_take_the_refusal_away(ask_form: AskState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "ask_for_money", refuse(InvalidNote(max_characters=60)))
    call(ask_form, "send", FIELDS)
    call(ask_form, "type_note", "coffee")
    assert ask_form.note_error == ""


def test_a_search_from_before_the_filters_were_cleared_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "list_activity", lambda **_: ActivityPage([], None))
    state = state_at(TransactionsState, HISTORY)
    typed_in = state.search_round
    call(state, "search", "te", typed_in)
    assert state.has_filter
    call(state, "clear")
    call(state, "search", "tea", typed_in)
    assert not state.has_filter
    call(state, "search", "tea", state.search_round)
    assert state.has_filter
