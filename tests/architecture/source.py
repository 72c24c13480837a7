"""Reading the wallet's own source, for the tests beside this file."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python_files(*packages: str) -> list[Path]:
    """The Python files of some packages or single files, in a stable order. Each must exist and hold something."""
    files: list[Path] = []
    for package in packages:
        path = ROOT / package
        found = [path] if path.is_file() else sorted(path.rglob("*.py"))
        assert found, f"{package} holds no Python: was it moved? Then move this test with it."
        files += found
    return files


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, node: ast.AST) -> str:
    """``file:line``, so that a failing test can be clicked on."""
    where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{where}:{getattr(node, 'lineno', 0)}"


def names_in(node: ast.AST) -> Iterator[str]:
    """Every name and attribute that is read or written below a node."""
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            yield child.id
        elif isinstance(child, ast.Attribute):
            yield child.attr
        elif isinstance(child, ast.arg | ast.keyword) and child.arg:
            yield child.arg


def dotted(node: ast.AST) -> str:
    """``rx.event`` for the expression ``rx.event`` or ``rx.event(...)``; empty for anything else."""
    if isinstance(node, ast.Call):
        return dotted(node.func)
    if isinstance(node, ast.Attribute):
        parent = dotted(node.value)
        return f"{parent}.{node.attr}" if parent else ""
    return node.id if isinstance(node, ast.Name) else ""
