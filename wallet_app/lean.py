"""The part of the build that leaves out what no page of ours uses."""

from pathlib import Path
from typing import Any, Final

import reflex as rx

#: Reflex makes every element through Emotion, a library that turns ``css`` props into classes while the page runs. Our
#: styles are Tailwind's classes, so React's own function does it: a twenty-fifth of the first page. A style prop
#: (``fill=``, ``color=``) would need the library; tests/e2e/test_budgets_of_the_interface.py finds one.
_LIBRARY: Final = "@emotion/react"
_MODULE: Final = "utils/elements"

_CONFIG: Final = "vite.config.js"
_ALIASES: Final = "alias: [\n"
_ALIAS: Final = f"""{_ALIASES}      {{
        find: "{_LIBRARY}",
        replacement: fileURLToPath(new URL("./{_MODULE}.js", import.meta.url)),
      }},
"""


class Lean(rx.plugins.Plugin):
    """Takes part in Reflex's build."""

    def get_static_assets(self, **_context: Any) -> list[tuple[Path, str | bytes]]:
        return [(Path(f"{_MODULE}.js"), 'export { createElement as jsx } from "react";\n')]

    def pre_compile(self, **context: Any) -> None:
        context["add_modify_task"](_CONFIG, _with_alias)


def _with_alias(config: str) -> str:
    """Raises: ValueError, where Reflex writes its configuration in another way than it did."""
    if _ALIAS in config:
        return config
    if config.count(_ALIASES) != 1:
        raise ValueError(f"{_CONFIG} has no list of aliases to add {_LIBRARY} to.")
    return config.replace(_ALIASES, _ALIAS)
