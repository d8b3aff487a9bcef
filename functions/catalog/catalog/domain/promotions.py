"""Promotions: a code that takes something off the merchandise, or off its shipping.

A promotion applies while its window is open, from its minimum on, and as long as it is not used up. Its uses are
counted only where it has a limit: in total, and by customer (a guest counts by the guest's id). An order's hold uses
it, and gives it back with the stock when the hold runs out or the order is given up: a use is counted exactly while
the order's lines are allocated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from minishop.contracts.catalog import PromotionChanged
from minishop.errors import ConflictError, FieldError, InvalidError, NotFoundError, StaleVersionError
from minishop.events import Event
from minishop.money import Money, zero


class Kind(StrEnum):
    """What a promotion takes off."""

    PERCENTAGE = "percentage"
    FIXED = "fixed"
    FREE_SHIPPING = "free_shipping"


class Reason(StrEnum):
    """Why a promotion does not apply."""

    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    BELOW_MINIMUM = "below_minimum"
    USED_UP = "used_up"
    USED_BY_CUSTOMER = "used_by_customer"


class PromotionNotFoundError(NotFoundError):
    """There is no promotion of this code."""

    code = "promotion_not_found"
    title = "No such promotion"


class CodeTakenError(ConflictError):
    """Another promotion has this code."""

    code = "code_taken"
    title = "The code is taken"


class InvalidPromotionError(InvalidError):
    """The promotion makes no sense."""

    code = "invalid_promotion"
    title = "The promotion is not valid"


class PromotionNotApplicableError(ConflictError):
    """The promotion does not apply; `reason` says why."""

    code = "promotion_not_applicable"
    title = "The promotion does not apply"


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A promotion.

    Attributes:
        code: In capitals; given once, as `kind` is.
        value: Percent, or minor units of `currency`; 0 for free shipping.
        minimum: What the merchandise must cost at least, before the discount.
        starts_at: From then on; None: from the beginning.
        ends_at: Until just before then; None: for good.
        limit_total: Orders that may use it; None: any number, and they are not counted.
        limit_per_customer: Orders of one customer that may use it; None: any number, and they are not counted.
        version: Of what is stored; 0 when nothing is.
    """

    code: str
    kind: Kind
    value: int
    currency: str
    created_at: datetime
    updated_at: datetime
    minimum: Money | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    limit_total: int | None = None
    limit_per_customer: int | None = None
    version: int = 0


@dataclass(frozen=True)
class Usage:
    """How often a promotion is used by now, as far as it is counted: by all, and by one customer."""

    total: int = 0
    customer: int = 0


@dataclass(frozen=True, kw_only=True)
class Redemption:
    """An order's use of a promotion.

    Attributes:
        counted: It counts towards the limit in total.
        limit_per_customer: The limit that it counts towards; None when it is not counted by customer.
    """

    code: str
    free_shipping: bool
    counted: bool
    limit_per_customer: int | None


@dataclass(frozen=True)
class Outcome:
    """What became of a code: the promotion is used, or there is a reason why not."""

    code: str
    redemption: Redemption | None
    reason: Reason | None = None


def canonical(code: str) -> str:
    """The code as it is kept: people type it as they like."""
    return code.strip().upper()


def refuse(promotion: Promotion | None, usage: Usage, subtotal: Money, at: datetime) -> Reason | None:
    """Why a promotion does not apply to merchandise of this price; None when it does."""
    if promotion is None or promotion.currency != subtotal.currency:
        return Reason.UNKNOWN
    if promotion.starts_at is not None and at < promotion.starts_at:
        return Reason.NOT_STARTED
    if promotion.ends_at is not None and at >= promotion.ends_at:
        return Reason.ENDED
    if promotion.minimum is not None and subtotal < promotion.minimum:
        return Reason.BELOW_MINIMUM
    return exhausted(promotion, usage)


def exhausted(promotion: Promotion, usage: Usage) -> Reason | None:
    """Which of its limits is reached, if any."""
    if promotion.limit_total is not None and usage.total >= promotion.limit_total:
        return Reason.USED_UP
    if promotion.limit_per_customer is not None and usage.customer >= promotion.limit_per_customer:
        return Reason.USED_BY_CUSTOMER
    return None


def redeem(promotion: Promotion) -> Redemption:
    """A use of it, counted as its limits ask for."""
    return Redemption(
        code=promotion.code,
        free_shipping=promotion.kind is Kind.FREE_SHIPPING,
        counted=promotion.limit_total is not None,
        limit_per_customer=promotion.limit_per_customer,
    )


def discount(promotion: Promotion, subtotal: Money) -> Money:
    """What it takes off merchandise of this price: never more than that."""
    if promotion.kind is Kind.PERCENTAGE:
        return subtotal.share(Fraction(promotion.value, 100))
    if promotion.kind is Kind.FIXED:
        return min(Money(promotion.value, promotion.currency), subtotal)
    return zero(subtotal.currency)


def allocate(amount: Money, prices: Sequence[Money]) -> tuple[Money, ...]:
    """The amount in parts, in proportion to the prices: its sum exactly, and no part above its price.

    By largest remainder; of equal ones the earlier. The amount is at most the sum of the prices, none of them negative.
    """
    whole = sum(price.amount for price in prices)
    if not whole:
        return tuple(amount for _ in prices)
    shares = [divmod(amount.amount * price.amount, whole) for price in prices]
    parts = [floor for floor, _ in shares]
    left = amount.amount - sum(parts)
    for index in sorted(range(len(parts)), key=lambda index: -shares[index][1])[:left]:
        parts[index] += 1
    return tuple(Money(part, amount.currency) for part in parts)


def _problems(promotion: Promotion, currency: str) -> list[FieldError]:
    found = []
    worth = {Kind.PERCENTAGE: range(1, 101), Kind.FIXED: range(1, 10**12 + 1), Kind.FREE_SHIPPING: range(1)}
    if promotion.value not in worth[promotion.kind]:
        allowed = worth[promotion.kind]
        found.append(FieldError("/value", f"For {promotion.kind}: from {allowed[0]} to {allowed[-1]}."))
    if promotion.currency != currency:
        found.append(FieldError("/currency", f"The shop sells in {currency} only."))
    if promotion.minimum is not None and promotion.minimum.currency != currency:
        found.append(FieldError("/minimum/currency", f"The shop sells in {currency} only."))
    if promotion.starts_at is not None and promotion.ends_at is not None and promotion.ends_at <= promotion.starts_at:
        found.append(FieldError("/ends_at", "It ends after it starts."))
    return found


def _checked(promotion: Promotion, currency: str) -> Promotion:
    if problems := _problems(promotion, currency):
        raise InvalidPromotionError("Correct the fields named in errors.", errors=tuple(problems))
    return promotion


Change = tuple[Promotion, tuple[Event, ...]]
"""A promotion after a change, and what there is to tell."""


def _told(promotion: Promotion) -> Change:
    event = PromotionChanged(
        code=promotion.code,
        kind=promotion.kind.value,
        value=promotion.value,
        currency=promotion.currency,
        minimum=promotion.minimum,
        starts_at=promotion.starts_at,
        ends_at=promotion.ends_at,
    )
    return promotion, (event,)


def create(promotion: Promotion, currency: str) -> Change:
    """A new promotion. Raises InvalidPromotionError."""
    return _told(_checked(promotion, currency))


def change(before: Promotion, after: Promotion, *, expected: int, currency: str, at: datetime) -> Change:
    """The promotion as `after`, if it is still at version `expected`; itself when nothing differs.

    Raises StaleVersionError, InvalidPromotionError.
    """
    if before.version != expected:
        raise StaleVersionError(f"The promotion is at version {before.version}; read it again.")
    if after == before:
        return before, ()
    return _told(_checked(replace(after, updated_at=at), currency))
