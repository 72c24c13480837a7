"""Every refusal as a sentence for a person: what is wrong and what to do next. One sentence for each code."""

from collections.abc import Callable, Mapping
from typing import Final

from wallet_core import errors
from wallet_core.errors import WalletError
from wallet_core.money import format_rupees

_SENTENCES: Final[dict[str, str]] = {
    errors.InvalidInput.code: "Something in this form is not right. Check it and try again.",
    errors.InvalidAmount.code: "Enter the amount in rupees, for example 500 or 500.50.",
    errors.AmountTooPrecise.code: "An amount has at most two decimals, for example 500.50.",
    errors.AmountNotPositive.code: "Enter an amount above ₹0.",
    errors.AmountAboveLimit.code: "That is above the limit of {limit} for one payment. Enter a smaller amount.",
    errors.InvalidPhone.code: "Enter a valid Indian mobile number, for example 98765 43210.",
    errors.InvalidName.code: "Enter your name, with at most {max_characters} characters.",
    errors.InvalidNote.code: "Shorten the note to at most {max_characters} characters.",
    errors.InvalidKey.code: "This form is no longer valid. Open it again; nothing was sent.",
    errors.InvalidCursor.code: "This list has changed. Load it again.",
    errors.PasswordTooShort.code: "Choose a password of at least {min_characters} characters.",
    errors.PasswordTooLong.code: "Choose a shorter password: at most {max_bytes} bytes.",
    errors.UnknownBank.code: "Choose a bank from the list.",
    errors.PhoneTaken.code: "This phone number has an account already. Sign in instead.",
    errors.WrongCredentials.code: "Phone number or password is wrong. Check both and try again.",
    errors.WrongPassword.code: "The current password is wrong. Nothing was changed.",
    errors.TooManyAttempts.code: "Too many attempts. Wait {wait}, then try again.",
    errors.TooManyOrders.code: (
        "You have started many payments at banks. Wait {wait}, then try again; no money has moved."
    ),
    errors.NotSignedIn.code: "Your session has ended. Sign in again; nothing was sent.",
    errors.PersonBlocked.code: "This account is blocked. Contact support; your money is safe.",
    errors.PersonFrozen.code: (
        "Your account is frozen: you can see it, and receive money, but not pay, ask or add money. Contact support."
    ),
    errors.AccountFrozen.code: (
        "Payments from this account are paused while we check its books. Your money is safe, and nothing was sent."
    ),
    errors.PayeeNotFound.code: (
        "Nobody on Wallet can be paid under that number. Check it, or choose somebody from the list."
    ),
    errors.PayeeIsPayer.code: "That is you. Choose somebody else to pay.",
    errors.InsufficientBalance.code: (
        "That is more than your balance of {available}. Enter a smaller amount or add money."
    ),
    errors.KeyConflict.code: "This form was used for another payment already. Open a new one; nothing was sent now.",
    errors.PersonIsOneself.code: "That is you. Choose somebody else.",
    errors.PersonNotFound.code: "There is nobody like that on Wallet.",
    errors.PersonCannotBeAsked.code: "You cannot ask this person for money. Choose somebody else.",
    errors.RequestsToPersonUsedUp.code: (
        "You can ask one person {max_requests} times in 24 hours, and you have. Try again tomorrow."
    ),
    errors.RequestsOfDayUsedUp.code: "You can ask {max_requests} times in 24 hours, and you have. Try again tomorrow.",
    errors.RequestNotFound.code: "There is no such request.",
    errors.RequestEnded.code: "This request is no longer open. Nothing was paid now.",
    errors.RequestPaid.code: "This request is paid already. Nothing was paid now.",
    errors.RequestDeclined.code: "This request was declined. Nothing was paid.",
    errors.RequestExpired.code: "This request has expired. Nothing was paid.",
    errors.RequestCancelled.code: "This request was withdrawn by the person who asked. Nothing was paid.",
    errors.TransferNotFound.code: "There is no payment with this reference in your history.",
    errors.StatementTooLong.code: (
        "One statement holds at most {rows} payments, and this would have more. Choose a month, or narrow the filters."
    ),
    errors.SessionNotFound.code: "That session has ended already.",
    errors.NotOperator.code: "There is nothing at this address.",
    errors.OperatorPasswordNeeded.code: "Enter your password again to go on. Nothing was changed.",
    errors.InvalidReason.code: "Give a reason of {min_characters} to {max_characters} characters.",
    errors.OperatorIsParty.code: "This is about yourself. Another operator has to do it.",
    errors.TransferCorrected.code: "This transfer is corrected already, or a correction of it is waiting.",
    errors.ProposalNotFound.code: "There is no such correction.",
    errors.ProposalEnded.code: "This correction was confirmed or withdrawn, or has expired. Nothing was changed now.",
    errors.ProposalIsOwn.code: "You proposed this correction. Another operator has to confirm it.",
    errors.BooksStillDisagree.code: (
        "The balance is {stored} and the transfers make {rows_sum}. Mend that first, then unfreeze."
    ),
    errors.DriftNotFound.code: "There is no such open finding. Load the page again.",
    errors.BankUnavailable.code: (
        "The bank is not answering. No money has moved. Try again in a minute, or choose another bank."
    ),
    errors.BankRefused.code: "The bank did not accept this payment. No money has moved. Try another bank.",
    errors.DatabaseUnavailable.code: (
        "We cannot reach your account right now. Try again in a moment: the same payment is never made twice."
    ),
    "declined": "You declined this payment at the bank, so no money has moved.",
    "expired": "This payment was not approved in time, so no money has moved.",
    "cross-site": "This form came from another site and was refused. Open Wallet and try again.",
}

UNEXPECTED: Final = "Something went wrong on our side. Look at your history before you try again."

SECONDS_PER_MINUTE: Final = 60


def _wait(seconds: int) -> str:
    if seconds < SECONDS_PER_MINUTE:
        return f"{max(1, seconds)} seconds"
    minutes = -(-seconds // SECONDS_PER_MINUTE)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


_SPELLED: Final[dict[str, tuple[str, Callable[[int], str]]]] = {
    "limit_paise": ("limit", format_rupees),
    "available_paise": ("available", format_rupees),
    "retry_after_s": ("wait", _wait),
    "max_rows": ("rows", "{:,}".format),
    "stored_paise": ("stored", format_rupees),
    "rows_paise": ("rows_sum", format_rupees),
}


class _Missing(dict[str, str]):
    """A sentence without one of its details still reads: the place stays empty."""

    def __missing__(self, key: str) -> str:
        return ""


def sentence_for(code: str, details: Mapping[str, str | int] | None = None) -> str:
    """The sentence for a stable code; an unknown code gets the general one."""
    words = _Missing()
    for name, value in (details or {}).items():
        if name in _SPELLED and isinstance(value, int):
            place, spell = _SPELLED[name]
            words[place] = spell(value)
        else:
            words[name] = str(value)
    return _SENTENCES.get(code, UNEXPECTED).format_map(words)


def sentence(error: WalletError) -> str:
    """The sentence for a refusal."""
    return sentence_for(error.code, error.details)


def known_codes() -> frozenset[str]:
    """Every code that has a sentence of its own."""
    return frozenset(_SENTENCES)
