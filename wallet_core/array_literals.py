"""Array parameters as the text that PostgreSQL reads (https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO).

The driver writes lists as well, in the thread that sends them, and a list at a time: seven of them took a tenth of a
batch's time. Elements written here can be written before, by whoever brings one.
"""

from collections.abc import Iterable


def text_element(text: str) -> str:
    """An element that is text, whatever it holds."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def bytes_element(value: bytes) -> str:
    """An element of a ``bytea[]``."""
    return text_element(f"\\x{value.hex()}")


def array(elements: Iterable[str]) -> str:
    """The array of elements that are written already. Numbers and UUIDs are their own elements."""
    return "{" + ",".join(elements) + "}"
