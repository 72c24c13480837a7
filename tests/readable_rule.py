"""The rule of a payment, to be read: one transaction, the rows locked, every check in plain sight.

The wallet runs the same rule as an SQL function (alembic/sql), which needs one round trip where this needs eight. A
test gives both the same commands and compares everything: outcomes, balances, rows, keys.
"""

from uuid import UUID

from sqlmodel import Session, col, select

from wallet_core.ledger import PaymentAnswer
from wallet_core.models import Account, AccountKind, PaymentCommand, Person, Transfer, TransferKind


def send_money(
    session: Session,
    *,
    payer_id: UUID,
    payee_id: UUID,
    amount_paise: int,
    note: str,
    key: str,
    inputs_sha256: bytes,
    reference: str,
) -> PaymentAnswer:
    """What ``wallet_send_payments`` does with a command, and answers."""
    if payer_id == payee_id:
        return _refused("payee-is-payer")

    # Everybody locks in the order of the ids: nobody waits crosswise.
    locked = session.exec(
        select(Account)
        .where(col(Account.person_id).in_([payer_id, payee_id]), Account.kind == AccountKind.AVAILABLE)
        .order_by(col(Account.id))
        .with_for_update(key_share=True)
    ).all()
    accounts = {account.person_id: account for account in locked}

    # All commands of one payer meet at the payer's account: who waited there sees here what the first one wrote.
    command = session.get(PaymentCommand, (payer_id, key))
    if command is not None:
        if command.inputs_sha256 != inputs_sha256:
            return _refused("key-conflict")
        return _answer("replayed", session, session.get_one(Transfer, command.transfer_id))

    if session.get_one(Person, payer_id).blocked_at is not None:
        return _refused("payer-blocked")
    payee = session.get(Person, payee_id)
    if payee is None or payee.blocked_at is not None:
        return _refused("payee-not-found")

    payer_account, payee_account = accounts[payer_id], accounts[payee_id]
    assert payer_account.balance_paise is not None
    assert payee_account.balance_paise is not None
    if payer_account.balance_paise < amount_paise:
        return _refused("balance-insufficient", payer_account.balance_paise)

    payer_account.balance_paise -= amount_paise
    payee_account.balance_paise += amount_paise
    assert payer_account.id is not None
    assert payee_account.id is not None
    transfer = Transfer(
        reference=reference,
        kind=TransferKind.PAYMENT,
        debit_account_id=payer_account.id,
        credit_account_id=payee_account.id,
        amount_paise=amount_paise,
        debit_balance_after_paise=payer_account.balance_paise,
        credit_balance_after_paise=payee_account.balance_paise,
        note=note,
    )
    session.add_all([transfer, payer_account, payee_account])
    session.flush()
    assert transfer.id is not None
    session.add(PaymentCommand(person_id=payer_id, key=key, inputs_sha256=inputs_sha256, transfer_id=transfer.id))
    session.flush()
    return _answer("sent", session, transfer)


def _refused(outcome: str, payer_balance_paise: int | None = None) -> PaymentAnswer:
    return PaymentAnswer(outcome, None, None, None, None, payer_balance_paise, None, None, None)


def _answer(outcome: str, session: Session, transfer: Transfer) -> PaymentAnswer:
    session.refresh(transfer)
    payee = session.exec(select(Person).join(Account).where(Account.id == transfer.credit_account_id)).one()
    return PaymentAnswer(
        outcome=outcome,
        reference=transfer.reference,
        amount_paise=transfer.amount_paise,
        note=transfer.note,
        created_at=transfer.created_at,
        payer_balance_paise=transfer.debit_balance_after_paise,
        payee_id=payee.id,
        payee_name=payee.name,
        payee_phone=payee.phone,
    )
