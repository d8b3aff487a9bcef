"""What other services send to orders, and are answered."""

from minishop.schemas import AnswerModel, RequestModel, Sku, Timestamp
from orders.checkout_schemas import ShippingMethodAnswer, TotalsAnswer
from orders.domain import checkout
from orders.domain.order import Order
from orders.domain.progress import Status
from orders.schemas import AddressAnswer, LineAnswer


class OrderLinkRequest(RequestModel):
    """Which order a mail links to, and which event the mail follows from."""

    event_id: Sku
    order_id: Sku


class OrderLinkAnswer(AnswerModel):
    """The secret of a link."""

    token: str


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
