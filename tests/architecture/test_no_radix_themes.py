"""One component of Radix Themes brings 700 kB of CSS with it: the interface draws with ``rx.el`` and Tailwind."""

import ast
from pathlib import Path

import pytest
from reflex_components_radix.mappings import RADIX_MAPPING

from tests.architecture.source import dotted, parse, place, python_files

#: Names of ``rx.`` that come from Radix: the themes, and the primitives, which Reflex dresses in the themes' colours.
RADIX_NAMES = {name if isinstance(name, str) else name[1] for names in RADIX_MAPPING.values() for name in names} | {
    "color_mode",
    "theme",
    "theme_panel",
}

#: Primitives without a dress (the dialog) come from here, and only there.
_PRIMITIVES = "reflex_components_radix.primitives"


def find_radix(path: Path, tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        name = dotted(node) if isinstance(node, ast.Attribute) else ""
        module, _, attribute = name.rpartition(".")
        if module in ("rx", "reflex") and attribute in RADIX_NAMES:
            found.append(f"{place(path, node)} {name}")
        if name.startswith(("rx.radix", "rx.components.radix", "rx.recharts")):
            found.append(f"{place(path, node)} {name}")
        foreign = (name for name in _imported(node) if "radix" in name and not name.startswith(_PRIMITIVES))
        found += [f"{place(path, node)} {name}" for name in foreign]
    return found


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def test_the_interface_uses_no_radix_themes() -> None:
    found = [hit for path in python_files("wallet_app") for hit in find_radix(path, parse(path))]
    assert found == []


def test_primitives_are_imported_in_one_file_only() -> None:
    files = [(path, parse(path)) for path in python_files("wallet_app")]
    users = {
        path.name
        for path, tree in files
        for node in ast.walk(tree)
        for imported in _imported(node)
        if imported.startswith(_PRIMITIVES)
    }
    assert len(users) <= 1, users


@pytest.mark.parametrize(
    "bad",
    [
        "rx.button('Send')",
        "rx.text('hello')",
        "rx.dialog.root()",
        "rx.color_mode.button()",
        "app = rx.App(theme=rx.theme())",
        "from reflex_components_radix.themes.components.button import button",
        "import reflex.components.radix",
    ],
)
def test_this_test_sees(bad: str) -> None:
    assert find_radix(Path("sample.py"), ast.parse(bad)) != []


@pytest.mark.parametrize(
    "good", ["rx.el.button('Send')", "rx.cond(a, b, c)", "rx.icon('eye')", "rx.foreach(rows, draw)"]
)
def test_this_test_lets_plain_elements_pass(good: str) -> None:
    assert find_radix(Path("sample.py"), ast.parse(good)) == []
