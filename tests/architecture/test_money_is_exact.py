"""Money is an int of paise: no binary fraction comes near it, in Python or in SQL."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, dotted, names_in, parse, place, python_files

#: Where money is decided. Here even the word is missing.
MONEY_MODULES = (
    "wallet_core/money.py",
    "wallet_core/ledger.py",
    "wallet_core/settling.py",
    "wallet_core/views.py",
    "wallet_core/models",
    "wallet_core/services",
    "webhook",
)

#: Where money passes through. Here seconds may be fractions, amounts may not.
ALL_PACKAGES = ("wallet_core", "webhook", "wallet_app", "bank_simulator")

_INEXACT_SQL = re.compile(r"\b(float\d?|real|double precision|money|numeric|decimal)\b", re.IGNORECASE)
_SQL_COMMENT = re.compile(r"--[^\n]*")


def find_the_word_float(path: Path, tree: ast.Module) -> list[str]:
    return [
        place(path, node)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id.lower() == "float")
        or (isinstance(node, ast.Attribute) and node.attr.lower() == "float")
    ]


def _is_inexact(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return isinstance(node.op, ast.Div)
    if isinstance(node, ast.Call):
        return dotted(node.func) in ("float", "round")
    return False


def _is_money(name: str) -> bool:
    return name == "paise" or name.endswith("_paise")


def find_inexact_amounts(path: Path, tree: ast.Module) -> list[str]:
    """Where a ``..._paise`` is divided with ``/``, rounded, mixed with a fraction, or declared other than whole."""
    found = []
    for node in ast.walk(tree):
        touches = any(_is_money(name) for name in names_in(node))
        if _is_inexact(node) and touches:
            found.append(place(path, node))
        if isinstance(node, ast.BinOp | ast.Compare) and touches:
            fractions = (child for child in ast.walk(node) if isinstance(child, ast.Constant))
            found += [place(path, child) for child in fractions if isinstance(child.value, float)]
        target = node.target if isinstance(node, ast.AnnAssign) else node if isinstance(node, ast.arg) else None
        annotation = getattr(node, "annotation", None)
        if target is not None and annotation is not None:
            declared = {"float", "Decimal", "Fraction"} & set(names_in(annotation))
            if declared and any(_is_money(name) for name in names_in(target)):
                found.append(place(path, node))
    return found


def test_the_word_float_stands_nowhere_near_money() -> None:
    found = [hit for path in python_files(*MONEY_MODULES) for hit in find_the_word_float(path, parse(path))]
    assert found == []


def test_no_amount_is_divided_rounded_or_mixed_with_a_fraction() -> None:
    found = [hit for path in python_files(*ALL_PACKAGES) for hit in find_inexact_amounts(path, parse(path))]
    assert found == []


def test_sql_keeps_money_in_bigint() -> None:
    files = sorted((ROOT / "alembic").rglob("*.sql"))
    assert files, "the SQL functions that move money are not where this test looks"
    for path in files:
        assert _INEXACT_SQL.search(_SQL_COMMENT.sub("", path.read_text(encoding="utf-8"))) is None, path


@pytest.mark.parametrize(
    "bad",
    [
        "half = amount_paise / 2",
        "self.balance_paise /= 2",
        "rupees = float(amount_paise)",
        "x = round(order.amount_paise, 2)",
        "fee_paise = amount_paise * 0.01",
        "def pay(amount_paise: float) -> None: ...",
        "amount_paise: Decimal | None = None",
    ],
)
def test_this_test_sees(bad: str) -> None:
    assert find_inexact_amounts(Path("sample.py"), ast.parse(bad)) != []


def test_this_test_lets_whole_paise_pass() -> None:
    good = (
        "def pay(amount_paise: int, timeout_s: float = 2.5) -> int:\n    return amount_paise // 2 + wait(timeout_s / 2)"
    )
    assert find_inexact_amounts(Path("sample.py"), ast.parse(good)) == []
