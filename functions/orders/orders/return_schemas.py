"""HTTP models of goods that go back."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from minishop.schemas import AnswerModel, Line, MoneyAnswer, RequestModel, Sku, Timestamp
from orders.domain.returns import InspectedLine, Resolution, Return, ReturnLabel, ReturnLine, ReturnStatus

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


class LoseReturnRequest(RequestModel):
    """What is to become of goods that are lost on their way back."""

    resolution: Annotated[Resolution, Field(description="Whether the money goes back all the same.")]


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
