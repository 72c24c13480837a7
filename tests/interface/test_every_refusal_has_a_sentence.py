"""A code without a sentence would leave a person with "Something went wrong"."""

import pytest

from wallet_app.sentences import known_codes, sentence
from wallet_core.errors import SettingsError, WalletError


def _subclasses(of: type[WalletError]) -> set[type[WalletError]]:
    return {kind for child in of.__subclasses__() for kind in {child, *_subclasses(child)}}


#: For operators at a terminal: it brings its own sentence.
NOT_FOR_THE_INTERFACE = {SettingsError}

REFUSALS = sorted(_subclasses(WalletError) - NOT_FOR_THE_INTERFACE, key=lambda kind: kind.code)

DETAILS: dict[str, str | int] = {
    "limit_paise": 1_00_000_00,
    "available_paise": 1_23_456_78,
    "retry_after_s": 90,
    "max_characters": 60,
    "min_characters": 8,
    "max_bytes": 72,
}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_refusal_reads_as_a_sentence(refusal: type[WalletError]) -> None:
    assert refusal.code in known_codes()
    words = sentence(refusal(**DETAILS))
    assert words.endswith(".")
    assert "{" not in words


def test_codes_are_unique() -> None:
    codes = [refusal.code for refusal in REFUSALS]
    assert len(codes) == len(set(codes))


def test_details_are_spelled_for_people() -> None:
    from wallet_core.errors import InsufficientBalance, TooManyAttempts

    assert "₹1,23,456.78" in sentence(InsufficientBalance(available_paise=1_23_456_78))
    assert "2 minutes" in sentence(TooManyAttempts(retry_after_s=90))
    assert "30 seconds" in sentence(TooManyAttempts(retry_after_s=30))
