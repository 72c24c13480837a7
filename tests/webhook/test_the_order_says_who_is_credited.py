"""Whose order it is, the wallet knows itself: no field of a message, however it is spelled, names who is credited."""

from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.books import available_paise, books_are_right
from tests.conftest import CAST, add_onramp
from tests.webhook.bank import encode, message
from wallet_core.services.onramps import settle_onramp
from wallet_core.views import MessageOutcome
from webhook.message import parse_message

NAMES = ("user", "user_id", "userId", "user_identifier", "person_id", "account", "phone")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["data", "envelope"])
def test_a_message_that_names_somebody_else(
    alice: UUID, bob: UUID, superuser: psycopg.Connection, name: str, place: str
) -> None:
    reference = add_onramp(alice, 1_00)
    content: dict[str, Any] = message(reference, 1_00)
    (content["data"] if place == "data" else content)[name] = CAST["bob"] if name == "phone" else str(bob)
    assert settle_onramp(parse_message("msg_1", encode(content))) is MessageOutcome.CREDITED
    assert (available_paise(superuser, alice), available_paise(superuser, bob)) == (1_00, 0)
    books_are_right(superuser)


def test_a_second_amount_beside_the_agreed_one_counts_for_nothing(alice: UUID, superuser: psycopg.Connection) -> None:
    reference = add_onramp(alice, 1_00)
    content = message(reference, 1_00, amount=50_000_00)
    content["amount_paise"] = 50_000_00
    assert settle_onramp(parse_message("msg_1", encode(content))) is MessageOutcome.CREDITED
    assert available_paise(superuser, alice) == 1_00
