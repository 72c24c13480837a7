"""Whoever comes back to a form that has asked for money finds a fresh one; an answer that was lost is no fresh form."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.interface.handlers import call, refuse, state_at
from tests.interface.test_a_page_opened_twice_is_one_form import open_at
from wallet_app.paths import ASK
from wallet_app.state import ask
from wallet_app.state.ask import AskState
from wallet_core.errors import KeyConflict
from wallet_core.ids import new_token
from wallet_core.views import MoneyRequest, RequestSide, RequestStatus

NOW = datetime(2025, 6, 1, tzinfo=UTC)
ASKED = MoneyRequest(
    reference="Q-0123456789",
    side=RequestSide.OUTGOING,
    counterparty_id=UUID(int=2),
    counterparty="Bob Verma",
    counterparty_phone="+91 98••• ••211",
    amount_paise=500_00,
    note="",
    status=RequestStatus.OPEN,
    created_at=NOW,
    expires_at=NOW,
    ended_at=None,
    payment_reference="",
)
FIELDS = {"amount": "500", "note": ""}


@pytest.fixture
def form() -> AskState:
    """Opened, with Bob chosen."""
    state = state_at(AskState, ASK)
    open_at(state, f"{ASK}?form={new_token()}")
    state.person = replace(state.person, id=str(UUID(int=2)), name="Bob Verma")
    return state


def test_until_it_is_left_it_is_the_form_that_has_asked(form: AskState, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = []
    monkeypatch.setattr(ask, "ask_for_money", lambda *, key, **_: keys.append(key) or ASKED)
    call(form, "send", FIELDS)
    open_at(form, f"{ASK}?form={form._key}&to={form.person.id}")
    (events,) = call(form, "send", FIELDS)
    assert keys == [form._key] * 2
    assert "toast" not in str(events)


def test_once_it_is_left_its_address_opens_a_fresh_one(form: AskState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "ask_for_money", lambda **_: ASKED)
    spent, fresh = form._key, new_token()
    call(form, "send", FIELDS)
    open_at(form, f"{ASK}?form={fresh}")
    assert form._key == fresh
    open_at(form, f"{ASK}?form={spent}")
    assert form._key not in (spent, fresh)


def test_after_a_conflict_it_asks_with_a_key_of_its_own(form: AskState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "ask_for_money", refuse(KeyConflict()))
    before = form._key
    (kept,) = call(form, "send", FIELDS)
    assert form.form_error
    assert form._key != before
    assert f"form={form._key}" in str(kept.args)
