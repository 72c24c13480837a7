"""Whatever the core refuses, the person reads the sentence for it on the page on which the command was given."""

from dataclasses import replace
from uuid import UUID

import pytest

from tests.interface.handlers import call, refuse, state_at
from tests.interface.test_every_refusal_has_a_sentence import DETAILS, REFUSALS
from wallet_app.paths import ADD_MONEY, ASK, REQUESTS, SEND
from wallet_app.sentences import sentence
from wallet_app.state import ask, p2ptransfer, person_form, requests, transfer
from wallet_app.state.ask import AskState
from wallet_app.state.p2ptransfer import Draft, P2PTransferState
from wallet_app.state.requests import RequestsState
from wallet_app.state.transfer import TransferState
from wallet_app.wallet_app import show_backend_error
from wallet_app.words.saying import say
from wallet_core.errors import NotSignedIn, WalletError
from wallet_core.views import Payee

BOB = Payee(person_id=UUID(int=2), name="Bob Verma", phone="+919876543211", last_payment=None)

every_refusal = pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)


@pytest.fixture
def send_form() -> P2PTransferState:
    """Bob is chosen, the amount is not typed yet."""
    state = state_at(P2PTransferState, SEND)
    state._key = "a key of this form"
    state.person = replace(state.person, id=str(BOB.person_id), name=BOB.name)
    return state


@every_refusal
def test_when_the_money_is_sent(
    send_form: P2PTransferState, refusal: type[WalletError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(p2ptransfer, "send_money", refuse(refusal(**DETAILS)))
    monkeypatch.setattr(p2ptransfer, "find_payment", lambda **_: None)
    send_form._draft, send_form.stage = Draft(BOB.person_id, 1_00, ""), "review"
    call(send_form, "send")
    assert send_form.dialog_error == sentence(refusal(**DETAILS))
    assert (send_form.stage, send_form.is_sending) == ("review", False)


@every_refusal
def test_when_the_payment_is_looked_at(
    send_form: P2PTransferState, refusal: type[WalletError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(p2ptransfer, "preview_payment", refuse(refusal(**DETAILS)))
    call(send_form, "review", {"amount": "1", "note": ""})
    shown = [send_form.person_error, send_form.amount_error, send_form.note_error, send_form.form_error]
    assert [words for words in shown if words] == [sentence(refusal(**DETAILS))]
    assert send_form.stage == ""


@every_refusal
def test_when_somebody_is_chosen(
    send_form: P2PTransferState, refusal: type[WalletError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_form, "choose_payee", refuse(refusal(**DETAILS)))
    call(send_form, "pick", str(BOB.person_id))
    assert send_form.person_error == sentence(refusal(**DETAILS))


@every_refusal
def test_when_money_is_added(refusal: type[WalletError], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "start_onramp", refuse(refusal(**DETAILS)))
    state = state_at(TransferState, ADD_MONEY)
    call(state, "start", {"amount": "500.50", "bank": "HDFC"})
    shown = [state.amount_error, state.bank_error, state.form_error]
    assert [words for words in shown if words] == [sentence(refusal(**DETAILS))]
    assert not state.is_starting


@every_refusal
def test_when_somebody_is_asked_for_money(refusal: type[WalletError], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "ask_for_money", refuse(refusal(**DETAILS)))
    state = state_at(AskState, ASK)
    state.person = replace(state.person, id=str(BOB.person_id), name=BOB.name)
    call(state, "send", {"amount": "1", "note": ""})
    shown = [state.person_error, state.amount_error, state.note_error, state.form_error]
    assert [words for words in shown if words] == [sentence(refusal(**DETAILS))]


@every_refusal
def test_when_a_request_is_paid_or_declined(refusal: type[WalletError], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "pay_request", refuse(refusal(**DETAILS)))
    monkeypatch.setattr(requests, "decline_request", refuse(refusal(**DETAILS)))
    state = state_at(RequestsState, REQUESTS)
    state._requester_id = BOB.person_id
    for command, arguments in (("pay", ()), ("decline", ({"report": "", "block": ""},))):
        state.stage, state.dialog_error = command, ""
        call(state, command, *arguments)
        assert (state.stage, state.dialog_error) == (command, sentence(refusal(**DETAILS)))
        assert not state.is_busy


@pytest.mark.parametrize("typed", ["", "abc", "0", "-5", "1.234", "100000.01"])
def test_when_the_amount_is_none(send_form: P2PTransferState, typed: str) -> None:
    """Said before the core is asked at all."""
    call(send_form, "review", {"amount": typed, "note": ""})
    add = state_at(TransferState, ADD_MONEY)
    call(add, "start", {"amount": typed, "bank": "HDFC"})
    assert send_form.amount_error == add.amount_error
    assert send_form.amount_error.endswith(".")


@every_refusal
def test_what_no_page_has_caught(refusal: type[WalletError]) -> None:
    """The net below all handlers: a toast, and for a session that has ended the way to sign in."""
    shown = str(show_backend_error(refusal(**DETAILS)))
    expected = "/signin" if refusal is NotSignedIn else sentence(refusal(**DETAILS))
    assert expected in shown


def test_a_defect_of_ours_is_said_without_its_values() -> None:
    shown = str(show_backend_error(ValueError("planted-password")))
    assert say("refusal.unexpected") in shown
    assert "planted-password" not in shown
