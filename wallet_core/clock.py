"""Time. Stored and compared in UTC; shown in Indian Standard Time by the interface."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

IST = ZoneInfo("Asia/Kolkata")


def now() -> datetime:
    """The present moment, with its zone (UTC)."""
    return datetime.now(UTC)
