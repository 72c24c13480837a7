"""The banks that money can be added from. The code is what is stored; the name is what people see."""

from typing import Final

from wallet_core.errors import UnknownBank

BANKS: Final[dict[str, str]] = {
    "HDFC": "HDFC Bank",
    "AXIS": "Axis Bank",
    "ICICI": "ICICI Bank",
    "SBI": "State Bank of India",
}


def check_bank(bank_code: object) -> None:
    """Raises: UnknownBank, for what no money can be added from."""
    if not isinstance(bank_code, str) or bank_code not in BANKS:
        raise UnknownBank


def bank_name(bank_code: str) -> str:
    """What people see; the code where the bank is no longer among them, for old orders stay in the history."""
    return BANKS.get(bank_code, bank_code)
