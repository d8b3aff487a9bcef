"""The cart's promotion, as the catalogue has told it: what it would take off, and why it does not.

The catalogue has the last word, at the quote and with the hold; it alone knows how often a customer has used a code.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from minishop.errors import ConflictError, FieldError, InvalidError
from minishop.money import Money, zero


class UnknownPromotionError(InvalidError):
    """There is no promotion of this code, or none yet."""

    code = "unknown_promotion"
    title = "No such promotion"


class PromotionNotApplicableError(ConflictError):
    """The promotion does not apply to this cart now; `reason` says why."""

    code = "promotion_not_applicable"
    title = "The promotion does not apply"


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What the catalogue has told of a promotion.

    Attributes:
        code: In capitals.
        kind: `percentage`, `fixed` or `free_shipping`.
        value: Percent, or minor units of `currency`.
        used_up: All the uses that it allows are taken.
    """

    code: str
    kind: str
    value: int
    currency: str
    minimum: Money | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    used_up: bool = False


@dataclass(frozen=True)
class Refusal:
    """Why a promotion does not apply."""

    reason: str
    detail: str


UNKNOWN = Refusal("unknown", "There is no promotion of this code.")
ENDED = Refusal("ended", "The promotion is over.")
USED_UP = Refusal("used_up", "The promotion is used up.")
BELOW_MINIMUM = Refusal("below_minimum", "The promotion asks for a larger purchase.")


def canonical(code: str) -> str:
    """The code as it is kept: people type it as they like."""
    return code.strip().upper()


def refuse(promotion: Promotion | None, subtotal: Money, at: datetime) -> Refusal | None:
    """Why it does not apply; None when it does. One that has not begun is not known yet."""
    if promotion is None or promotion.currency != subtotal.currency:
        return UNKNOWN
    if promotion.starts_at is not None and at < promotion.starts_at:
        return UNKNOWN
    if promotion.ends_at is not None and at >= promotion.ends_at:
        return ENDED
    if promotion.used_up:
        return USED_UP
    if promotion.minimum is not None and subtotal < promotion.minimum:
        return BELOW_MINIMUM
    return None


def accept(promotion: Promotion | None, subtotal: Money, at: datetime) -> None:
    """Raises UnknownPromotionError or PromotionNotApplicableError when a cart cannot take it."""
    refusal = refuse(promotion, subtotal, at)
    if refusal is UNKNOWN:
        raise UnknownPromotionError(UNKNOWN.detail, errors=(FieldError("/code", UNKNOWN.detail),))
    if refusal is not None:
        raise PromotionNotApplicableError(refusal.detail, extra={"reason": refusal.reason})


def discount(promotion: Promotion, subtotal: Money) -> Money:
    """What it takes off: never more than there is."""
    if promotion.kind == "percentage":
        return subtotal.share(Fraction(promotion.value, 100))
    if promotion.kind == "fixed":
        return min(Money(promotion.value, promotion.currency), subtotal)
    return zero(subtotal.currency)
