"""What the ledger's answer to an operator's transfer means."""

from datetime import datetime

from wallet_core.errors import AccountFrozen, InsufficientBalance, TransferCorrected
from wallet_core.ledger import PostingAnswer


def posted_at(answer: PostingAnswer) -> datetime:
    """When it was posted.

    Raises: InsufficientBalance, TransferCorrected, AccountFrozen.
    """
    match answer.outcome:
        case "posted":
            if answer.created_at is None:
                raise AssertionError("a stored row has its moment")
            return answer.created_at
        case "balance-insufficient":
            raise InsufficientBalance(available_paise=answer.debit_balance_paise or 0)
        case "already-corrected":
            raise TransferCorrected
        case "account-frozen":
            raise AccountFrozen
        case other:
            raise AssertionError(f"wallet_post_transfer answered {other}")
