"""The money rules. Nothing else writes accounts and transfers.

A transfer takes ``amount_paise`` from its debit account and puts it into its credit account: debit is where the money
leaves, credit where it arrives. (An accountant of the wallet's operator would call a person's account a liability, and
a movement out of it a debit: the same words.) Adding money debits the bank's settlement account and credits the person.
"""

from uuid import UUID

from sqlmodel import Session

from wallet_core.models import Account, AccountKind


def open_accounts(session: Session, person_id: UUID) -> None:
    """Gives a new person the two accounts of their money, both empty. The person's row must be flushed already."""
    session.add_all(
        Account(kind=kind, person_id=person_id, balance_paise=0) for kind in (AccountKind.AVAILABLE, AccountKind.LOCKED)
    )
    session.flush()
