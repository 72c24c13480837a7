"""Where somebody calls from."""

from collections.abc import Iterable

from wallet_core.config import get_settings


def address_of(peer: str, forwarded: Iterable[str]) -> str:
    """``peer``: who holds the connection. ``forwarded``: every X-Forwarded-For, which counts only where the settings
    say that a proxy sets it. Some proxies add one of their own behind the one that the client made up: the last one is
    the proxy's.
    """
    if not get_settings().behind_tls_proxy:
        return peer
    return ",".join(forwarded).rpartition(",")[2].strip() or peer
