"""The tables, one module a noun. Importing this package registers all of them."""

from wallet_core.models.account import Account, AccountKind
from wallet_core.models.account_checkpoint import AccountCheckpoint
from wallet_core.models.audit_entry import AuditEntry
from wallet_core.models.audit_state import AuditState
from wallet_core.models.bank_book import BankBook
from wallet_core.models.base import METADATA
from wallet_core.models.correction_proposal import CorrectionProposal
from wallet_core.models.disputed_message import DisputedMessage
from wallet_core.models.drift import Drift
from wallet_core.models.onramp import FailureCode, Onramp, OnrampStatus
from wallet_core.models.onramp_unmoved import OnrampUnmoved
from wallet_core.models.payment_command import PaymentCommand
from wallet_core.models.payment_request import PaymentRequest
from wallet_core.models.person import Person
from wallet_core.models.person_block import PersonBlock
from wallet_core.models.rate_limit_bucket import RateLimitBucket
from wallet_core.models.request_report import RequestReport
from wallet_core.models.session import StoredSession
from wallet_core.models.statement_line import StatementLine
from wallet_core.models.transfer import Transfer, TransferKind

__all__ = [
    "METADATA",
    "Account",
    "AccountCheckpoint",
    "AccountKind",
    "AuditEntry",
    "AuditState",
    "BankBook",
    "CorrectionProposal",
    "DisputedMessage",
    "Drift",
    "FailureCode",
    "Onramp",
    "OnrampStatus",
    "OnrampUnmoved",
    "PaymentCommand",
    "PaymentRequest",
    "Person",
    "PersonBlock",
    "RateLimitBucket",
    "RequestReport",
    "StatementLine",
    "StoredSession",
    "Transfer",
    "TransferKind",
]
