"""Schedule expressions fire when EventBridge says they do."""

from datetime import UTC, datetime

import pytest

from scripts.local.events.expressions import ExpressionError, parse_expression

SUNDAY_NOON = "2026-11-22 12:00"


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("rate(1 minute)", SUNDAY_NOON, "2026-11-22 12:01"),
        ("rate(5 minutes)", SUNDAY_NOON, "2026-11-22 12:05"),
        ("rate(1 hour)", SUNDAY_NOON, "2026-11-22 13:00"),
        ("rate(7 days)", SUNDAY_NOON, "2026-11-29 12:00"),
        # the examples of the user guide
        ("cron(0 10 * * ? *)", SUNDAY_NOON, "2026-11-23 10:00"),
        ("cron(15 12 * * ? *)", SUNDAY_NOON, "2026-11-22 12:15"),
        ("cron(0 18 ? * MON-FRI *)", SUNDAY_NOON, "2026-11-23 18:00"),
        ("cron(0 8 1 * ? *)", SUNDAY_NOON, "2026-12-01 08:00"),
        ("cron(0/15 * * * ? *)", SUNDAY_NOON, "2026-11-22 12:15"),
        ("cron(0/10 * ? * MON-FRI *)", SUNDAY_NOON, "2026-11-23 00:00"),
        ("cron(0/5 8-17 ? * MON-FRI *)", SUNDAY_NOON, "2026-11-23 08:00"),
        # this very minute is over; the next is meant
        ("cron(0 12 * * ? *)", SUNDAY_NOON, "2026-11-23 12:00"),
        ("cron(1,31 * * * ? *)", SUNDAY_NOON, "2026-11-22 12:01"),
        # numbers of weekdays: 1 is Sunday
        ("cron(0 0 ? * 1 *)", SUNDAY_NOON, "2026-11-29 00:00"),
        ("cron(0 0 ? * FRI-MON *)", SUNDAY_NOON, "2026-11-23 00:00"),
        ("cron(0 0 ? * L *)", SUNDAY_NOON, "2026-11-28 00:00"),
        ("cron(0 0 ? * 6L *)", SUNDAY_NOON, "2026-11-27 00:00"),
        ("cron(0 0 ? * TUE#1 *)", SUNDAY_NOON, "2026-12-01 00:00"),
        ("cron(0 0 ? * 3#5 *)", SUNDAY_NOON, "2026-12-29 00:00"),
        # days of a month
        ("cron(0 0 L * ? *)", SUNDAY_NOON, "2026-11-30 00:00"),
        ("cron(0 0 L 2 ? *)", SUNDAY_NOON, "2027-02-28 00:00"),
        ("cron(0 0 15W * ? *)", SUNDAY_NOON, "2026-12-15 00:00"),
        ("cron(0 0 28W 11 ? *)", SUNDAY_NOON, "2026-11-27 00:00"),
        ("cron(0 0 1W 8 ? *)", SUNDAY_NOON, "2027-08-02 00:00"),
        ("cron(0 0 LW 5 ? *)", SUNDAY_NOON, "2027-05-31 00:00"),
        ("cron(0 0 31 * ? *)", SUNDAY_NOON, "2026-12-31 00:00"),
        ("cron(0 0 29 2 ? *)", SUNDAY_NOON, "2028-02-29 00:00"),
        ("cron(30 6 ? JAN,jul SUN 2030-2031)", SUNDAY_NOON, "2030-01-06 06:30"),
        ("cron(0 0 1 1 ? 2026)", SUNDAY_NOON, None),
    ],
)
def test_a_schedule_fires_next(expression: str, after: str, expected: str | None) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = parse_expression(expression).next_after(moment)
    assert (found and found.strftime("%Y-%m-%d %H:%M")) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "every minute",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(2 minute)",
        "rate(1 week)",
        "rate(1.5 hours)",
        "cron(0 10 * * *)",
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(60 10 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * MON#6 *)",
        "cron(x 0 * * ? *)",
        "cron(0 0 * 13 ? *)",
        "cron(0/0 0 * * ? *)",
    ],
)
def test_an_expression_that_eventbridge_refuses_is_an_error_that_quotes_it(expression: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(expression)
    assert repr(expression) in str(caught.value)
