"""Every public method of a Reflex state can be called by anybody with a websocket, whether it was meant or not.

So a state has event handlers (``@rx.event``), computed vars (``@rx.var``), and private helpers, and nothing else; and
no ``set_...``, which Reflex's own ``setvar`` event reaches by name, unless its docstring says why it grants nothing.
"""

import ast
from pathlib import Path

import pytest

from tests.architecture.source import dotted, parse, place, python_files

_REFLEX_STATES = {"rx.State", "rx.SharedState", "rx.ComponentState", "reflex.State", "State", "BaseState"}
_MEANT = {"rx.event", "rx.var", "rx.cached_var", "reflex.event", "reflex.var"}


def find_states(trees: list[tuple[Path, ast.Module]]) -> list[tuple[Path, ast.ClassDef]]:
    """All classes that are states, directly or through another class of the wallet, in whatever file."""
    classes = [(path, node) for path, tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    known = set(_REFLEX_STATES)
    while True:
        states = [(path, node) for path, node in classes if {_base(base) for base in node.bases} & known]
        grown = known | {node.name for _, node in states}
        if grown == known:
            return states
        known = grown


def _base(node: ast.expr) -> str:
    name = dotted(node)
    return name if name in _REFLEX_STATES else name.rpartition(".")[2]


def find_helpers(states: list[tuple[Path, ast.ClassDef]]) -> list[str]:
    found = []
    for path, state in states:
        for node in state.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                meant = any(dotted(decorator) in _MEANT for decorator in node.decorator_list)
                setter = node.name.startswith("set_") and not ast.get_docstring(node)
                if not meant or setter:
                    found.append(f"{place(path, node)} {state.name}.{node.name}")
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Lambda):
                found.append(f"{place(path, node)} {state.name}: a lambda")
    return found


def test_a_state_has_no_public_helper() -> None:
    states = find_states([(path, parse(path)) for path in python_files("wallet_app")])
    assert states, "no state found: this test looks in the wrong place"
    assert find_helpers(states) == []


def test_no_state_is_shared_between_people() -> None:
    """``rx.SharedState`` is read and written by whoever presents its name as token."""
    states = find_states([(path, parse(path)) for path in python_files("wallet_app")])
    assert [node.name for _, node in states if "rx.SharedState" in {dotted(base) for base in node.bases}] == []


def test_no_state_lives_in_a_cookie_or_local_storage() -> None:
    """They are written by JavaScript: readable by a script, and writable by an attacker."""
    kept = {"rx.Cookie", "rx.LocalStorage", "rx.SessionStorage"}
    files = [(path, parse(path)) for path in python_files("wallet_app")]
    assert [place(path, node) for path, tree in files for node in ast.walk(tree) if dotted(node) in kept] == []


_SAMPLE = """
class Base(rx.State):
    @rx.event
    def refresh(self): ...
    @rx.event(background=True)
    async def listen(self): ...
    @rx.var
    def total(self) -> int: ...
    def _private(self): ...

class Page(Base):
    {line}
"""


@pytest.mark.parametrize(
    "line",
    [
        "def helper(self): ...",
        "async def helper(self): ...",
        "@staticmethod\n    def helper(): ...",
        "@property\n    def helper(self): ...",
        "@rx.event\n    def set_person_id(self, value): ...",
        "grant = lambda self: None",
    ],
)
def test_this_test_sees(line: str) -> None:
    states = find_states([(Path("sample.py"), ast.parse(_SAMPLE.format(line=line)))])
    assert len(find_helpers(states)) == 1


def test_this_test_lets_handlers_pass() -> None:
    states = find_states([(Path("sample.py"), ast.parse(_SAMPLE.format(line="@rx.event\n    def send(self): ...")))])
    assert [node.name for _, node in states] == ["Base", "Page"]
    assert find_helpers(states) == []
