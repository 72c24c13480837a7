"""One rule says what may be looked for as a reference: ours, those that somebody made up, and nothing else."""

import pytest

from wallet_core.ids import MAX_REFERENCE_CHARACTERS, is_reference, may_be_reference, new_reference


def test_ours_may() -> None:
    for prefix in "ACHPQR":
        reference = new_reference(prefix)
        assert is_reference(reference)
        assert may_be_reference(reference)


@pytest.mark.parametrize("text", ["A-R001000000001", "A-NOT-OURS", "made-up", "%", "x" * MAX_REFERENCE_CHARACTERS])
def test_those_of_others_may(text: str) -> None:
    assert may_be_reference(text)
    assert not is_reference(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "a b", "A-\x00", "\ud800", "₹", "A-1\n", "x" * (MAX_REFERENCE_CHARACTERS + 1), None, 7, b"A-1", ["A-1"]],
)
def test_nothing_else_may(text: object) -> None:
    assert not may_be_reference(text)
