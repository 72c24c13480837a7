"""A page may be opened again before its address has taken the form's key: what was typed meanwhile is not lost."""

from typing import Any

import pytest
import reflex as rx
from reflex.istate.data import RouterData

from tests.interface.handlers import ORIGIN, call, state_at
from wallet_app.paths import ADD_MONEY, ASK, SEND
from wallet_app.state.ask import AskState
from wallet_app.state.p2ptransfer import P2PTransferState
from wallet_app.state.transfer import TransferState

pytestmark = pytest.mark.parametrize(
    ("form", "page"), [(P2PTransferState, SEND), (AskState, ASK), (TransferState, ADD_MONEY)]
)


def open_at(state: rx.State, address: str) -> list[Any]:
    router = RouterData.from_router_data({"asPath": address, "headers": {"origin": ORIGIN}})
    state._get_root_state().router = router
    return call(state, "open")


def test_what_was_typed_between_stays(form: type[rx.State], page: str) -> None:
    state = state_at(form, page)
    open_at(state, page)
    key = state._key
    call(state, "type_amount", "500")
    open_at(state, page)
    assert state._key == key
    open_at(state, f"{page}?form={key}")
    # The browser fills no field twice for one form, and answers what stands there.
    call(state, "take_fields", {"amount": "500"})
    assert (state._key, state.amount) == (key, "500")


def test_opened_anew_later_it_is_another_form(form: type[rx.State], page: str) -> None:
    state = state_at(form, page)
    open_at(state, page)
    key = state._key
    open_at(state, f"{page}?form={key}")
    call(state, "type_amount", "500")
    open_at(state, page)
    assert state._key != key
    assert state.amount == ""
