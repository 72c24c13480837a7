"""What a person reads stands in the books of words, in every language, and not between the lines of the code."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import dotted, parse, place, python_files

#: These draw and speak. Beside them stand the books, and what makes the headers, the log and the files.
SPEAKING = ("wallet_app/pages", "wallet_app/components", "wallet_app/state", "wallet_app/statements")

#: A program for whoever makes the fonts of statements; nobody else reads what it says.
MAKES_FONTS = "make.py"

#: What only operators see is in English.
OF_OPERATORS = "operator"

#: "Send again", "Sending…", " sent to ": a word with a capital, or what is meant to be put between two others.
SENTENCE = re.compile(r"[A-Z][a-z]+(?:[ ,.:…'’!?].*)?|\s+[A-Za-z].*|.*[a-z]\s+", re.DOTALL)

#: Tailwind's classes: among a few of them there is always one with a hyphen in it.
CLASSES = re.compile(r"[\sa-z0-9:/.\[\]()%!_-]*[a-z]-[\sa-z0-9:/.\[\]()%!_-]*|skeleton ")

#: What draws: its positional arguments are children, and a text among them is read by people.
DRAWING = re.compile(r"rx\.el\.(?!script|style)[a-z0-9.]+|(?:link_|busy_)?button|text_link|section_head|modal_.*")

#: The same, with arguments beside them that are none: the icon's name, the classes.
DRAWING_A_PART = {"empty_state": slice(1, None), "description": slice(0, 2)}

#: Attributes that people read or hear.
READ_ALOUD = {"aria_label", "placeholder", "title", "alt", "aria_description"}

#: What browsers and systems call themselves, and names in fonts and Unicode: the same in every language.
NAMES = {"Edge", "Firefox", "Chrome", "Safari", "Android", "Windows", "Mac", "Linux", "Inter", "Mac OS", "Cf"}


def find_words(path: Path, tree: ast.Module) -> list[str]:
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
        and SENTENCE.fullmatch(node.value)
        and not CLASSES.fullmatch(node.value)
    ]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        found += _texts(_children(call))
        found += _texts([word.value for word in call.keywords if word.arg in READ_ALOUD])
    return sorted({f"{place(path, node)} {node.value!r}" for node in found if node.value not in NAMES})


def _children(call: ast.Call) -> list[ast.expr]:
    name = dotted(call)
    if name in DRAWING_A_PART:
        return call.args[DRAWING_A_PART[name]]
    return call.args if DRAWING.fullmatch(name) else []


def _texts(nodes: list[ast.expr]) -> list[ast.Constant]:
    texts = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in texts if re.search("[A-Za-z]", text.value)]


@pytest.mark.parametrize("package", SPEAKING)
def test_no_words_stand_in_the_code(package: str) -> None:
    files = [
        path for path in python_files(package) if path.name != MAKES_FONTS and not path.name.startswith(OF_OPERATORS)
    ]
    assert [hit for path in files for hit in find_words(path, parse(path))] == []


@pytest.mark.parametrize("package", ["wallet_app/pages", "wallet_app/components"])
def test_pages_write_both_languages(package: str) -> None:
    """They are drawn once, in the build, where nobody asks: what they would ``say`` is English for everybody."""
    saying = [
        place(path, node)
        for path in python_files(package)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and dotted(node) in ("say", "sentence")
    ]
    assert saying == []


@pytest.mark.parametrize(
    "bad",
    [
        "rx.el.p('Send again')",
        "rx.el.span(' sent to ', name)",
        "button('pay')",
        "empty_state('bell', 'nothing', 'at all')",
        "state.notice = 'Your name is changed.'",
        "detail = f'{name} sent to {other}'",
        "rx.el.input(placeholder='98 and so on')",
    ],
)
def test_words_in_the_code_are_found(bad: str) -> None:
    assert len(find_words(Path("example.py"), ast.parse(bad))) >= 1
