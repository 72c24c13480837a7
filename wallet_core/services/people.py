"""People: signing up, signing in, and what they may change about themselves."""

import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from wallet_core import ledger, metrics, rate_limit, sessions
from wallet_core.db import in_transaction, read
from wallet_core.errors import (
    InvalidName,
    InvalidPhone,
    InvisibleName,
    NotSignedIn,
    PayeeNotFound,
    PersonBlocked,
    PhoneTaken,
    WrongCredentials,
    WrongPassword,
)
from wallet_core.models import Person
from wallet_core.notifications import notify_person
from wallet_core.passwords import check_new_password, hash_password, verify_password
from wallet_core.phones import normalise_phone
from wallet_core.rate_limit import Limit
from wallet_core.services.audit_book import write_entry
from wallet_core.services.text_checks import has_blank_letters, has_unfit_characters, shows_something
from wallet_core.views import AuditAction, AuditActor, Client, NewSession

MAX_NAME_CHARACTERS: Final = 80

#: Hostile text is refused before it costs time; spaces and marks that normalising removes fit in.
_MAX_TYPED_NAME_CHARACTERS: Final = 4 * MAX_NAME_CHARACTERS

#: Whole offices and mobile networks sign up through one address; each sign-up costs a quarter of a second of one core.
SIGN_UP_OF_ADDRESS: Final = Limit("sign-up-address", capacity=100, refill_every_s=3)

#: Failed sign-ins only (a right one gives its token back). 10 a minute for everybody behind one address.
SIGN_IN_OF_ADDRESS: Final = Limit("sign-in-address", capacity=30, refill_every_s=6)

#: Guesses at one person's password from everywhere together: five, then one a minute.
SIGN_IN_OF_PHONE: Final = Limit("sign-in-phone", capacity=5, refill_every_s=60)

#: The same for an address from which this person has come in before, apart from the rest: a stranger who uses up every
#: guess at a phone does not keep its owner out.
SIGN_IN_OF_KNOWN: Final = Limit(f"{rate_limit.KNOWN_PREFIX}sign-in", capacity=5, refill_every_s=60)

#: Whoever finds an unlocked browser does not guess the password through the settings page either.
PASSWORD_CHANGE_OF_PERSON: Final = Limit("password-change", capacity=5, refill_every_s=60)


@dataclass(frozen=True, slots=True)
class Credentials:
    person_id: UUID
    password_hash: str


def sign_up(*, name: str, phone: str, password: str, client: Client) -> NewSession:
    """Makes a person with two empty accounts, and signs them in.

    Raises: InvalidName, InvalidPhone, PasswordTooShort, PasswordTooLong, InvalidInput, TooManyAttempts, PhoneTaken.
    """
    clean_name, e164 = check_name(name), normalise_phone(phone)
    check_new_password(password)
    SIGN_UP_OF_ADDRESS.take(rate_limit.address_subject(client.address))
    password_hash = hash_password(password)

    def work(session: Session) -> NewSession:
        person = Person(name=clean_name, phone=e164, password_hash=password_hash)
        session.add(person)
        session.flush()
        ledger.open_accounts(session, person.id)
        return sessions.open_session(session, person.id, client)

    try:
        opened = in_transaction(work)
    except IntegrityError as error:
        if isinstance(error.orig, psycopg.Error) and error.orig.diag.constraint_name == "uq_person_phone":
            raise PhoneTaken from None
        raise
    _remember(e164, client)
    return opened


def sign_in(*, phone: str, password: str, client: Client) -> NewSession:
    """Opens a session for the person with this phone and password; never makes a person.

    The attempt is counted, and that committed, before the password is looked at: many at once gain nothing.
    Raises: TooManyAttempts, WrongCredentials (also where the phone is none), PersonBlocked (the password was right).
    """
    with metrics.counting(metrics.SIGN_INS):
        return _sign_in(phone, password, client)


def _sign_in(phone: str, password: str, client: Client) -> NewSession:
    address = rate_limit.address_subject(client.address)
    SIGN_IN_OF_ADDRESS.take(address)
    try:
        e164 = normalise_phone(phone)
    except InvalidPhone:
        raise WrongCredentials from None
    limit, subject = _limit_of_phone(e164, address)
    limit.take(subject)
    credentials = find_credentials(col(Person.phone) == e164)
    if not verify_password(password, credentials.password_hash if credentials else None) or credentials is None:
        raise WrongCredentials
    opened = _open_after_password(credentials, client)
    limit.give_back(subject)
    SIGN_IN_OF_ADDRESS.give_back(address)
    _remember(e164, client)
    return opened


def change_name(*, person_id: UUID, name: str) -> None:
    """Raises: InvalidName."""
    clean_name = check_name(name)

    def work(session: Session) -> None:
        session.connection().execute(update(Person).where(col(Person.id) == person_id).values(name=clean_name))
        notify_person(session, person_id)

    in_transaction(work)


def change_password(*, person_id: UUID, current_password: str, new_password: str, client: Client) -> NewSession:
    """Sets another password, ends every session of the person, and opens a new one for the asking browser.

    Raises: PasswordTooShort, PasswordTooLong, InvalidInput, TooManyAttempts, WrongPassword, NotSignedIn, PersonBlocked.
    """
    check_new_password(new_password)
    PASSWORD_CHANGE_OF_PERSON.take(str(person_id))
    credentials = find_credentials(col(Person.id) == person_id)
    if credentials is None:
        raise NotSignedIn
    if not verify_password(current_password, credentials.password_hash):
        raise WrongPassword
    new_hash = hash_password(new_password)

    def work(session: Session) -> NewSession:
        if not lock_unchanged(session, credentials):
            raise WrongPassword
        session.connection().execute(update(Person).where(col(Person.id) == person_id).values(password_hash=new_hash))
        sessions.revoke_all(session, person_id)
        return sessions.open_session(session, person_id, client)

    opened = in_transaction(work)
    PASSWORD_CHANGE_OF_PERSON.give_back(str(person_id))
    return opened


def block_person(*, phone: str) -> None:
    """Signs the person out everywhere and keeps them out. For operators; doing it twice is doing it once.

    Raises: InvalidPhone, PayeeNotFound.
    """
    _set_blocked(phone, blocked=True)


def unblock_person(*, phone: str) -> None:
    """Lets the person in again; the ended sessions stay ended.

    Raises: InvalidPhone, PayeeNotFound.
    """
    _set_blocked(phone, blocked=False)


def check_name(name: str) -> str:
    """A name as it is stored and shown: NFC, single spaces, something to see in it.

    Raises: InvalidName, with ``max_characters``; InvisibleName, where there is something and nothing to see.
    """
    refusal = InvalidName(max_characters=MAX_NAME_CHARACTERS)
    # A browser may send anything at all, whatever the annotation says.
    if not isinstance(name, str) or len(name) > _MAX_TYPED_NAME_CHARACTERS:  # type: ignore[redundant-expr]
        raise refusal
    clean = unicodedata.normalize("NFC", " ".join(name.split()))
    if clean and not shows_something(clean):
        raise InvisibleName
    if not _has_letter(clean) or len(clean) > MAX_NAME_CHARACTERS:
        raise refusal
    if has_unfit_characters(clean) or has_blank_letters(clean):
        raise refusal
    return clean


def _has_letter(name: str) -> bool:
    return any(unicodedata.category(character)[0] in "LN" for character in name)


def _limit_of_phone(e164: str, address: str) -> tuple[Limit, str]:
    known_subject = f"{e164} {address}"
    if SIGN_IN_OF_KNOWN.is_known(known_subject):
        return SIGN_IN_OF_KNOWN, known_subject
    return SIGN_IN_OF_PHONE, e164


def _remember(e164: str, client: Client) -> None:
    subject = f"{e164} {rate_limit.address_subject(client.address)}"
    SIGN_IN_OF_KNOWN.remember(subject)


def find_credentials(which: ColumnElement[bool]) -> Credentials | None:
    def work(session: Session) -> Credentials | None:
        found = session.connection().execute(select(col(Person.id), col(Person.password_hash)).where(which)).first()
        return None if found is None else Credentials(person_id=found[0], password_hash=found[1])

    return read(work)


def _open_after_password(credentials: Credentials, client: Client) -> NewSession:
    def work(session: Session) -> NewSession:
        if not lock_unchanged(session, credentials):
            raise WrongCredentials
        return sessions.open_session(session, credentials.person_id, client)

    return in_transaction(work)


def lock_unchanged(session: Session, credentials: Credentials) -> bool:
    """Whether the password that was checked, slowly and outside of any transaction, is still the person's.

    The row stays locked: a change of password or a block comes before or after this session, never in between.
    Raises: PersonBlocked.
    """
    person = (
        session.connection()
        .execute(
            select(col(Person.password_hash), col(Person.blocked_at))
            .where(col(Person.id) == credentials.person_id)
            .with_for_update(key_share=True)
        )
        .first()
    )
    if person is None or person.password_hash != credentials.password_hash:
        return False
    if person.blocked_at is not None:
        raise PersonBlocked
    return True


def _set_blocked(phone: str, *, blocked: bool) -> None:
    e164 = normalise_phone(phone)

    def work(session: Session) -> None:
        blocked_at = func.coalesce(col(Person.blocked_at), func.now()) if blocked else None
        person_id = (
            session.connection()
            .execute(
                update(Person).where(col(Person.phone) == e164).values(blocked_at=blocked_at).returning(col(Person.id))
            )
            .scalar()
        )
        if person_id is None:
            raise PayeeNotFound
        sessions.revoke_all(session, person_id)
        action = AuditAction.BLOCKED if blocked else AuditAction.UNBLOCKED
        write_entry(session, action, actor=AuditActor.TERMINAL, person_id=person_id)
        notify_person(session, person_id)

    in_transaction(work)
