"""A clock and ids that do as they are told."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class FixedClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_time(self, **duration: float) -> None:
        """Moves on by `timedelta(**duration)`."""
        self.at += timedelta(**duration)


class CountingIds:
    """`prd_1`, `prd_2` …"""

    def __init__(self) -> None:
        self.count = 0

    def new(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_{self.count}"
