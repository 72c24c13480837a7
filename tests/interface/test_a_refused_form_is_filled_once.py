"""After a refusal the form has what was typed. The cookie that says so outlives the page: it fills no later one."""

import json

from reflex.istate.data import RouterData
from starlette.responses import Response

from tests.interface.handlers import ORIGIN, call, state_at
from wallet_app.cookies import Flash, set_flash
from wallet_app.state.sign_in import SignInState


def cookie_of(flash: Flash) -> str:
    response = Response()
    set_flash(response, flash)
    return response.headers["set-cookie"].partition(";")[0]


def open_sign_in(state: SignInState, cookie: str) -> str:
    """What runs in the page when it opens."""
    data = {"asPath": "/signin", "headers": {"origin": ORIGIN, "cookie": cookie}}
    state._get_root_state().router = RouterData.from_router_data(data)
    (events,) = call(state, "load")
    return json.dumps([str(event.args) for event in events])


def test_each_refusal_fills_the_form_once_and_stays_to_be_read() -> None:
    state = state_at(SignInState, "/signin")
    first = cookie_of(Flash("signin", "credentials-wrong", fields={"phone": "98765 43210"}))
    assert "98765 43210" in open_sign_in(state, first)
    assert state.error
    # Opened again within the minute, or connected anew.
    assert open_sign_in(state, first) == "[]"
    assert state.error
    second = cookie_of(Flash("signin", "credentials-wrong", fields={"phone": "98765 43211"}))
    assert "98765 43211" in open_sign_in(state, second)
    assert open_sign_in(state, "") == "[]"
    assert not state.error


def test_what_stands_in_the_form_stays_there() -> None:
    script = open_sign_in(
        state_at(SignInState, "/signin"), cookie_of(Flash("signin", "credentials-wrong", fields={"phone": "1"}))
    )
    assert "!field.value" in script
