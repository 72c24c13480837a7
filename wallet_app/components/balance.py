"""What tells how much somebody has, wherever it stands: one eye hides all of it (docs/decisions/0013)."""

from typing import Any

import reflex as rx

from wallet_app.state.balance import HIDDEN_AMOUNT, BalanceState


def own_balance(amount: Any) -> rx.Var[str]:
    return rx.cond(BalanceState.is_hidden, HIDDEN_AMOUNT, amount)
