"""Letter by letter: what more typing may still mend is no error yet, and what cannot be mended is said at once."""

import pytest

from wallet_app.state.typed_amount import read_amount, read_unfinished_amount


@pytest.mark.parametrize("whole", ["500", "1,250", "1,00,000", "99,999.99", "₹ 1,250.5", "100,000", "+7", "1, 250"])
def test_nothing_is_said_on_the_way_to_an_amount(whole: str) -> None:
    for end in range(len(whole) + 1):
        assert read_unfinished_amount(whole[:end])[1] == "", whole[:end]
    assert read_unfinished_amount(whole) == read_amount(whole)


@pytest.mark.parametrize("text", ["1,", "1,2", "12,50"])
def test_half_a_group_is_no_amount_to_press_the_button_with(text: str) -> None:
    assert read_unfinished_amount(text) == (None, "")
    paise, error = read_amount(text)
    assert paise is None
    assert error


@pytest.mark.parametrize("text", ["abc", "1,2345", "12,50.5", "-5", "1.234", "1,00,001"])
def test_what_cannot_be_mended_is_said(text: str) -> None:
    paise, error = read_unfinished_amount(text)
    assert paise is None
    assert error
