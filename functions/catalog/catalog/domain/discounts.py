"""What a promotion does to a quote, and whether a quote is what its buyer was told."""

from dataclasses import replace
from datetime import datetime

from catalog.domain.promotions import (
    Outcome,
    Promotion,
    PromotionNotApplicableError,
    Reason,
    Usage,
    allocate,
    discount,
    redeem,
    refuse,
)
from catalog.domain.stock import Expected, Quote, TotalChangedError

_WHY = {
    Reason.UNKNOWN: "There is no promotion of this code.",
    Reason.NOT_STARTED: "The promotion has not begun.",
    Reason.ENDED: "The promotion is over.",
    Reason.BELOW_MINIMUM: "The promotion asks for a larger purchase.",
    Reason.USED_UP: "The promotion is used up.",
    Reason.USED_BY_CUSTOMER: "You have used the promotion as often as it allows.",
}


def not_applicable(code: str, reason: Reason) -> PromotionNotApplicableError:
    """The error that says so."""
    return PromotionNotApplicableError(_WHY[reason], extra={"promotion": code, "reason": reason.value})


def grant(quote: Quote, promotion: Promotion) -> Quote:
    """The quote with the promotion's discount on its lines."""
    prices = [line.unit_price * line.quantity for line in quote.lines]
    parts = allocate(discount(promotion, quote.subtotal), prices)
    lines = tuple(replace(line, discount=part) for line, part in zip(quote.lines, parts, strict=True))
    return replace(quote, lines=lines, promotion=Outcome(promotion.code, redeem(promotion)))


def apply(quote: Quote, code: str, promotion: Promotion | None, usage: Usage, *, at: datetime) -> Quote:
    """The quote with the promotion's discount; as it was, and with the reason, when it does not apply."""
    reason = refuse(promotion, usage, quote.subtotal, at)
    if promotion is None or reason is not None:
        return replace(quote, promotion=Outcome(code, None, reason))
    return grant(quote, promotion)


def refuse_unexpected(quote: Quote, expected: Expected | None) -> None:
    """Raises PromotionNotApplicableError or TotalChangedError when the quote is not what is expected.

    A promotion that does not apply is no obstacle to one who expects just that.
    """
    if expected == Expected(quote.subtotal, quote.discount, free_shipping=quote.free_shipping):
        return
    if quote.promotion is not None and quote.promotion.reason is not None:
        raise not_applicable(quote.promotion.code, quote.promotion.reason)
    if expected is not None:
        raise TotalChangedError("Prices have changed; get a new quote.")
