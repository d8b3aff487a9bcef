"""Money: whole minor units of one currency. One function rounds."""

from dataclasses import dataclass
from fractions import Fraction


class CurrencyMismatchError(ValueError):
    """Two currencies met in one sum."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents) of an ISO 4217 currency. May be negative."""

    amount: int
    currency: str

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount * quantity, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount <= other.amount

    def share(self, ratio: Fraction) -> "Money":
        """This part of the amount, in whole minor units (half away from zero: what invoices expect)."""
        return Money(rounded(self.amount * ratio), self.currency)


def rounded(value: Fraction) -> int:
    """The one place that rounds: half away from zero."""
    whole = (abs(value) * 2 + 1) // 2
    return int(whole) if value >= 0 else -int(whole)


def zero(currency: str) -> Money:
    """Nothing, in this currency."""
    return Money(0, currency)


def total(amounts: "list[Money] | tuple[Money, ...]", currency: str) -> Money:
    """The sum, which is zero of `currency` when there is nothing to add."""
    result = zero(currency)
    for amount in amounts:
        result += amount
    return result
