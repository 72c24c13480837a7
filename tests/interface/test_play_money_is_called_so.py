"""The sign-in page says where money is play money, and says it nowhere else. One image is built for both."""

import pytest

from tests.interface.handlers import call, state_at
from wallet_app.state.sign_in import SignInState
from wallet_core.config import get_settings


@pytest.mark.parametrize(("environment", "is_demo"), [("development", True), ("production", False)])
def test_as_the_environment_of_the_process_is(environment: str, is_demo: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = get_settings().model_copy(update={"env": environment})
    monkeypatch.setattr("wallet_app.state.sign_in.get_settings", lambda: settings)
    state = state_at(SignInState, "/signin")
    call(state, "load")
    assert state.is_demo is is_demo
