"""HTTP models of orders."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field, StringConstraints

from minishop.schemas import (
    AnswerModel,
    CountryCode,
    Line,
    MoneyAnswer,
    MoneyModel,
    PageQuery,
    QueryModel,
    QueryMoment,
    RequestModel,
    Timestamp,
)
from orders.checkout_schemas import ShippingMethodAnswer, TotalsAnswer
from orders.domain import checkout, progress
from orders.domain.order import Address, Order
from orders.domain.progress import FulfilmentStatus, ParcelStatus, PaymentStatus, Status
from orders.return_schemas import ReturnAnswer


class OrdersQuery(PageQuery):
    """Which orders: by status, and by when they were placed. The last 30 days, when nothing is said."""

    status: Status | None = None
    since: Annotated[QueryMoment | None, Field(alias="from", description="Placed at or after this time.")] = None
    until: Annotated[QueryMoment | None, Field(alias="to", description="Placed before this time.")] = None


class CancelRequest(RequestModel):
    """Why an order is to be cancelled."""

    reason: Line


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


class FailedRefundAnswer(AnswerModel):
    """Money that was to go back and cannot, until support sees to it; `reference` is a return or a lost shipment."""

    reference: str
    amount: MoneyAnswer
    code: str

    @classmethod
    def of(cls, failed: progress.FailedRefund) -> "FailedRefundAnswer":
        """From the value object."""
        return cls(reference=failed.reference, amount=MoneyAnswer.of(failed.amount), code=failed.code)


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
    failed_refunds: list[FailedRefundAnswer]
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
            failed_refunds=[FailedRefundAnswer.of(one) for one in order.payment.failed_refunds if one.failed],
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


class RetryRefundRequest(RequestModel):
    """How much is to go back, where that is not all that is due."""

    amount: MoneyModel | None = None


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
