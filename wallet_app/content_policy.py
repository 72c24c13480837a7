"""What a page may load and run (Content-Security-Policy): everything comes from our own origin.

Built pages hold scripts between their tags: those of Reflex and React, and ours that run before the first paint. Each
is allowed by the hash of its text, and no other: markup that came out of a name or a note would run nothing. What
``rx.call_script`` runs is evaluated, so that stays allowed.
"""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from reflex.utils.prerequisites import get_web_dir
from reflex_base import constants

_OF_SCRIPTS: Final = "script-src 'self' 'unsafe-eval'"

_OF_THE_REST: Final = (
    "default-src 'self'",
    # Bars and progress are as long as their style attribute says.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)

#: A script between its tags, without an address.
_INLINE: Final = re.compile(r"<script(?:\s(?![^>]*\bsrc=)[^>]*)?>(.*?)</script>", re.DOTALL)


@cache
def policy_of(*pages: str) -> str:
    """``pages``: the built files that may be answered with, by their place in the folder; none for what is no page.

    The files are read once in the life of the process: a release starts another one.
    """
    folder = get_web_dir() / constants.Dirs.STATIC
    hashes = dict.fromkeys(each for page in pages for each in _hashes(folder / page))
    return "; ".join((" ".join((_OF_SCRIPTS, *hashes)), *_OF_THE_REST))


def _hashes(page: Path) -> list[str]:
    """Of the scripts that stand in this page; none where it was not built (an app without pages)."""
    if not page.is_file():
        return []
    texts = _INLINE.findall(page.read_text(encoding="utf-8"))
    return [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts]
