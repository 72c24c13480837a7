"""Every way in which the wallet refuses.

An error has a stable ``code`` for programs and ``details`` (plain values) for the sentence that a person
reads; the sentences themselves stand in ``wallet_app/words``, and ``wallet_app/sentences.py`` picks them. A refused
call changed nothing.
"""

from typing import ClassVar


class WalletError(Exception):
    """The base of all refusals. ``details`` holds only str and int values, never a secret."""

    code: ClassVar[str] = "wallet-error"

    def __init__(self, **details: str | int) -> None:
        super().__init__(self.code)
        self.details = details


class InvalidInput(WalletError):
    """What was typed or sent is not what the field takes."""

    code = "invalid-input"


class InvalidAmount(InvalidInput):
    """Not a number of rupees at all."""

    code = "amount-invalid"


class AmountTooPrecise(InvalidInput):
    """More than two decimals."""

    code = "amount-too-precise"


class AmountNotPositive(InvalidInput):
    """Zero or below."""

    code = "amount-not-positive"


class AmountAboveLimit(InvalidInput):
    """More than one movement may carry. Details: ``limit_paise``."""

    code = "amount-above-limit"


class InvalidPhone(InvalidInput):
    code = "phone-invalid"


class InvalidName(InvalidInput):
    """Empty, longer than ``max_characters``, or with control characters."""

    code = "name-invalid"


class InvisibleName(InvalidName):
    """Of nothing that anybody could see: joiners, fillers, marks without a letter."""

    code = "name-invisible"


class InvalidNote(InvalidInput):
    """Longer than ``max_characters``, or with control characters."""

    code = "note-invalid"


class InvisibleNote(InvalidNote):
    """Not empty, and of nothing that anybody could see."""

    code = "note-invisible"


class InvalidKey(InvalidInput):
    """An idempotency key that this wallet did not make."""

    code = "key-invalid"


class InvalidCursor(InvalidInput):
    """A paging position that this wallet did not hand out."""

    code = "cursor-invalid"


class PasswordTooShort(InvalidInput):
    """Details: ``min_characters``."""

    code = "password-too-short"


class PasswordTooLong(InvalidInput):
    """More than bcrypt takes (it would ignore the rest). Details: ``max_bytes``."""

    code = "password-too-long"


class UnknownBank(InvalidInput):
    code = "bank-unknown"


class PhoneTaken(WalletError):
    """Somebody has this phone already."""

    code = "phone-taken"


class WrongCredentials(WalletError):
    """Unknown phone or wrong password: one answer for both, so that nobody learns which."""

    code = "credentials-wrong"


class WrongPassword(WalletError):
    """The current password, asked again before a change, is wrong."""

    code = "password-wrong"


class TooManyAttempts(WalletError):
    """Details: ``retry_after_s``."""

    code = "too-many-attempts"


class TooManyOrders(TooManyAttempts):
    """So many orders of one person at banks in a short time. Details: ``retry_after_s``."""

    code = "too-many-orders"


class NotSignedIn(WalletError):
    """No session, or one that is expired or revoked."""

    code = "not-signed-in"


class PersonBlocked(WalletError):
    """An operator has blocked this person: no money moves and nobody signs in."""

    code = "person-blocked"


class PersonFrozen(WalletError):
    """An operator has frozen this person: they sign in and see, and neither pay nor ask nor add money."""

    code = "person-frozen"


class AccountFrozen(WalletError):
    """The books of this account disagree: it takes money and gives none until an operator has looked."""

    code = "account-frozen"


class PayeeNotFound(WalletError):
    """Nobody with that id or phone, or somebody who cannot be paid now."""

    code = "payee-not-found"


class PayeeIsPayer(WalletError):
    code = "payee-is-payer"


class InsufficientBalance(WalletError):
    """Details: ``available_paise``."""

    code = "balance-insufficient"


class KeyConflict(WalletError):
    """The same idempotency key with other inputs. Nothing moved the second time."""

    code = "key-conflict"


class PersonIsOneself(WalletError):
    """Nobody asks, or blocks, themselves."""

    code = "person-is-oneself"


class PersonNotFound(WalletError):
    code = "person-not-found"


class PersonCannotBeAsked(WalletError):
    """Unknown, blocked by an operator, or one has blocked the other: one answer, so that nobody learns which."""

    code = "person-cannot-be-asked"


class RequestsToPersonUsedUp(WalletError):
    """So many requests from one person to another in a day. Details: ``max_requests``."""

    code = "requests-to-person-used-up"


class RequestsOfDayUsedUp(WalletError):
    """So many requests of one person in a day. Details: ``max_requests``."""

    code = "requests-of-day-used-up"


class RequestNotFound(WalletError):
    """No such request with this person on the side that may do this."""

    code = "request-not-found"


class RequestEnded(WalletError):
    """The request is no longer open. The children say how it ended."""

    code = "request-ended"


class RequestPaid(RequestEnded):
    """Paid already, and a request is paid once."""

    code = "request-paid"


class RequestDeclined(RequestEnded):
    code = "request-declined"


class RequestExpired(RequestEnded):
    code = "request-expired"


class RequestCancelled(RequestEnded):
    code = "request-cancelled"


class TransferNotFound(WalletError):
    """No such reference among this person's own movements."""

    code = "transfer-not-found"


class StatementTooLong(WalletError):
    """More than one statement holds. Details: ``max_rows``."""

    code = "statement-too-long"


class SessionNotFound(WalletError):
    """No such open session of this person."""

    code = "session-not-found"


class NotOperator(WalletError):
    """Not an operator, or not any more. Said to nobody: the page looks as if it were not there."""

    code = "not-operator"


class OperatorPasswordNeeded(WalletError):
    """An operator who has not given the password a second time, or too long ago."""

    code = "operator-password-needed"


class InvalidReason(InvalidInput):
    """Shorter than ``min_characters``, longer than ``max_characters``, or with control characters."""

    code = "reason-invalid"


class OperatorIsParty(WalletError):
    """Nobody corrects a transfer of their own, or freezes and unfreezes themselves."""

    code = "operator-is-party"


class TransferCorrected(WalletError):
    """A transfer is corrected once."""

    code = "transfer-corrected"


class ProposalNotFound(WalletError):
    code = "proposal-not-found"


class ProposalEnded(WalletError):
    """Confirmed, withdrawn or expired already."""

    code = "proposal-ended"


class ProposalIsOwn(WalletError):
    """Four eyes: somebody else confirms."""

    code = "proposal-is-own"


class BooksStillDisagree(WalletError):
    """The account's balance still is not the sum of its rows. Details: ``stored_paise``, ``rows_paise``."""

    code = "books-still-disagree"


class DriftNotFound(WalletError):
    """No such open finding, or one that froze an account, which is unfrozen instead."""

    code = "drift-not-found"


class BankUnavailable(WalletError):
    """The bank did not answer in time, or answered nonsense. The order stays; the sweep asks again."""

    code = "bank-unavailable"


class BankRefused(WalletError):
    """The bank answered and would not take the payment."""

    code = "bank-refused"


class DatabaseUnavailable(WalletError):
    """The database is away or too busy. Nothing is known to have moved; the same key may be used again."""

    code = "database-unavailable"


class AccountMissing(RuntimeError):
    """A person without an account: a broken book, and nothing that a person is told. Nothing moved."""


class SettingsError(WalletError):
    """A setting is missing or wrong. Details: ``sentence``, ready to print."""

    code = "settings-wrong"

    def __str__(self) -> str:
        return str(self.details.get("sentence", self.code))
