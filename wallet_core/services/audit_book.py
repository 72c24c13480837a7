"""The book of what was done by operators, at a terminal, and by the auditor: lines are added, and never changed."""

import getpass
import os
import socket
from typing import Final
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session

from wallet_core.models import AuditEntry
from wallet_core.services.text_checks import tidy
from wallet_core.sessions import MAX_ADDRESS_CHARACTERS
from wallet_core.views import AuditAction, AuditActor, OperatorAsking

#: What was typed into the search is kept up to here.
MAX_REFERENCE_CHARACTERS: Final = 64


def write_entry(
    session: Session,
    action: AuditAction,
    asking: OperatorAsking | None = None,
    *,
    actor: AuditActor = AuditActor.OPERATOR,
    person_id: UUID | None = None,
    account_id: int | None = None,
    reference: str = "",
    reason: str = "",
) -> None:
    """Writes down what was done, in the transaction that does it."""
    entry = insert(AuditEntry).values(
        actor=actor,
        operator_id=asking.person_id if asking else None,
        action=action,
        person_id=person_id,
        account_id=account_id,
        reference=tidy(reference)[:MAX_REFERENCE_CHARACTERS],
        reason=reason,
        address=tidy(_address(actor, asking))[:MAX_ADDRESS_CHARACTERS],
    )
    session.connection().execute(entry)


def terminal_user() -> str:
    """Who sits at the terminal, as the machine knows them: ``asha on wallet-1``; with sudo, who they were before."""
    try:
        user = os.environ.get("SUDO_USER") or getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number that has no name
        user = f"user {os.getuid()}"
    return f"{user} on {socket.gethostname()}"


def _address(actor: AuditActor, asking: OperatorAsking | None) -> str:
    if asking is not None:
        return asking.address
    return terminal_user() if actor == AuditActor.TERMINAL else ""
