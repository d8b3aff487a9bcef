"""What becomes of mails, against fakes."""

from notifications.use_cases import reports
from tests.times import NOON
from tests.unit.notifications.fakes import FakeLimits


def test_the_first_reason_stays_and_other_addresses_are_left_alone() -> None:
    limits = FakeLimits()
    reports.suppress_addresses(limits, ["ada@example.test", "bob@example.test"], "bounced", NOON)
    reports.suppress_addresses(limits, ["ada@example.test"], "complained", NOON)
    assert limits.suppressed == {"ada@example.test": "bounced", "bob@example.test": "bounced"}
    assert not limits.is_suppressed("eve@example.test")
