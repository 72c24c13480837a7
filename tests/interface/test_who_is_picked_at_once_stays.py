"""Whoever picks a person before the form has its address has not gone back to the list; whoever goes back later has."""

from collections.abc import Callable

import pytest
import reflex as rx

from tests.interface.handlers import call, state_at
from tests.interface.test_a_page_opened_twice_is_one_form import open_at
from tests.interface.test_a_refused_command_is_said import BOB
from wallet_app.paths import ASK, SEND
from wallet_app.state import person_form
from wallet_app.state.ask import AskState
from wallet_app.state.p2ptransfer import P2PTransferState
from wallet_app.state.person_form import PersonForm

pytestmark = pytest.mark.parametrize(("form", "page"), [(P2PTransferState, SEND), (AskState, ASK)])

Opened = Callable[[type[rx.State], str], PersonForm]


@pytest.fixture
def picked(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """A form for Bob, whose address has no key yet."""
    monkeypatch.setattr(person_form, "choose_payee", lambda **_: BOB)

    def make(form: type[rx.State], page: str) -> PersonForm:
        state = state_at(form, page)
        open_at(state, page)
        call(state, "pick", str(BOB.person_id))
        assert isinstance(state, PersonForm)
        return state

    return make


@pytest.mark.parametrize("times", [0, 1])
def test_the_address_that_comes_late_takes_nobody_away(
    picked: Opened, form: type[rx.State], page: str, times: int
) -> None:
    state = picked(form, page)
    for _ in range(times):
        open_at(state, page)
    key = state._key
    assert state.person.id == str(BOB.person_id)
    _, keep = answers(state, f"{page}?form={key}")
    assert (state._key, state.person.id) == (key, str(BOB.person_id))
    assert str(BOB.person_id) in str(keep)


def test_the_way_back_leads_to_the_list(picked: Opened, form: type[rx.State], page: str) -> None:
    state = picked(form, page)
    address = f"{page}?form={state._key}"
    open_at(state, address)
    open_at(state, f"{address}&to={BOB.person_id}")
    assert state.person.id == str(BOB.person_id)
    open_at(state, address)
    assert state.person.id == ""


def answers(state: PersonForm, address: str) -> list[object]:
    (said,) = open_at(state, address)
    return said
