"""The part of the build that leaves out what no page of ours uses, and puts together what every page does."""

from pathlib import Path
from typing import Any, Final

import reflex as rx

_CONFIG: Final = "vite.config.js"

#: Reflex makes every element through Emotion, a library that turns ``css`` props into classes while the page runs. Our
#: styles are Tailwind's classes, so React's own function does it: a twenty-fifth of the first page. A style prop
#: (``fill=``, ``color=``) would need the library; tests/e2e/test_budgets_of_the_interface.py finds one.
_LIBRARY: Final = "@emotion/react"
_MODULE: Final = "utils/elements"
_ALIAS: Final = f"""
      {{
        find: "{_LIBRARY}",
        replacement: fileURLToPath(new URL("./{_MODULE}.js", import.meta.url)),
      }},"""

#: A file for each drawing is a request for each, and half a kilobyte of headers; all of them together are smaller than
#: those of two pages apart. What draws every page is one file for the same reason.
_DRAWINGS: Final = "/lucide-react.dist.esm.icons/"
_REACT: Final = r"/node_modules.(react|react-dom|react-router|scheduler|cookie|set-cookie-parser)\//"
_GROUPS: Final = f"""
            {{ test: {_DRAWINGS}, name: "icons" }},
            {{ test: {_REACT}, name: "react" }},"""

#: What is added to Reflex's configuration, and behind what.
_ADDED: Final = {"alias: [": _ALIAS, "groups: [": _GROUPS}


class Lean(rx.plugins.Plugin):
    """Takes part in Reflex's build."""

    def get_static_assets(self, **_context: Any) -> list[tuple[Path, str | bytes]]:
        return [(Path(f"{_MODULE}.js"), 'export { createElement as jsx } from "react";\n')]

    def pre_compile(self, **context: Any) -> None:
        context["add_modify_task"](_CONFIG, _changed)


def _changed(config: str) -> str:
    """Raises: ValueError, where Reflex writes its configuration in another way than it did."""
    for place, added in _ADDED.items():
        if added in config:
            continue
        if config.count(place) != 1:
            raise ValueError(f"{_CONFIG} has no {place!r} to add to.")
        config = config.replace(place, place + added)
    return config
