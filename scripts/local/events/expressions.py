"""Schedule expressions: when a `rate(…)` or `cron(…)` rule fires next, in UTC.

`cron(minutes hours day-of-month month day-of-week year)`: EventBridge's six fields, with lists, ranges,
steps, names, `?`, `L`, `W` and `#`. Source: "Cron expressions", Amazon EventBridge user guide.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
_LAST_YEAR = 2199
_Days = Callable[[int, int], set[int]]  # (year, month) → days of that month


class ExpressionError(ValueError):
    """An expression that EventBridge would refuse; the message quotes it."""


@dataclass(frozen=True)
class Rate:
    """Every `seconds` from the moment the rule was made."""

    seconds: int

    def next_after(self, moment: datetime) -> datetime | None:
        """When it fires next, reckoned from the last time it fired."""
        return moment + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Cron:
    """A cron expression, read."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: _Days
    months: tuple[int, ...]
    years: tuple[int, ...]

    def next_after(self, moment: datetime) -> datetime | None:
        """The first whole minute after the moment at which it fires; None when there is none left."""
        start = moment.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        for year in (year for year in self.years if year >= start.year):
            for month in (month for month in self.months if (year, month) >= (start.year, start.month)):
                for day in sorted(self.days(year, month)):
                    found = self._first_on(date(year, month, day), start)
                    if found is not None:
                        return found
        return None

    def _first_on(self, day: date, start: datetime) -> datetime | None:
        if day < start.date():
            return None
        for hour in self.hours:
            for minute in self.minutes:
                moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                if moment >= start:
                    return moment
        return None


def parse_expression(text: str) -> Rate | Cron:
    """Read `rate(5 minutes)` or `cron(0 10 * * ? *)`. Raises ExpressionError."""
    if rate := re.fullmatch(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)", text):
        count, unit, plural = int(rate[1]), rate[2], bool(rate[3])
        if plural is (count == 1):
            raise ExpressionError(f"{text!r}: one {unit}, or {count} {unit}s")
        return Rate(count * _UNITS[unit])
    if cron := re.fullmatch(r"cron\((.+)\)", text):
        try:
            return _parse_cron(cron[1].split())
        except ValueError as error:
            raise ExpressionError(f"{text!r}: {error}") from error
    raise ExpressionError(f"{text!r} is neither rate(…) nor cron(…)")


def _parse_cron(fields: list[str]) -> Cron:
    if len(fields) != 6:
        raise ValueError("six fields are needed: minutes hours day-of-month month day-of-week year")
    minutes, hours, month_day, months, week_day, years = fields
    if (month_day == "?") is (week_day == "?"):
        raise ValueError("exactly one of day-of-month and day-of-week must be ?")
    days = _days_of_week(week_day) if month_day == "?" else _days_of_month(month_day)
    return Cron(
        minutes=_numbers(minutes, 0, 59),
        hours=_numbers(hours, 0, 23),
        days=days,
        months=_numbers(months, 1, 12, _MONTHS),
        years=_numbers(years, 1970, _LAST_YEAR),
    )


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> tuple[int, ...]:
    found: set[int] = set()
    for part in field.split(","):
        spread, slash, step = part.partition("/")
        first, dash, last = spread.partition("-")
        begin = low if spread == "*" else _number(first, low, high, names)
        end = _number(last, low, high, names) if dash else (high if slash or spread == "*" else begin)
        stride = _number(step, 1, high, None) if slash else 1
        if end < begin:  # FRI-MON goes round
            found.update(range(begin, high + 1, stride))
            begin = low
        found.update(range(begin, end + 1, stride))
    return tuple(sorted(found))


def _number(text: str, low: int, high: int, names: dict[str, int] | None) -> int:
    value = (names or {}).get(text.upper())
    if value is None:
        if not text.isdecimal():
            raise ValueError(f"{text!r} is not a number")
        value = int(text)
    if not low <= value <= high:
        raise ValueError(f"{value} is not within {low}-{high}")
    return value


def _days_of_month(field: str) -> _Days:
    if field == "L":
        return lambda year, month: {calendar.monthrange(year, month)[1]}
    if field == "LW":
        return lambda year, month: {_nearest_weekday(year, month, calendar.monthrange(year, month)[1])}
    if weekday := re.fullmatch(r"(\d{1,2})W", field):
        wanted = _number(weekday[1], 1, 31, None)
        return lambda year, month: (
            {_nearest_weekday(year, month, wanted)} if wanted <= calendar.monthrange(year, month)[1] else set()
        )
    numbers = set(_numbers(field, 1, 31))
    return lambda year, month: numbers & set(range(1, calendar.monthrange(year, month)[1] + 1))


def _days_of_week(field: str) -> _Days:
    if last := re.fullmatch(r"(\w{1,3})L", field):
        wanted = _number(last[1], 1, 7, _DAYS)
        return lambda year, month: set(_weekday_dates(year, month, wanted)[-1:])
    if nth := re.fullmatch(r"(\w{1,3})#(\d)", field):
        day, which = _number(nth[1], 1, 7, _DAYS), _number(nth[2], 1, 5, None)
        return lambda year, month: set(_weekday_dates(year, month, day)[which - 1 : which])
    if field == "L":
        field = "7"
    days = _numbers(field, 1, 7, _DAYS)
    return lambda year, month: {number for day in days for number in _weekday_dates(year, month, day)}


def _weekday_dates(year: int, month: int, weekday: int) -> list[int]:
    """The dates of a month that fall on a weekday; 1 is Sunday, as in the expression."""
    length = calendar.monthrange(year, month)[1]
    return [day for day in range(1, length + 1) if date(year, month, day).isoweekday() % 7 + 1 == weekday]


def _nearest_weekday(year: int, month: int, day: int) -> int:
    """The working day nearest to a date, within its month."""
    length = calendar.monthrange(year, month)[1]
    near = (day, day - 1, day + 1, day - 2, day + 2)
    return next(d for d in near if 1 <= d <= length and date(year, month, d).isoweekday() <= 5)
