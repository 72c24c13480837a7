"""Home: the balance first, then what happened lately."""

import reflex as rx

from wallet_app.components.shell import shell
from wallet_app.paths import HOME
from wallet_app.state.balance import BalanceState
from wallet_app.state.session import SessionState


def dashboard_page() -> rx.Component:
    return shell(
        HOME,
        rx.cond(SessionState.is_loaded, f"{SessionState.greeting}, {SessionState.first_name}", "Home"),
        "Here is your money today",
        rx.el.p(BalanceState.available, custom_attrs={"data-testid": "available-balance"}),
    )
