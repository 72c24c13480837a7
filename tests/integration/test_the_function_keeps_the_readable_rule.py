"""The SQL function and the rule written to be read do the same with the same commands."""

import secrets
from dataclasses import asdict, replace
from functools import partial
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import readable_rule
from tests.books import available_paise, books_are_right
from tests.conftest import add_onramp, add_person, bank_message
from wallet_core import db, ledger
from wallet_core.errors import AccountMissing
from wallet_core.ids import new_reference, sha256
from wallet_core.ledger import PaymentAnswer
from wallet_core.services.onramps import settle_onramp

PEOPLE = 4  # the last one is blocked
NOBODY = uuid4()

#: A command: payer, payee (PEOPLE is somebody who does not exist), paise, key, note.
_COMMANDS = st.lists(
    st.tuples(
        st.integers(0, PEOPLE - 1),
        st.integers(0, PEOPLE),
        st.one_of(st.integers(1, 60), st.sampled_from([100, 101, 200])),
        st.integers(0, 5),
        st.sampled_from(["", "tea"]),
    ),
    max_size=20,
)


def _cast(superuser: psycopg.Connection) -> list[UUID]:
    people = [add_person(f"Person {n}", f"+91{secrets.randbelow(10**10):010}") for n in range(PEOPLE)]
    for person_id in people:
        settle_onramp(bank_message(add_onramp(person_id, 100), 100))
    superuser.execute("UPDATE person SET blocked_at = now() WHERE id = %s", [people[-1]])
    return people


def _without_names(answer: PaymentAnswer, people: list[UUID]) -> PaymentAnswer:
    """References, moments, ids and phones differ between the two casts; who and how much must not."""
    who = uuid4() if answer.payee_id is None else UUID(int=people.index(answer.payee_id))
    return replace(answer, reference=None, created_at=None, payee_phone=None, payee_id=answer.payee_id and who)


def _written(superuser: psycopg.Connection, people: list[UUID]) -> list[tuple[object, ...]]:
    rows = superuser.execute(
        """
        SELECT t.kind, d.person_id, c.person_id, t.amount_paise, t.debit_balance_after_paise,
               t.credit_balance_after_paise, t.note, k.person_id, k.key
        FROM transfer t JOIN account d ON d.id = t.debit_account_id JOIN account c ON c.id = t.credit_account_id
        LEFT JOIN payment_command k ON k.transfer_id = t.id
        WHERE c.person_id = ANY (%s) ORDER BY t.id
        """,
        [people],
    ).fetchall()
    return [tuple(people.index(cell) if cell in people else cell for cell in row) for row in rows]


@pytest.mark.usefixtures("database_url")
@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commands=_COMMANDS)
def test_same_commands_same_books(
    superuser: psycopg.Connection, commands: list[tuple[int, int, int, int, str]]
) -> None:
    by_function, by_rule = _cast(superuser), _cast(superuser)
    for payer, payee, amount_paise, key, note in commands:
        answers = []
        for people in (by_function, by_rule):
            inputs = asdict(_payment(people, (payer, payee, amount_paise, key, note)))
            if people is by_function:
                answer = ledger.send_money(**inputs)
            else:
                answer = db.in_transaction(partial(readable_rule.send_money, **inputs))
            answers.append(_without_names(answer, people))
        assert answers[0] == answers[1]
    for one, other in zip(by_function, by_rule, strict=True):
        assert available_paise(superuser, one) == available_paise(superuser, other)
    assert _written(superuser, by_function) == _written(superuser, by_rule)
    books_are_right(superuser)


@pytest.mark.usefixtures("database_url")
@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commands=_COMMANDS)
def test_a_batch_does_what_its_commands_do_one_after_another(
    superuser: psycopg.Connection, commands: list[tuple[int, int, int, int, str]]
) -> None:
    together, alone = _cast(superuser), _cast(superuser)
    # Not the way around a failed batch: that one would hide what is wrong with it.
    in_one_batch = ledger._send([_elements(together, command) for command in commands]) if commands else []
    one_by_one = [ledger._send_batch([_elements(alone, command)])[0] for command in commands]
    assert [_without_names(answer, together) for answer in in_one_batch] == [
        _without_names(answer, alone) for answer in one_by_one
    ]
    for one, other in zip(together, alone, strict=True):
        assert available_paise(superuser, one) == available_paise(superuser, other)
    assert _written(superuser, together) == _written(superuser, alone)
    books_are_right(superuser)


def _elements(people: list[UUID], command: tuple[int, int, int, int, str]) -> tuple[str, ...]:
    return ledger._array_elements(_payment(people, command))


def _payment(people: list[UUID], command: tuple[int, int, int, int, str]) -> ledger.Payment:
    payer, payee, amount_paise, key, note = command
    return ledger.Payment(
        payer_id=people[payer],
        payee_id=people[payee] if payee < PEOPLE else NOBODY,
        amount_paise=amount_paise,
        note=note,
        key=f"key-{key}",
        inputs_sha256=sha256(f"{payee} {amount_paise} {note}"),
        reference=new_reference("P"),
    )


#: What array literals have a meaning for, and what they have none for.
NOTES = [
    "",
    "NULL",
    "{}",
    "a,b",
    '"quoted"',
    "back\\slash",
    "\\",
    '\\"',
    "{1,2}",
    " edges ",
    "₹ 😀 हिन्दी",
    "'; --",
    "%s %(a)s",
]


def test_a_note_arrives_as_it_was_written(superuser: psycopg.Connection, alice: UUID, bob: UUID) -> None:
    settle_onramp(bank_message(add_onramp(alice, 100), 100))
    commands = [
        replace(_payment([alice, bob], (0, 1, 1, number, note)), key=f"key{note}-{number}")
        for number, note in enumerate(NOTES)
    ]
    answers = ledger._send([ledger._array_elements(command) for command in commands])
    assert [(answer.outcome, answer.note) for answer in answers] == [("sent", note) for note in NOTES]
    stored = superuser.execute(
        """
        SELECT t.note, c.key, c.inputs_sha256
        FROM transfer t JOIN payment_command c ON c.transfer_id = t.id ORDER BY t.id
        """
    )
    assert stored.fetchall() == [(command.note, command.key, command.inputs_sha256) for command in commands]


def test_a_broken_book_in_a_batch_harms_nobody_else(superuser: psycopg.Connection, alice: UUID, bob: UUID) -> None:
    people = [alice, bob]
    settle_onramp(bank_message(add_onramp(alice, 100), 100))
    broken = add_person("Charlie Rao", "+919876543212")
    superuser.execute("DELETE FROM account WHERE person_id = %s", [broken])
    good = _payment(people, (0, 1, 10, 1, ""))
    bad = replace(good, payee_id=broken, key="key-2", reference=new_reference("P"))
    answers = ledger._send_batch([ledger._array_elements(payment) for payment in (good, bad)])
    assert isinstance(answers[0], PaymentAnswer)
    assert answers[0].outcome == "sent"
    assert isinstance(answers[1], AccountMissing)
    assert available_paise(superuser, bob) == 10
