"""Orders' HTTP models."""

import re
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from minishop.clock import parse_rfc3339
from minishop.schemas import (
    AddressModel,
    AnswerModel,
    CountryCode,
    Email,
    Line,
    MoneyAnswer,
    MoneyModel,
    PageQuery,
    QueryModel,
    RequestModel,
    Sku,
    Timestamp,
)
from orders.domain import checkout, progress
from orders.domain.order import Address, Order
from orders.domain.progress import FulfilmentStatus, ParcelStatus, PaymentStatus, Status
from orders.domain.returns import InspectedLine, Return, ReturnLabel, ReturnLine, ReturnStatus
from orders.domain.taxes import CountryRates

ProviderToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,255}$")]
"""What the payment provider calls a payment method; never a card's number."""


class ShippingAddress(AddressModel):
    """Where an order goes."""

    def to_address(self) -> Address:
        """The value object."""
        return Address(**self.model_dump())


class _Destination(RequestModel):
    """Where it goes: an address, or one of the customer's address book."""

    shipping_address: ShippingAddress | None = None
    address_id: Annotated[Sku | None, Field(description="Of one's address book, instead of an address.")] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.shipping_address is None) is (self.address_id is None):
            raise ValueError("Send either shipping_address or address_id")
        return self

    def to_destination(self) -> Address | str:
        """The value object, or the id."""
        return self.shipping_address.to_address() if self.shipping_address else str(self.address_id)


class QuoteRequest(_Destination):
    """What is to be known of a checkout beforehand. Without a method: the cheapest."""

    shipping_method: Sku | None = None


class PaymentMethodModel(RequestModel):
    """How it is paid: the payment provider's token."""

    token: ProviderToken


class PlaceOrderRequest(_Destination):
    """An order of what is in the cart. Guests leave an e-mail address."""

    shipping_method: Sku
    payment_method: PaymentMethodModel
    expected_total: Annotated[MoneyModel, Field(description="The total of the quote that was shown.")]
    email: Email | None = None


class PayAgainRequest(RequestModel):
    """Another way to pay."""

    payment_method: PaymentMethodModel


def _moment(value: object) -> object:
    """A day stands for its first moment."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        value = f"{value}T00:00:00Z"
    moment = parse_rfc3339(value) if isinstance(value, str) else None
    if moment is None or moment.year < 2000:
        raise ValueError("Input should be a day or a time with an offset, of this century")
    return moment


Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A time, or a day: `2026-11-22T12:00:00Z`, `2026-11-22`."""


class OrdersQuery(PageQuery):
    """Which orders: by status, and by when they were placed. The last 30 days, when nothing is said."""

    status: Status | None = None
    since: Annotated[Moment | None, Field(alias="from", description="Placed at or after this time.")] = None
    until: Annotated[Moment | None, Field(alias="to", description="Placed before this time.")] = None


class CancelRequest(RequestModel):
    """Why an order is to be cancelled."""

    reason: Line


Units = Annotated[int, Field(ge=1, le=9999)]


class ReturnLineModel(RequestModel):
    """A quantity of one SKU that is to go back, and why."""

    sku: Sku
    quantity: Units
    reason: Line


class RequestReturnRequest(RequestModel):
    """What is to go back."""

    lines: Annotated[list[ReturnLineModel], Field(min_length=1, max_length=100)]

    def to_lines(self) -> tuple[ReturnLine, ...]:
        """The value objects."""
        return tuple(ReturnLine(line.sku, line.quantity, line.reason) for line in self.lines)


class ReceivedLineModel(RequestModel):
    """A quantity of one SKU that came back, and whether it is taken back."""

    sku: Sku
    quantity: Units
    accepted: bool


class ReceiveReturnRequest(RequestModel):
    """What came back. A SKU may be named twice: so much of it accepted, so much not."""

    lines: Annotated[list[ReceivedLineModel], Field(min_length=1, max_length=200)]

    def to_lines(self) -> tuple[InspectedLine, ...]:
        """The value objects."""
        return tuple(InspectedLine(line.sku, line.quantity, line.accepted) for line in self.lines)


class TotalsAnswer(AnswerModel):
    """Sums of the lines and shipping. Where `tax_included`, all of them contain their tax; else only `total` does."""

    subtotal: MoneyAnswer
    discount: MoneyAnswer
    shipping: MoneyAnswer
    tax: MoneyAnswer
    total: MoneyAnswer
    tax_included: bool

    @classmethod
    def of(cls, totals: checkout.Totals) -> "TotalsAnswer":
        """From the value object."""
        return cls(
            subtotal=MoneyAnswer.of(totals.subtotal),
            discount=MoneyAnswer.of(totals.discount),
            shipping=MoneyAnswer.of(totals.shipping),
            tax=MoneyAnswer.of(totals.tax),
            total=MoneyAnswer.of(totals.total),
            tax_included=totals.tax_included,
        )


class DeliveryAnswer(AnswerModel):
    """When a parcel is expected."""

    earliest: Annotated[date, Field(serialization_alias="from")]
    latest: Annotated[date, Field(serialization_alias="to")]


class ShippingMethodAnswer(AnswerModel):
    """How an order travels."""

    id: str
    carrier: str
    service: str
    price: MoneyAnswer

    @classmethod
    def of(cls, method: checkout.ShippingMethod) -> "ShippingMethodAnswer":
        """From the value object."""
        return cls(id=method.id, carrier=method.carrier, service=method.service, price=MoneyAnswer.of(method.price))


class OfferAnswer(ShippingMethodAnswer):
    """A way to ship, and when the parcel would arrive."""

    delivery: DeliveryAnswer

    @classmethod
    def offered(cls, offer: checkout.Offer) -> "OfferAnswer":
        """From the value object."""
        method = offer.method
        return cls(
            id=method.id,
            carrier=method.carrier,
            service=method.service,
            price=MoneyAnswer.of(method.price),
            delivery=DeliveryAnswer(earliest=offer.earliest, latest=offer.latest),
        )


class ShortageAnswer(AnswerModel):
    """More is wanted of a SKU than can be bought."""

    sku: str
    wanted: int
    available: int


class PromotionAnswer(AnswerModel):
    """What became of the cart's code."""

    code: str
    applied: bool
    reason: Annotated[str | None, Field(description="Why it does not apply; null when it does.")]

    @classmethod
    def of(cls, promotion: checkout.Promotion) -> "PromotionAnswer":
        """From the value object."""
        return cls(code=promotion.code, applied=promotion.reason is None, reason=promotion.reason)


class QuoteAnswer(AnswerModel):
    """What an order would cost now. A promotion that does not apply takes nothing off."""

    totals: TotalsAnswer
    shipping_methods: list[OfferAnswer]
    shortages: list[ShortageAnswer]
    promotion: PromotionAnswer | None

    @classmethod
    def of(cls, quote: checkout.Quote) -> "QuoteAnswer":
        """From the value object."""
        return cls(
            totals=TotalsAnswer.of(quote.totals),
            shipping_methods=[OfferAnswer.offered(offer) for offer in quote.offers],
            shortages=[
                ShortageAnswer(sku=shortage.sku, wanted=shortage.wanted, available=shortage.available)
                for shortage in quote.shortages
            ],
            promotion=PromotionAnswer.of(quote.promotion) if quote.promotion else None,
        )


class AddressAnswer(AnswerModel):
    """A postal address."""

    full_name: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str
    country: CountryCode
    phone: str | None

    @classmethod
    def of(cls, address: Address) -> "AddressAnswer":
        """From the value object."""
        return cls(**asdict(address))


class LineAnswer(AnswerModel):
    """A line of an order; `line_total` is before tax, unless the totals say that it is included."""

    sku: str
    product_id: str
    title: str
    quantity: int
    unit_price: MoneyAnswer
    discount: MoneyAnswer
    tax: MoneyAnswer
    tax_rate: Annotated[str, Field(description="In percent, such as `19` or `5.5`.")]
    line_total: MoneyAnswer

    @classmethod
    def of(cls, line: checkout.Line) -> "LineAnswer":
        """From the value object."""
        return cls(
            sku=line.sku,
            product_id=line.product_id,
            title=line.title,
            quantity=line.quantity,
            unit_price=MoneyAnswer.of(line.unit_price),
            discount=MoneyAnswer.of(line.discount),
            tax=MoneyAnswer.of(line.tax),
            tax_rate=line.tax_rate,
            line_total=MoneyAnswer.of(line.line_total),
        )


class ParcelLineAnswer(AnswerModel):
    """A quantity of one SKU."""

    sku: str
    quantity: int


class ShipmentAnswer(AnswerModel):
    """A shipment of an order."""

    id: str
    status: ParcelStatus
    carrier: str
    tracking_number: str | None
    lines: list[ParcelLineAnswer]

    @classmethod
    def of(cls, parcel: progress.Parcel) -> "ShipmentAnswer":
        """From the value object."""
        return cls(
            id=parcel.id,
            status=parcel.status,
            carrier=parcel.carrier,
            tracking_number=parcel.tracking_number or None,
            lines=[ParcelLineAnswer(sku=line.sku, quantity=line.quantity) for line in parcel.lines],
        )


class ReturnLineAnswer(AnswerModel):
    """A quantity of one SKU that is to go back, and why."""

    sku: str
    quantity: int
    reason: str


class ReceivedLineAnswer(AnswerModel):
    """A quantity of one SKU that came back, and whether it is taken back."""

    sku: str
    quantity: int
    accepted: bool


class ReturnLabelAnswer(AnswerModel):
    """The parcel for the way back; its label, a PDF, is at `url`."""

    shipment_id: str
    carrier: str
    tracking_number: str
    url: str

    @classmethod
    def of(cls, label: ReturnLabel) -> "ReturnLabelAnswer":
        """From the value object."""
        return cls(**asdict(label), url=f"/v1/shipments/{label.shipment_id}/label")


class ReturnAnswer(AnswerModel):
    """A return of parts of an order. `label` is null until shipping has made it, `refund` until the inspection."""

    id: str
    order_id: str
    status: ReturnStatus
    lines: list[ReturnLineAnswer]
    received: list[ReceivedLineAnswer]
    label: ReturnLabelAnswer | None
    refund: MoneyAnswer | None
    requested_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, one: Return) -> "ReturnAnswer":
        """From a return."""
        return cls(
            id=one.id,
            order_id=one.order_id,
            status=one.status,
            lines=[ReturnLineAnswer(**asdict(line)) for line in one.lines],
            received=[ReceivedLineAnswer(**asdict(line)) for line in one.inspected],
            label=ReturnLabelAnswer.of(one.label) if one.label else None,
            refund=MoneyAnswer.of(one.refund) if one.refund else None,
            requested_at=one.requested_at,
            updated_at=one.updated_at,
        )


class OrderAnswer(AnswerModel):
    """An order. `email` is null for a customer's own address."""

    id: str
    number: str
    status: Status
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    lines: list[LineAnswer]
    totals: TotalsAnswer
    shipping_address: AddressAnswer
    shipping_method: ShippingMethodAnswer
    email: str | None
    shipments: list[ShipmentAnswer]
    returns: list[ReturnAnswer]
    version: int
    placed_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, order: Order) -> "OrderAnswer":
        """From an order."""
        return cls(
            id=order.id,
            number=order.number,
            status=order.status,
            payment_status=order.payment.status,
            fulfilment_status=order.fulfilment_status,
            lines=[LineAnswer.of(line) for line in order.lines],
            totals=TotalsAnswer.of(order.totals),
            shipping_address=AddressAnswer.of(order.shipping_address),
            shipping_method=ShippingMethodAnswer.of(order.shipping_method),
            email=order.email,
            shipments=[ShipmentAnswer.of(parcel) for parcel in order.parcels],
            returns=[ReturnAnswer.of(one) for one in order.returns],
            version=order.version,
            placed_at=order.placed_at,
            updated_at=order.updated_at,
        )


class LinkedOrderAnswer(AnswerModel):
    """An order as a link in a mail shows it: without its address."""

    id: str
    number: str
    status: Status
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    lines: list[LineAnswer]
    totals: TotalsAnswer
    shipping_method: ShippingMethodAnswer
    shipments: list[ShipmentAnswer]
    returns: list[ReturnAnswer]
    placed_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, order: Order) -> "LinkedOrderAnswer":
        """From an order."""
        return cls(
            id=order.id,
            number=order.number,
            status=order.status,
            payment_status=order.payment.status,
            fulfilment_status=order.fulfilment_status,
            lines=[LineAnswer.of(line) for line in order.lines],
            totals=TotalsAnswer.of(order.totals),
            shipping_method=ShippingMethodAnswer.of(order.shipping_method),
            shipments=[ShipmentAnswer.of(parcel) for parcel in order.parcels],
            returns=[ReturnAnswer.of(one) for one in order.returns],
            placed_at=order.placed_at,
            updated_at=order.updated_at,
        )


class LinkQuery(QueryModel):
    """The secret of a link."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=512)]


Percent = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]?)([.][0-9]{1,3})?$")]
"""A rate in percent, as decimal text: `19`, `5.5`."""


class TaxRatesRequest(RequestModel):
    """A country's tax rates: the standard one, and those of categories that differ."""

    standard: Percent
    categories: Annotated[dict[Sku, Percent], Field(max_length=200, default_factory=dict)]

    def to_rates(self) -> CountryRates:
        """The value object."""
        return CountryRates(self.standard, self.categories)


class TaxRatesAnswer(AnswerModel):
    """A country's tax rates, in percent."""

    country: CountryCode
    standard: str
    categories: dict[str, str]

    @classmethod
    def of(cls, country: str, rates: CountryRates) -> "TaxRatesAnswer":
        """From the value object."""
        return cls(country=country, standard=rates.standard, categories=dict(rates.categories))


class OrderLinkRequest(RequestModel):
    """Which order a mail links to, and which event the mail follows from."""

    event_id: Sku
    order_id: Sku


class OrderLinkAnswer(AnswerModel):
    """The secret of a link."""

    token: str


class TimelineEntryAnswer(AnswerModel):
    """Something that happened to an order."""

    at: Timestamp
    kind: str
    actor: str
    detail: str

    @classmethod
    def of(cls, entry: progress.Entry) -> "TimelineEntryAnswer":
        """From an entry."""
        return cls(at=entry.at, kind=entry.kind, actor=entry.actor, detail=entry.detail)


class InternalLineAnswer(LineAnswer):
    """A line, with what one of it weighs."""

    weight_grams: int

    @classmethod
    def weighed(cls, line: checkout.Line) -> "InternalLineAnswer":
        """From the value object."""
        return cls(**dict(LineAnswer.of(line)), weight_grams=line.weight_grams)


class InternalOrderAnswer(AnswerModel):
    """An order, for the services that act on it."""

    id: str
    number: str
    owner: str
    email: str | None
    locale: str | None
    status: Status
    lines: list[InternalLineAnswer]
    totals: TotalsAnswer
    shipping_address: AddressAnswer
    shipping_method: ShippingMethodAnswer
    placed_at: Timestamp

    @classmethod
    def of(cls, order: Order) -> "InternalOrderAnswer":
        """From an order."""
        return cls(
            id=order.id,
            number=order.number,
            owner=order.owner,
            email=order.email,
            locale=order.locale or None,
            status=order.status,
            lines=[InternalLineAnswer.weighed(line) for line in order.lines],
            totals=TotalsAnswer.of(order.totals),
            shipping_address=AddressAnswer.of(order.shipping_address),
            shipping_method=ShippingMethodAnswer.of(order.shipping_method),
            placed_at=order.placed_at,
        )
