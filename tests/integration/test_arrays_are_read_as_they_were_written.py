"""Arrays that are written as text are those that PostgreSQL reads, whatever the elements hold."""

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wallet_core.array_literals import array, bytes_element, text_array, text_element

#: What texts are in PostgreSQL: neither a NUL nor half a surrogate pair. And often what the form itself is made of.
TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
    | st.text('"\\,{} aA', max_size=8)
    | st.sampled_from(["", "NULL", '"', '","', "\\", "A-1"]),
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=TEXTS)
def test_texts(superuser: psycopg.Connection, texts: list[str]) -> None:
    for written in (text_array(texts), array(map(text_element, texts))):
        assert superuser.execute("SELECT %s::text[]", [written]).fetchone() == (texts,)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.binary(max_size=8), max_size=4))
def test_bytes(superuser: psycopg.Connection, values: list[bytes]) -> None:
    written = array(map(bytes_element, values))
    assert superuser.execute("SELECT %s::bytea[]", [written]).fetchone() == (values,)
