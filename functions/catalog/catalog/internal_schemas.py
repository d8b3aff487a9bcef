"""The catalogue's models of the internal API."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field

from catalog.domain.losses import WriteOff
from catalog.domain.promotions import Outcome, Reason
from catalog.domain.stock import MAX_LINES, Expected, PricedLine, Quote, Reservation, Wanted
from catalog.schemas import Name
from catalog.use_cases.previews import Preview
from minishop.schemas import AnswerModel, MoneyAnswer, MoneyModel, RequestModel, Sku, Timestamp

Quantity = Annotated[int, Field(ge=1, le=99)]


class WantedLine(RequestModel):
    """A quantity of one SKU."""

    sku: Sku
    quantity: Quantity


Lines = Annotated[list[WantedLine], Field(min_length=1, max_length=MAX_LINES)]


class LinesRequest(RequestModel):
    """Quantities of SKUs."""

    lines: Lines

    def wanted(self) -> tuple[Wanted, ...]:
        """The lines as value objects."""
        return tuple(Wanted(line.sku, line.quantity) for line in self.lines)


class PricingRequest(LinesRequest):
    """What is to be priced, and for whom."""

    promotion: Name | None = None
    customer_id: Sku


class QuoteRequest(PricingRequest):
    """What is to be priced; `order_id` is the order that is being made of it, whose hold does not stand in its way."""

    order_id: Sku | None = None


class ExpectedTotals(RequestModel):
    """What the caller believes the merchandise to cost."""

    subtotal: MoneyModel
    discount: MoneyModel
    free_shipping: bool = False

    def to_expected(self) -> Expected:
        """The value object."""
        return Expected(self.subtotal.to_money(), self.discount.to_money(), free_shipping=self.free_shipping)


class HoldStockRequest(PricingRequest):
    """What is to be held for an order."""

    expected: ExpectedTotals | None = None


class PricedLineAnswer(AnswerModel):
    """A line with its price. `discount` is off the whole line, `weight_grams` is one unit's."""

    sku: str
    product_id: str
    title: str
    category: str
    quantity: int
    unit_price: MoneyAnswer
    discount: MoneyAnswer
    line_total: MoneyAnswer
    weight_grams: int

    @classmethod
    def of(cls, line: PricedLine, **more: int) -> Self:
        """From a priced line."""
        return cls(
            sku=line.sku,
            product_id=line.product_id,
            title=line.title,
            category=line.category,
            quantity=line.quantity,
            unit_price=MoneyAnswer.of(line.unit_price),
            discount=MoneyAnswer.of(line.discount),
            line_total=MoneyAnswer.of(line.line_total),
            weight_grams=line.weight_grams,
            **more,
        )


class QuotedLineAnswer(PricedLineAnswer):
    """A line with its price, and how many there are at the moment."""

    available: int


class ShortageAnswer(AnswerModel):
    """There is less than wanted."""

    sku: str
    wanted: int
    available: int


class OutcomeAnswer(AnswerModel):
    """What became of the code that was asked for. `reason` is why it does not apply; null when it does."""

    code: str
    applied: bool
    reason: Reason | None


def _outcome(outcome: Outcome | None) -> OutcomeAnswer | None:
    if outcome is None:
        return None
    return OutcomeAnswer(code=outcome.code, applied=outcome.redemption is not None, reason=outcome.reason)


class QuoteAnswer(AnswerModel):
    """What it costs now."""

    lines: list[QuotedLineAnswer]
    shortages: list[ShortageAnswer]
    subtotal: MoneyAnswer
    discount: MoneyAnswer
    free_shipping: bool
    promotion: OutcomeAnswer | None

    @classmethod
    def of(cls, quote: Quote) -> "QuoteAnswer":
        """From a quote."""
        return cls(
            lines=[QuotedLineAnswer.of(line, available=quote.available[line.sku]) for line in quote.lines],
            shortages=[
                ShortageAnswer(sku=short.sku, wanted=short.wanted, available=short.available)
                for short in quote.shortages
            ],
            subtotal=MoneyAnswer.of(quote.subtotal),
            discount=MoneyAnswer.of(quote.discount),
            free_shipping=quote.free_shipping,
            promotion=_outcome(quote.promotion),
        )


class ReservationAnswer(AnswerModel):
    """What an order holds, at its frozen prices."""

    order_id: str
    status: str
    expires_at: Timestamp
    lines: list[PricedLineAnswer]
    subtotal: MoneyAnswer
    discount: MoneyAnswer
    free_shipping: bool
    promotion: str | None

    @classmethod
    def of(cls, reservation: Reservation) -> "ReservationAnswer":
        """From a reservation."""
        quote = reservation.quote
        return cls(
            order_id=reservation.order_id,
            status=reservation.status.value,
            expires_at=reservation.held_until,
            lines=[PricedLineAnswer.of(line) for line in quote.lines],
            subtotal=MoneyAnswer.of(quote.subtotal),
            discount=MoneyAnswer.of(quote.discount),
            free_shipping=quote.free_shipping,
            promotion=quote.promotion.code if quote.promotion else None,
        )


class WriteOffRequest(LinesRequest):
    """What was lost with a shipment; `replace` takes as much from stock, to be sent again."""

    order_id: Sku
    replace: bool


class LineAnswer(AnswerModel):
    """A quantity of one SKU."""

    sku: str
    quantity: int


class WriteOffAnswer(AnswerModel):
    """What was written off for a shipment."""

    shipment_id: str
    order_id: str
    lines: list[LineAnswer]
    replace: bool

    @classmethod
    def of(cls, write_off: WriteOff) -> "WriteOffAnswer":
        """From a write-off."""
        return cls(
            shipment_id=write_off.shipment_id,
            order_id=write_off.order_id,
            lines=[LineAnswer(sku=line.sku, quantity=line.quantity) for line in write_off.lines],
            replace=write_off.replace,
        )


class PreviewsRequest(RequestModel):
    """Of which SKUs something is to be shown."""

    skus: Annotated[list[Sku], Field(min_length=1, max_length=MAX_LINES)]


class PreviewAnswer(AnswerModel):
    """What is shown of a SKU. `image` is an absolute URL or a path of the shop's own, as the product has it."""

    sku: str
    title: str
    image: str | None
    unit_price: MoneyAnswer
    available: int

    @classmethod
    def of(cls, seen: Preview) -> Self:
        """From a preview. What is not on sale is not available."""
        offer = seen.offer
        return cls(
            sku=offer.sku,
            title=offer.title,
            image=seen.image or None,
            unit_price=MoneyAnswer.of(offer.price),
            available=offer.available if offer.on_sale else 0,
        )


class PreviewsAnswer(AnswerModel):
    """What is shown of the SKUs that there are."""

    items: list[PreviewAnswer]

    @classmethod
    def of(cls, seen: Iterable[Preview]) -> Self:
        """From previews."""
        return cls(items=[PreviewAnswer.of(each) for each in seen])
