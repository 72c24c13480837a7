"""How Reflex builds and serves the interface. The wallet's own settings stand in wallet_core/config.py."""

import os
import subprocess
import sys
from pathlib import Path

# Node and Bun come from PyPI into the virtual environment: Reflex must find those, not look for others or
# download its own. This has to happen before reflex is imported.
_BIN = Path(sys.executable).parent
os.environ["PATH"] = f"{_BIN}{os.pathsep}{os.environ.get('PATH', '')}"
os.environ.setdefault("REFLEX_USE_SYSTEM_BUN", "1")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "0")
# A network that falls silent is noticed, and said, when this many seconds have passed twice; Reflex waits 145.
os.environ.setdefault("REFLEX_SOCKET_INTERVAL", "8")
os.environ.setdefault("REFLEX_SOCKET_TIMEOUT", "8")
if "NPM_CONFIG_REGISTRY" not in os.environ:
    # Unset, Reflex probes a mirror and waits for it. npm knows the registry of this machine.
    _registry = subprocess.run(
        [_BIN / "npm", "config", "get", "registry"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if _registry:
        os.environ["NPM_CONFIG_REGISTRY"] = _registry

import reflex as rx  # noqa: E402

from wallet_app.lean import Lean  # noqa: E402
from wallet_app.words.building import Languages  # noqa: E402
from wallet_core.config import get_settings  # noqa: E402

#: The colours of assets/app.css, so that Tailwind knows them by name (``bg-surface``, ``text-ink-2``).
COLOURS = (
    *("canvas", "surface", "sunken", "line", "line-strong", "ink", "ink-2", "ink-3"),
    *("brand", "brand-ink", "brand-soft", "on-brand", "good", "good-soft", "warn", "warn-soft", "bad", "bad-soft"),
    *("hero", "hero-2", "on-hero", "on-hero-2", "t1", "t2", "t3", "t4", "ring"),
)


def _allowed_origins() -> list[str]:
    """The origins whose pages may open the websocket: our own, and in development both names of this machine."""
    settings = get_settings()
    origins = [settings.public_url]
    if not settings.is_production:
        origins += [f"http://{host}:{settings.app_port}" for host in ("localhost", "127.0.0.1")]
    return sorted(set(origins))


config = rx.Config(
    app_name="wallet_app",
    backend_port=get_settings().app_port,
    frontend_port=get_settings().app_port,
    api_url=get_settings().public_url,
    deploy_url=get_settings().public_url,
    cors_allowed_origins=_allowed_origins(),
    redis_url=get_settings().redis_url or None,
    # Memory, not disk: a state on disk would hold the session cookie in clear, and every state can be rebuilt
    # from the database. With Redis (several workers) Reflex uses that instead.
    state_manager_mode="redis" if get_settings().redis_url else "memory",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    frontend_compression_formats=["brotli", "gzip"],
    plugins=[
        Languages(),
        Lean(),
        rx.plugins.TailwindV4Plugin(
            {
                "content": [
                    "./app/**/*.{js,ts,jsx,tsx}",
                    "./utils/**/*.{js,ts,jsx,tsx}",
                    "./app_components/**/*.{js,jsx}",
                ],
                "plugins": [],
                "theme": {
                    "extend": {
                        "colors": {name: f"var(--{name})" for name in COLOURS},
                        "fontFamily": {"sans": "Inter, ui-sans-serif, system-ui, sans-serif"},
                        "boxShadow": {"card": "var(--shadow-card)", "pop": "var(--shadow-pop)"},
                    }
                },
            }
        ),
    ],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
