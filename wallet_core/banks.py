"""The banks that money can be added from. The code is what is stored; the name is what people see."""

from typing import Final

from wallet_core.errors import UnknownBank

BANKS: Final[dict[str, str]] = {
    "HDFC": "HDFC Bank",
    "AXIS": "Axis Bank",
    "ICICI": "ICICI Bank",
    "SBI": "State Bank of India",
}


def bank_name(bank_code: str) -> str:
    """Raises: UnknownBank."""
    try:
        return BANKS[bank_code]
    except (KeyError, TypeError):
        raise UnknownBank from None
